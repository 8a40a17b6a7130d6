/** Publishers after the genesis: registered, vouched for, and their keys over time. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sha256 } from '../../../src/common/hash.ts';
import { sign } from '../../../src/common/signature.ts';
import { ACTION } from '../../../src/ledger/governance.ts';
import { OPERATION, type Operation, STATUS } from '../../../src/ledger/operations.ts';
import { ANY_SCOPE, fitsScope, keyProofHash, type Scope } from '../../../src/ledger/publishers.ts';
import { makePublisherRequest } from '../../../src/ledger/requests.ts';
import { PUBLISHER_KEYS_MAX } from '../../../src/ledger/state-values.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import * as queries from '../../../src/state/queries.ts';
import { assetNamed, type Bench, bench, keysOf, memberNamed, statement } from './fixture.ts';
import {
  assertRejected,
  byMember,
  codeOf,
  codes,
  decided,
  propose,
  putMember,
  removeMember,
} from './members.ts';

const keyed = (name: string): Uint8Array => keysOf(name).publicKey;

function requested(id = 'newco', key = 'newco', name = 'New Co', signer = key) {
  return makePublisherRequest(0, { id, name, keys: [keyed(key)] }, [keysOf(signer)]);
}

function register(id = 'newco', key = 'newco', signer = key, name = 'New Co'): Operation {
  return { op: OPERATION.PUBLISHER_REGISTER, request: requested(id, key, name, signer) };
}

const vouch = (publisher: string, until: number | null = null): Operation => ({
  op: OPERATION.VOUCH,
  publisher,
  until,
});
const unvouch = (publisher: string): Operation => ({ op: OPERATION.UNVOUCH, publisher });

interface Added {
  readonly of?: string;
  readonly validFrom?: number | null;
  readonly validUntil?: number | null;
  readonly scope?: Scope;
  readonly signer?: string;
}

function addKey(key: string, added: Added = {}): Operation {
  const { of = 'acme', validFrom = null, validUntil = null, scope = ANY_SCOPE } = added;
  const proof = sign(keyProofHash(of, keyed(key)), keysOf(added.signer ?? key));
  const fields = { key: keyed(key), label: key, validFrom, validUntil, scope, proof };
  return { op: OPERATION.KEY_ADD, ...fields };
}

const revoke = (key: string): Operation => ({ op: OPERATION.KEY_REVOKE, key: keyed(key) });
const compromised = (key: string, since: number): Operation => ({
  op: OPERATION.KEY_COMPROMISED,
  key: keyed(key),
  since,
});
const set = (approvals: number | null, recovery: string | null = null): Operation => ({
  op: OPERATION.PUBLISHER_SET,
  approvals,
  recovery: recovery === null ? null : sha256(keyed(recovery)),
});

const by = (b: Bench, operations: readonly Operation[], ...keys: string[]): ReceivedTransaction =>
  b.make(operations, { signers: (keys.length === 0 ? ['acme'] : keys).map(keysOf) });
const recovering = (b: Bench, key: string, ...operations: Operation[]): ReceivedTransaction =>
  b.make(operations, { sender: 'recovery:acme', signers: [keysOf(key)] });

function levelOf(b: Bench, id: string): number {
  const publisher = queries.publisher(b.ledger.state(), id);
  assert.ok(publisher);
  return queries.levelOf(b.ledger.state(), publisher, b.ledger.head.header.time);
}

function verdictOn(b: Bench, name: string) {
  const state = b.ledger.state();
  const statements = queries.statementsOn(state, assetNamed(name));
  const active = queries.activeMembers(state);
  const ids = new Set(statements.map(({ publisher }) => publisher));
  const publishers = new Map(
    [...ids].map((id) => {
      const publisher = queries.publisher(state, id);
      assert.ok(publisher);
      return [id, { publisher, level: levelOf(b, id), active, domains: [] }];
    }),
  );
  const question = { statements, publishers, asked: undefined, pinned: [], anyPublisher: true };
  const { status, reason, publisher } = verdictOf(question);
  return [status, reason, publisher];
}

suite('a publisher', () => {
  test('is registered by any member, states at once, and rises with the vouches', async () => {
    const b = await bench();
    assert.deepEqual(await codes(b, byMember(b, 'dan', [register()])), ['']);
    assert.equal(levelOf(b, 'newco'), 0);
    const made = b.make([statement('tool')], { sender: 'newco' });
    assert.deepEqual(await codes(b, made), ['']);
    assert.deepEqual(
      await codes(
        b,
        byMember(b, 'ada', [vouch('newco')]),
        byMember(b, 'bob', [vouch('newco', b.ledger.head.header.time + 4)]),
        byMember(b, 'bob', [vouch('newco', b.ledger.head.header.time + 3)]),
      ),
      ['', '', ''],
    );
    assert.equal(levelOf(b, 'newco'), 2);
    await b.grow();
    assert.equal(levelOf(b, 'newco'), 2);
    await b.grow();
    assert.equal(levelOf(b, 'newco'), 1, 'one has expired, by the time alone');
    await b.grow(byMember(b, 'ada', [unvouch('newco')]));
    assert.equal(levelOf(b, 'newco'), 0);
    assert.equal(queries.publisher(b.ledger.state(), 'newco')?.vouches.length, 3);
  });

  test('has the level of the statement’s time in the verdict', async () => {
    const b = await bench();
    await b.grow(byMember(b, 'dan', [register()]));
    const bad = (sender: string) => b.make([statement('tool', STATUS.UNTRUSTED)], { sender });
    await b.grow(b.make([statement('tool')]), bad('newco'));
    await b.grow(...['ada', 'bob', 'cyd', 'dan'].map((id) => byMember(b, id, [vouch('newco')])));
    assert.equal(levelOf(b, 'newco'), 4);
    assert.deepEqual(verdictOn(b, 'tool'), ['TRUSTED', null, 'acme'], 'nobody vouched then');
    await b.grow(bad('newco'));
    assert.deepEqual(verdictOn(b, 'tool'), ['UNTRUSTED', null, 'newco']);
  });

  test('loses the vouches of members that are gone', async () => {
    const b = await bench();
    assert.equal(levelOf(b, 'acme'), 4);
    assert.equal(await codeOf(b, decided(b, [removeMember('dan')])), '');
    assert.equal(levelOf(b, 'acme'), 3);
  });

  test('keeps four vouches of a member, and room for the others', async () => {
    const b = await bench();
    const again = Array.from({ length: 9 }, () => byMember(b, 'ada', [vouch('acme')]));
    await b.grow(...again);
    assert.equal(queries.publisher(b.ledger.state(), 'acme')?.vouches.length, 4 + 3);
    assert.equal(levelOf(b, 'acme'), 4);
  });

  const refused: [string, string, (b: Bench) => ReceivedTransaction][] = [
    ['an id that is taken', 'PUBLISHER_ID_USED', (b) => byMember(b, 'ada', [register('acme')])],
    ['somebody’s key', 'KEY_TAKEN', (b) => byMember(b, 'ada', [register('newco', 'acme')])],
    [
      'a key that did not sign',
      'KEY_NOT_PROVEN',
      (b) => byMember(b, 'ada', [register('newco', 'newco', 'thief')]),
    ],
    ['a vouch for nobody', 'PUBLISHER_UNKNOWN', (b) => byMember(b, 'ada', [vouch('newco')])],
    ['a vouch into the past', 'TIME_INVALID', (b) => byMember(b, 'ada', [vouch('acme', 7)])],
    [
      'a vouch for oneself',
      'VOUCH_SELF',
      (b) => byMember(b, 'ada', [register('ada'), vouch('ada')]),
    ],
    [
      'the second withdrawal',
      'VOUCH_MISSING',
      (b) => byMember(b, 'ada', [unvouch('acme'), unvouch('acme')]),
    ],
    ['registering by a publisher', 'UNAUTHORISED', (b) => by(b, [register()])],
  ];
  for (const [what, code, make] of refused) {
    test(`is not changed by ${what}: ${code}`, async () => {
      const b = await bench();
      await assertRejected(b, make(b), code);
    });
  }
});

suite('a key', () => {
  test('is added, used and revoked: what it signed before stays good', async () => {
    const b = await bench();
    await b.grow(by(b, [addKey('build')]));
    await b.grow(by(b, [statement('one')], 'build'));
    assert.deepEqual(await codes(b, by(b, [revoke('build')])), ['']);
    assert.deepEqual(verdictOn(b, 'one'), ['TRUSTED', null, 'acme']);
    await b.grow();
    const late = b.ledger.admissible(by(b, [statement('two')], 'build'));
    assert.ok(!late.ok && late.code === 'UNAUTHORISED_KEY');
    assert.deepEqual(b.propose([by(b, [statement('two')], 'build')]).transactions, []);
  });

  test('that is compromised since a time makes bad what it signed from then on', async () => {
    const b = await bench();
    await b.grow(by(b, [addKey('build'), set(null, 'safe')]));
    await b.grow(by(b, [statement('one')], 'build'));
    const { time: since } = (await b.grow(by(b, [statement('two')], 'build'))).header;
    await b.grow(by(b, [statement('three')], 'build'));
    const early = recovering(b, 'safe', compromised('build', since + 9_000));
    const late = recovering(b, 'safe', compromised('build', since + 1));
    assert.deepEqual(
      await codes(b, early, recovering(b, 'safe', compromised('build', since)), late),
      ['TIME_INVALID', '', 'KEY_NOT_VALID'],
    );
    assert.deepEqual(verdictOn(b, 'one'), ['TRUSTED', null, 'acme']);
    for (const name of ['two', 'three']) {
      assert.deepEqual(verdictOn(b, name), ['UNTRUSTED', 'KEY_COMPROMISED', 'acme']);
    }
    assert.deepEqual(b.propose([by(b, [statement('four')], 'build')]).transactions, []);
    // What the publisher says again with a good key counts.
    await b.grow(by(b, [statement('two')]));
    assert.deepEqual(verdictOn(b, 'two'), ['TRUSTED', null, 'acme']);
  });

  test('is declared compromised by a vote of the members, too', async () => {
    const b = await bench();
    const { time: since } = (await b.grow(by(b, [statement('one')]))).header;
    const action = { publisher: 'acme', key: keyed('acme'), since };
    const declared = { action: ACTION.KEY_COMPROMISED, ...action } as const;
    assert.equal(await codeOf(b, decided(b, [declared])), '');
    assert.deepEqual(verdictOn(b, 'one'), ['UNTRUSTED', 'KEY_COMPROMISED', 'acme']);
    const others = [
      { ...declared, publisher: 'nobody' },
      { ...declared, publisher: 'globex' },
    ];
    assert.deepEqual(await codes(b, ...others.map((each) => propose(b, [each]))), [
      'PUBLISHER_UNKNOWN',
      'PUBLISHER_KEY_UNKNOWN',
    ]);
  });

  test('for recovery brings a publisher back whose keys are lost or stolen', async () => {
    const b = await bench();
    await b.grow(by(b, [set(null, 'safe')]));
    assert.deepEqual(await codes(b, by(b, [set(null, 'thief')])), ['RECOVERY_FIXED']);
    const stranger = b.ledger.admissible(recovering(b, 'thief', revoke('acme')));
    assert.ok(!stranger.ok && stranger.code === 'UNAUTHORISED_KEY');
    const all = [addKey('fresh'), revoke('acme'), set(1, 'safer')];
    assert.deepEqual(await codes(b, recovering(b, 'safe', ...all)), ['']);
    await b.grow();
    assert.deepEqual(b.propose([by(b, [statement('a')])]).transactions, []);
    assert.deepEqual(await codes(b, by(b, [statement('a')], 'fresh')), ['']);
    const old = b.ledger.admissible(recovering(b, 'safe', revoke('fresh')));
    assert.ok(!old.ok && old.code === 'UNAUTHORISED_KEY');
    assert.ok(b.ledger.admissible(recovering(b, 'safer', revoke('fresh'))).ok);
    const other = b.make([revoke('globex')], {
      sender: 'recovery:globex',
      signers: [keysOf('safe')],
    });
    const none = b.ledger.admissible(other);
    assert.ok(!none.ok && none.code === 'UNKNOWN_SENDER', 'globex named none');
  });

  test('states only what its scope has', async () => {
    const b = await bench();
    const scope = { names: ['app-*', 'tool'], kinds: ['file'] };
    await b.grow(by(b, [addKey('build', { scope })]));
    const given = await codes(
      b,
      by(b, [statement('app-1')], 'build'),
      by(b, [statement('tool')], 'build'),
      by(b, [statement('toolbox')], 'build'),
      by(b, [{ ...statement('tool'), kind: 'document' } as Operation], 'build'),
      by(b, [statement('toolbox')], 'build', 'acme'),
      by(b, [statement('toolbox')]),
    );
    const out = 'OUT_OF_SCOPE';
    assert.deepEqual(given, ['', '', out, out, out, '']);
    assert.equal(fitsScope({ names: ['*'], kinds: [] }, { name: '', kind: 'x' }), true);
  });

  test('is one of several that sign a release together', async () => {
    const b = await bench();
    assert.deepEqual(await codes(b, by(b, [set(2)]), by(b, [addKey('two'), set(2)])), [
      'APPROVALS_UNREACHABLE',
      '',
    ]);
    const alone = [[statement('a')], [addKey('three')], [revoke('two')], [set(1)]];
    assert.deepEqual(
      await codes(b, ...alone.map((operations) => by(b, operations))),
      Array(4).fill('APPROVALS_MISSING'),
    );
    assert.deepEqual(await codes(b, by(b, [statement('a')], 'acme', 'two')), ['']);
    const twice = b.ledger.admissible(by(b, [statement('b')], 'acme', 'stranger'));
    assert.ok(!twice.ok && twice.code === 'UNAUTHORISED_KEY');
    assert.throws(
      () => by(b, [statement('b')], 'acme', 'acme'),
      'a signer twice is no transaction',
    );
  });

  const refused: [string, string, (b: Bench) => Operation][] = [
    ['that is another publisher’s', 'KEY_TAKEN', () => addKey('globex')],
    ['that is its own already', 'KEY_TAKEN', () => addKey('acme')],
    ['that did not sign', 'KEY_NOT_PROVEN', () => addKey('new', { signer: 'acme' })],
    ['that signed for another publisher', 'KEY_NOT_PROVEN', () => addKey('new', { of: 'globex' })],
    ['for the past', 'TIME_INVALID', () => addKey('new', { validFrom: 7 })],
    ['that ends before it begins', 'TIME_INVALID', () => addKey('new', { validUntil: 7 })],
    ['revoked that is another’s', 'PUBLISHER_KEY_UNKNOWN', () => revoke('globex')],
    ['compromised by a key that is no recovery key', 'UNAUTHORISED', () => compromised('acme', 7)],
    ['number of none', 'APPROVALS_UNREACHABLE', () => set(0)],
  ];
  for (const [what, code, make] of refused) {
    test(`${what} is refused: ${code}`, async () => {
      const b = await bench();
      await assertRejected(b, by(b, [make(b)]), code);
    });
  }

  test('is revoked once; there are only so many', async () => {
    const b = await bench();
    await b.grow(by(b, [addKey('build'), revoke('build')]));
    assert.deepEqual(await codes(b, by(b, [revoke('build')])), ['KEY_NOT_VALID']);
    const more = Array.from({ length: PUBLISHER_KEYS_MAX - 2 }, (_, i) => addKey(`more ${i}`));
    assert.deepEqual(await codes(b, by(b, more), by(b, [addKey('one more')])), ['', 'KEYS_FULL']);
  });
});

suite('a name', () => {
  const named = (id: string, name: string) => register(id, 'newco', 'newco', name);

  const refused: [string, string, Operation][] = [
    ['that hides a character', 'NAME_REFUSED', named('newco', 'New\u115fCo')],
    ['of mixed scripts', 'NAME_REFUSED', named('newco', 'New С\u043e')],
    ['without a letter', 'NAME_REFUSED', named('newco', '...')],
    ['like another’s', 'NAME_COLLIDES', named('newco', 'Pub1isher, ACME')],
    ['like another’s id', 'NAME_COLLIDES', named('newco', 'A.C.M.E.')],
    ['like another’s in another script', 'NAME_COLLIDES', named('newco', 'АСМЕ')],
    ['whose capitals are another’s', 'NAME_COLLIDES', named('newco', 'асме')],
    ['and an id like another’s', 'NAME_COLLIDES', named('acrne', 'New Co')],
  ];
  for (const [what, code, operation] of refused) {
    test(`${what} is refused: ${code}`, async () => {
      const b = await bench();
      await assertRejected(b, byMember(b, 'dan', [operation]), code);
    });
  }

  test('that collides takes a vote and an objection window, and takes nothing away', async () => {
    const b = await bench({ parameters: { nameObjectionMs: 3 } });
    const request = requested('acrne', 'newco', 'ACRNE');
    const action = { action: ACTION.PUBLISHER_REGISTER, request } as const;
    assert.equal(await codeOf(b, decided(b, [action])), '');
    assert.equal(queries.publisher(b.ledger.state(), 'acrne'), undefined, 'members may object');
    const execute = () => byMember(b, 'dan', [{ op: OPERATION.EXECUTE, proposal: 1 }]);
    assert.deepEqual(await codes(b, execute()), ['OBJECTION_WINDOW']);
    for (let i = 0; i < 3; i++) await b.grow();
    assert.deepEqual(await codes(b, execute()), ['']);
    assert.equal(queries.publisher(b.ledger.state(), 'acrne')?.name, 'ACRNE');
    const third = register('acme-2', 'third', 'third', 'Acme');
    assert.deepEqual(await codes(b, byMember(b, 'dan', [third])), ['NAME_COLLIDES']);
    const again = { ...action, request: requested('acrne', 'other', 'ACRNE') };
    assert.equal(await codeOf(b, [propose(b, [again])]), 'PUBLISHER_ID_USED');
    const forged = { ...action, request: requested('akme', 'other', 'ACRNE', 'newco') };
    assert.equal(await codeOf(b, [propose(b, [forged])]), 'KEY_NOT_PROVEN');
    const hidden = { ...action, request: requested('akme', 'other', 'A\u115f') };
    assert.equal(await codeOf(b, [propose(b, [hidden])]), 'NAME_REFUSED');
  });

  test('of a member is one that names can be', async () => {
    const b = await bench();
    const entry = putMember({ ...memberNamed('eve'), name: 'Е\u115fve' });
    assert.equal(await codeOf(b, [propose(b, [entry])]), 'NAME_REFUSED');
  });

  test('of a product is stated on for the first time once', async () => {
    const b = await bench();
    const twice = b.make([statement('one', STATUS.TRUSTED), statement('two', STATUS.TRUSTED)]);
    await b.grow(twice);
    await b.grow(b.make([statement('one', STATUS.UNTRUSTED)]));
    await b.grow(b.make([statement('one')], { sender: 'globex' }));
    const firsts = queries.statementsOn(b.ledger.state(), assetNamed('one'));
    assert.deepEqual(
      firsts.map(({ publisher, first }) => [publisher, first]),
      [
        ['acme', true],
        ['acme', false],
        ['globex', true],
      ],
    );
  });
});
