import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STATUS, type Status } from '../../../src/ledger/operations.ts';
import { ANY_SCOPE, type PublisherKey } from '../../../src/ledger/publishers.ts';
import type { Statement } from '../../../src/ledger/state-values.ts';
import {
  invalidity,
  type JudgedPublisher,
  type Verdict,
  type VerdictQuestion,
  verdictOf,
} from '../../../src/ledger/verdict.ts';
import { keysOf, statements } from './world.ts';

const [TRUSTED, UNTRUSTED, UNSUPPORTED] = [STATUS.TRUSTED, STATUS.UNTRUSTED, STATUS.UNSUPPORTED];
const template = statements[0] as Statement;

function said(publisher: string, status: Status, time: number): Statement {
  return {
    ...template,
    publisher,
    key: keysOf(publisher).publicKey,
    time,
    statement: { ...template.statement, status },
  };
}

function known(id: string, level: number, key: Partial<PublisherKey> = {}): JudgedPublisher {
  const base = { label: '', validFrom: 100, validUntil: null, compromisedSince: null };
  const keys = [{ key: keysOf(id).publicKey, ...base, scope: ANY_SCOPE, ...key }];
  const active = Array.from({ length: level }, (_, i) => `member-${i}`);
  const vouches = active.map((member) => ({ member, from: 0, until: null }));
  const rest = { approvals: 1, recovery: null, vouches, since: 0, bindings: [] };
  return { publisher: { id, name: id, keys, ...rest }, level, active, domains: [] };
}

interface Asking {
  readonly asked?: string;
  readonly pinned?: readonly string[];
  readonly anyPublisher?: boolean;
}

function verdict(
  by: readonly JudgedPublisher[],
  all: readonly Statement[],
  asking: Asking = {},
): Verdict {
  const question: VerdictQuestion = {
    statements: all,
    publishers: new Map(by.map((judged) => [judged.publisher.id, judged])),
    asked: asking.asked,
    pinned: asking.pinned ?? [],
    anyPublisher: asking.anyPublisher ?? false,
  };
  return verdictOf(question);
}

/** `STATUS`, `STATUS publisher` or `STATUS publisher REASON`. */
function short({ status, publisher, reason }: Verdict): string {
  return [status, publisher, reason].filter((part) => part !== null).join(' ');
}

describe('of each publisher the last valid statement counts', () => {
  const rows: readonly [string, Partial<PublisherKey>, readonly Statement[], string][] = [
    ['the last', {}, [said('a', UNTRUSTED, 110), said('a', TRUSTED, 120)], 'TRUSTED a'],
    [
      'the last, to the worse',
      {},
      [said('a', TRUSTED, 110), said('a', UNTRUSTED, 120)],
      'UNTRUSTED a',
    ],
    ['unsupported', {}, [said('a', TRUSTED, 110), said('a', UNSUPPORTED, 120)], 'UNSUPPORTED a'],
    [
      'compromise skips what came after',
      { compromisedSince: 115 },
      [said('a', TRUSTED, 110), said('a', UNTRUSTED, 120)],
      'TRUSTED a',
    ],
    [
      'compromise at the very time counts',
      { compromisedSince: 120 },
      [said('a', UNSUPPORTED, 119), said('a', TRUSTED, 120)],
      'UNSUPPORTED a',
    ],
    [
      'only compromised ones remain',
      { compromisedSince: 105 },
      [said('a', TRUSTED, 110), said('a', TRUSTED, 120)],
      'UNTRUSTED a KEY_COMPROMISED',
    ],
    ['the key was not valid yet', {}, [said('a', TRUSTED, 99)], 'UNTRUSTED a KEY_INVALID'],
    ['from its first moment on', {}, [said('a', TRUSTED, 100)], 'TRUSTED a'],
    ['to its last moment', { validUntil: 120 }, [said('a', TRUSTED, 120)], 'TRUSTED a'],
    [
      'the key was not valid any more',
      { validUntil: 120 },
      [said('a', TRUSTED, 121)],
      'UNTRUSTED a KEY_INVALID',
    ],
    [
      'a later end does not undo what was said before',
      { validUntil: 120 },
      [said('a', TRUSTED, 110), said('a', UNTRUSTED, 130)],
      'TRUSTED a',
    ],
  ];
  for (const [what, key, all, expected] of rows) {
    test(what, () => {
      assert.equal(short(verdict([known('a', 1, key)], all, { asked: 'a' })), expected);
    });
  }

  test('the statement that decided is given, the last one where none is valid', () => {
    const all = [said('a', TRUSTED, 110), said('a', UNTRUSTED, 120)];
    const skipped = verdict([known('a', 1, { compromisedSince: 115 })], all, { asked: 'a' });
    assert.equal(skipped.statement, all[0]);
    const none = verdict([known('a', 1, { compromisedSince: 105 })], all, { asked: 'a' });
    assert.equal(none.statement, all[1]);
  });

  test("a key that is not the publisher's makes a statement invalid", () => {
    const foreign = { ...said('a', TRUSTED, 110), key: keysOf('b').publicKey };
    assert.equal(invalidity(foreign, known('a', 1).publisher), 'KEY_INVALID');
  });
});

describe('with a publisher asked for', () => {
  const [a, b] = [known('a', 1), known('b', 9)];
  test('its own status, whatever others of higher level say', () => {
    const all = [said('a', TRUSTED, 110), said('b', UNTRUSTED, 120)];
    assert.equal(short(verdict([a, b], all, { asked: 'a' })), 'TRUSTED a');
    assert.equal(short(verdict([a, b], all, { asked: 'a', pinned: ['b'] })), 'TRUSTED a');
    assert.equal(short(verdict([a, b], all, { asked: 'a', anyPublisher: true })), 'TRUSTED a');
  });

  test("others' statements only are a mismatch", () => {
    const answer = verdict([b], [said('b', TRUSTED, 120)], { asked: 'a' });
    assert.equal(short(answer), 'UNKNOWN PUBLISHER_MISMATCH');
    assert.equal(answer.statement, null);
  });

  test("nobody's are unknown", () => {
    assert.equal(short(verdict([], [], { asked: 'a' })), 'UNKNOWN');
  });
});

describe('without a publisher asked for', () => {
  const [low, high, peer] = [known('low', 1), known('high', 3), known('peer', 3)];
  const any = { anyPublisher: true };

  test('nothing said is unknown', () => {
    assert.equal(short(verdict([], [])), 'UNKNOWN');
    assert.equal(short(verdict([], [], any)), 'UNKNOWN');
  });

  test('trusted by somebody not pinned says so', () => {
    const answer = verdict([low], [said('low', TRUSTED, 110)]);
    assert.equal(short(answer), 'TRUSTED low PUBLISHER_NOT_PINNED');
  });

  test('untrusted and unsupported need no pin', () => {
    assert.equal(short(verdict([low], [said('low', UNTRUSTED, 110)])), 'UNTRUSTED low');
    assert.equal(short(verdict([low], [said('low', UNSUPPORTED, 110)])), 'UNSUPPORTED low');
  });

  test('--any-publisher takes whoever it was', () => {
    assert.equal(short(verdict([low], [said('low', TRUSTED, 110)], any)), 'TRUSTED low');
  });

  test('the highest level counts', () => {
    const all = [said('low', UNTRUSTED, 110), said('high', TRUSTED, 120)];
    assert.equal(short(verdict([low, high], all, any)), 'TRUSTED high');
    assert.equal(short(verdict([low, high], all)), 'TRUSTED high PUBLISHER_NOT_PINNED');
  });

  test('and there the most severe status', () => {
    const severity: readonly [Status, Status, string][] = [
      [TRUSTED, UNTRUSTED, 'UNTRUSTED'],
      [UNTRUSTED, TRUSTED, 'UNTRUSTED'],
      [TRUSTED, UNSUPPORTED, 'UNSUPPORTED'],
      [UNSUPPORTED, UNTRUSTED, 'UNTRUSTED'],
    ];
    for (const [one, other, expected] of severity) {
      const all = [said('high', one, 110), said('peer', other, 120)];
      assert.equal(verdict([high, peer], all, any).status, expected);
    }
  });

  test('a publisher of the highest level with only invalid statements is untrusted', () => {
    const stolen = known('high', 3, { compromisedSince: 0 });
    const all = [said('low', TRUSTED, 110), said('high', TRUSTED, 120)];
    assert.equal(short(verdict([low, stolen], all, any)), 'UNTRUSTED high KEY_COMPROMISED');
  });
});

describe('pinned publishers', () => {
  const [low, high, peer] = [known('low', 1), known('high', 3), known('peer', 2)];
  const all = [said('low', TRUSTED, 110), said('high', UNTRUSTED, 120), said('peer', TRUSTED, 130)];
  const by = [low, high, peer];

  test('count as asked for where they said something', () => {
    assert.equal(short(verdict(by, all, { pinned: ['low', 'silent'] })), 'TRUSTED low');
    assert.equal(short(verdict(by, all, { pinned: ['silent'] })), 'UNTRUSTED high');
  });

  test('the most severe of theirs decides, whatever their level', () => {
    assert.equal(short(verdict(by, all, { pinned: ['low', 'high', 'peer'] })), 'UNTRUSTED high');
    const worse = [said('low', UNSUPPORTED, 110), said('peer', TRUSTED, 130)];
    assert.equal(
      short(verdict([low, peer], worse, { pinned: ['low', 'peer'] })),
      'UNSUPPORTED low',
    );
  });

  test('under --any-publisher only their UNTRUSTED decides', () => {
    const bad = [said('low', UNTRUSTED, 110), said('high', TRUSTED, 120)];
    const asking = { pinned: ['low'], anyPublisher: true };
    assert.equal(short(verdict([low, high], bad, asking)), 'UNTRUSTED low');
    const fine = [said('low', UNSUPPORTED, 110), said('high', TRUSTED, 120)];
    assert.equal(short(verdict([low, high], fine, asking)), 'TRUSTED high');
  });
});
