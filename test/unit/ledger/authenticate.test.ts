import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import {
  assetAnswerKeys,
  authenticateFromProof,
  publisherFromProof,
  recordFromProof,
} from '../../../src/ledger/authenticate.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { type ProvenView, verifyProvenState } from '../../../src/ledger/proven-state.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import {
  listHeadSchema,
  publisherStateSchema,
  revisionSchema,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import {
  answering,
  asset,
  flip,
  genesis,
  items,
  otherAsset,
  proveKeys,
  publisherStates,
  revision,
  state,
  statements,
} from './world.ts';

const allKeys = assetAnswerKeys(asset, answering());

function viewOf(keys: readonly string[]): ProvenView {
  const checked = verifyProvenState({ trust: trustOf(genesis), proven: proveKeys(keys), verify });
  assert.ok(checked.ok);
  return checked.value;
}

/** A view whose proof is taken for granted: what a dishonest quorum could make. */
function viewWith(changes: Record<string, Uint8Array | null>): ProvenView {
  const values = new Map<string, Uint8Array | null>([...state, ...Object.entries(changes)]);
  return { ...viewOf([stateKey.epoch]), get: (key) => values.get(key) };
}

const answerOf = (view: ProvenView, given: readonly Uint8Array[] = items, about = asset) =>
  authenticateFromProof({ view, asset: about, items: given });

function codeOf(result: { ok: true } | { ok: false; code: string }): string {
  return result.ok ? 'ok' : result.code;
}

describe('an answer about an asset', () => {
  test('needs each key once', () => {
    assert.equal(new Set(allKeys).size, allKeys.length);
    assert.equal(allKeys.length, 1 + 2 + 1 + 1, 'zeta has a domain: the parameters, too');
  });

  test('lists all statements with their publishers and levels', () => {
    const answer = answerOf(viewOf(allKeys));
    assert.ok(answer.ok);
    assert.deepEqual(answer.value.statements, statements);
    assert.deepEqual([...answer.value.publishers.keys()], ['acme', 'zeta']);
    const acme = answer.value.publishers.get('acme');
    assert.deepEqual(acme?.publisher, publisherStates[0]);
    assert.equal(acme?.level, 4, 'one of the five that vouch is inactive');
  });

  test('gives the verdict what it needs', () => {
    const answer = answerOf(viewOf(allKeys));
    assert.ok(answer.ok);
    const question = { ...answer.value, pinned: [], anyPublisher: false };
    assert.equal(verdictOf({ ...question, asked: 'acme' }).status, 'TRUSTED');
    assert.equal(verdictOf({ ...question, asked: undefined }).status, 'UNTRUSTED');
  });

  test('nothing was ever said: proven by absence', () => {
    const answer = answerOf(viewOf(assetAnswerKeys(otherAsset, [])), [], otherAsset);
    assert.ok(answer.ok);
    assert.deepEqual(answer.value, { statements: [], publishers: new Map() });
  });

  test('every key that is not shown makes it incomplete', () => {
    for (const missing of allKeys) {
      const view = viewOf(allKeys.filter((key) => key !== missing));
      assert.equal(codeOf(answerOf(view)), 'PROOF_INCOMPLETE', missing);
    }
  });

  test('left out, added, reordered or changed items are not the list', () => {
    const view = viewOf(allKeys);
    const [first, second] = items as [Uint8Array, Uint8Array];
    for (const given of [
      [],
      [first],
      [second],
      [second, first],
      [first, first],
      [...items, first],
    ]) {
      assert.equal(codeOf(answerOf(view, given)), 'PROOF_LIST');
    }
    assert.equal(codeOf(answerOf(view, [first, flip(second, 40)])), 'PROOF_LIST');
    const absent = viewOf(assetAnswerKeys(otherAsset, []));
    assert.equal(codeOf(answerOf(absent, items, otherAsset)), 'PROOF_LIST');
  });

  test('values that contradict their key are refused, whoever signed them', () => {
    const [statement] = statements as [(typeof statements)[0]];
    const foreign = encode(statementSchema, {
      ...statement,
      statement: { ...statement.statement, asset: otherAsset },
    });
    const listOf = (all: readonly Uint8Array[]) =>
      encode(listHeadSchema, { count: all.length, root: merkleRoot(all) });
    const list = stateKey.assetStatements(asset);
    const acme = stateKey.publisher('acme');
    const zeta = state.get(stateKey.publisher('zeta')) as Uint8Array;
    const garbage = Uint8Array.of(0x91);
    const views: readonly [ProvenView, readonly Uint8Array[]][] = [
      [viewWith({ [list]: listOf([foreign]) }), [foreign]],
      [viewWith({ [list]: listOf([garbage]) }), [garbage]],
      [viewWith({ [list]: garbage }), items],
      [viewWith({ [acme]: null }), items],
      [viewWith({ [acme]: zeta }), items],
      [viewWith({ [acme]: garbage }), items],
      [viewWith({ [stateKey.activeMembers]: garbage }), items],
    ];
    for (const [view, given] of views) {
      assert.equal(codeOf(answerOf(view, given)), 'PROOF_VALUE');
    }
  });
});

describe('other answers', () => {
  test('a publisher that is none', () => {
    const view = viewOf([stateKey.publisher('nobody')]);
    assert.deepEqual(publisherFromProof(view, 'nobody'), { ok: true, value: null });
    assert.equal(codeOf(publisherFromProof(view, 'acme')), 'PROOF_INCOMPLETE');
  });

  test('a publisher for whom nobody vouches has level 0', () => {
    const lonely = { ...(publisherStates[0] as (typeof publisherStates)[0]), vouches: [] };
    const view = viewWith({ [stateKey.publisher('acme')]: encode(publisherStateSchema, lonely) });
    const active = ['alfa', 'bravo', 'charlie', 'delta'];
    assert.deepEqual(publisherFromProof(view, 'acme'), {
      ok: true,
      value: { publisher: lonely, level: 0, active, domains: [] },
    });
  });

  test('a record, its absence, and one that is another', () => {
    const { namespace, key } = revision;
    const view = viewOf([stateKey.record(namespace, key), stateKey.record(namespace, 'job/1')]);
    assert.deepEqual(recordFromProof({ view, namespace, key }), { ok: true, value: revision });
    assert.deepEqual(recordFromProof({ view, namespace, key: 'job/1' }), { ok: true, value: null });
    assert.equal(codeOf(recordFromProof({ view, namespace, key: 'job/2' })), 'PROOF_INCOMPLETE');
    const other = encode(revisionSchema, { ...revision, key: 'job/2' });
    const lying = viewWith({ [stateKey.record(namespace, key)]: other });
    assert.equal(codeOf(recordFromProof({ view: lying, namespace, key })), 'PROOF_VALUE');
  });
});
