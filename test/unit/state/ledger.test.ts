import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from 'prom-client';
import { ZERO_HASH } from '../../../src/common/hash.ts';
import type { Application } from '../../../src/consensus/ports.ts';
import { encodeBlock, type Header, makeBlock } from '../../../src/ledger/block.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/ledger/merkle/rfc6962.ts';
import { stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { STANDING } from '../../../src/ledger/state-values.ts';
import { kvKey } from '../../../src/state/kv/buckets.ts';
import type { Ledger } from '../../../src/state/ledger.ts';
import { createStateMetrics } from '../../../src/state/metrics.ts';
import * as queries from '../../../src/state/queries.ts';
import { verifyStateProof } from '../ledger/reference-tree.ts';
import {
  assetNamed,
  bench,
  finals,
  genesisWith,
  keysOf,
  MEMBER_IDS,
  PUBLISHER_IDS,
  put,
  statement,
} from './fixture.ts';

const asApplication = (ledger: Ledger): Application => ledger;

suite('a new ledger', () => {
  test('holds what the genesis says', async () => {
    const { ledger, chain } = await bench();
    const state = ledger.state();
    assert.equal(state.height, 0);
    assert.deepEqual(ledger.chain, chain);
    assert.deepEqual(
      queries.members(state).map(({ member, standing }) => [member.id, standing]),
      MEMBER_IDS.map((id) => [id, STANDING.ACTIVE]),
    );
    const publishers = queries.publishers(state, 0, 10);
    assert.deepEqual(
      publishers.map(({ id }) => id),
      PUBLISHER_IDS,
    );
    for (const publisher of publishers)
      assert.equal(queries.levelOf(state, publisher, ledger.head.header.time), 4);
    assert.deepEqual(queries.parameters(state), genesisWith().parameters);
    assert.deepEqual(queries.epochState(state).validators, ledger.epoch.validators);
    assert.deepEqual(queries.keyOwner(state, keysOf('acme').publicKey), {
      member: null,
      publisher: 'acme',
    });
    assert.equal(queries.keyOwner(state, keysOf('node ada').publicKey).member, 'ada');
    assert.equal(queries.keyOwner(state, keysOf('nobody').publicKey).member, null);
  });

  test('refuses a genesis in which two publishers have one key', async () => {
    const genesis = genesisWith();
    const [first, second] = genesis.publishers;
    const keys = first?.keys ?? [];
    const bad = { ...genesis, publishers: [first, { ...second, keys }] } as typeof genesis;
    await assert.rejects(bench({ genesis: { genesis: bad, signatures: [] } }), {
      code: 'GENESIS_INVALID',
    });
  });

  test('refuses a protocol version that it does not know', async () => {
    await assert.rejects(bench({ parameters: { protocolVersion: 2 } }), {
      code: 'GENESIS_INVALID',
    });
  });

  test('refuses the store of another chain or of another layout', async () => {
    const { store } = await bench();
    const genesis = { genesis: { ...genesisWith(), name: 'other' }, signatures: [] };
    await assert.rejects(bench({ store, genesis }), { code: 'GENESIS_MISMATCH' });
    await store.batch([{ key: kvKey.format, value: Uint8Array.of(99) }]);
    await assert.rejects(bench({ store }), { code: 'DATABASE_FORMAT' });
  });

  test('counts what it did', async () => {
    const registry = new Registry();
    const b = await bench({ metrics: createStateMetrics(registry) });
    const block = b.propose([b.make([statement('a')]), b.make([put('globex/x', 'k', 'v')])]);
    b.ledger.check(makeBlock({ ...block.header, epoch: 2 }, block.transactions));
    await b.ledger.finalize(finals([block]));
    const text = await registry.metrics();
    for (const line of [
      'ztc_state_height 1',
      'ztc_state_transactions_total{result="applied"} 1',
      'ztc_state_transactions_total{result="rejected"} 1',
      'ztc_state_judgements_total{judgement="invalid"} 1',
      'ztc_state_replay_window_ids 2',
      'ztc_state_commit_seconds_count 1',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });

  test('is consensus’ application', async () => {
    const { ledger } = await bench();
    assert.equal(asApplication(ledger).head.header.height, 0);
  });
});

suite('reading the chain', () => {
  test('blocks, transactions and results are found again', async () => {
    const b = await bench();
    const [good, bad] = [b.make([statement('a')]), b.make([put('globex/x', 'k', 'v')])];
    const block = await b.grow(good, bad);
    const { ledger } = b;
    assert.deepEqual(ledger.block(1)?.transactions, block.transactions);
    assert.deepEqual(ledger.blockBytes(1), encodeBlock(block));
    assert.deepEqual(ledger.header(1), block.header);
    assert.deepEqual(ledger.headerBytes(1), block.headerBytes);
    assert.deepEqual(ledger.blockHashAt(1), block.hash);
    assert.equal(ledger.heightOf(block.hash), 1);
    assert.deepEqual(
      ledger.results(1).map(({ code }) => code),
      ['', 'NAMESPACE_FORBIDDEN'],
    );
    assert.deepEqual(ledger.transaction(bad.id), {
      height: 1,
      index: 1,
      bytes: bad.bytes,
      result: { transaction: bad.id, code: 'NAMESPACE_FORBIDDEN' },
    });
    assert.equal(ledger.block(2), undefined);
    assert.equal(ledger.heightOf(ZERO_HASH), undefined);
    assert.equal(ledger.transaction(ZERO_HASH), undefined);
    assert.deepEqual(ledger.results(9), []);
    assert.throws(() => ledger.state(2), { code: 'HEIGHT_UNKNOWN' });
  });

  test('each header names the state after its parent, and all hashes before it', async () => {
    const b = await bench();
    for (let i = 0; i < 6; i++)
      await b.grow(b.make([statement(`${i}`), put('acme/x', 'k', `${i}`)]));
    const hashes = [0, 1, 2, 3, 4, 5].map((height) => b.ledger.blockHashAt(height) as Uint8Array);
    for (let height = 1; height <= 6; height++) {
      const header = b.ledger.header(height);
      const before = b.ledger.state(height - 1);
      assert.deepEqual(header?.stateRoot, stateRootOf(b.chain, before.treeRoot));
      const proof = b.ledger.historyProof(height - 1, height);
      const root = header?.historyRoot as Uint8Array;
      assert.ok(verifyInclusion(root, height, height - 1, hashes[height - 1] as Uint8Array, proof));
    }
  });

  test('the history proves every block under every later header, reopened too', async () => {
    const b = await bench();
    for (let i = 0; i < 20; i++) await b.grow();
    const again = await bench({ store: b.store });
    const header = (height: number): Header => again.ledger.header(height) as Header;
    const hash = (height: number): Uint8Array => again.ledger.blockHashAt(height) as Uint8Array;
    for (let newer = 1; newer <= 20; newer++) {
      const root = header(newer).historyRoot;
      for (let older = 0; older < newer; older++) {
        const path = again.ledger.historyProof(older, newer);
        assert.ok(verifyInclusion(root, newer, older, hash(older), path), `${older} in ${newer}`);
        const steps = again.ledger.consistencyProof(older, newer);
        assert.ok(verifyConsistency(older, header(older).historyRoot, newer, root, steps));
      }
    }
  });

  test('old states stay readable and provable', async () => {
    const b = await bench();
    for (let i = 1; i <= 5; i++)
      await b.grow(b.make([put('acme/x', 'k', `v${i}`), statement('a')]));
    for (let height = 0; height <= 5; height++) {
      const state = b.ledger.state(height);
      assert.equal(state.header.height, height);
      assert.equal(
        queries.record(state, 'acme/x', 'k')?.revision,
        height === 0 ? undefined : height,
      );
      assert.equal(queries.revisions(state, 'acme/x', 'k', 0, 99).length, height);
      assert.equal(queries.statementsOn(state, assetNamed('a')).length, height);
      assert.equal(queries.actsOf(state, 'acme', 0, 99).length, height);
      const key = stateKey.record('acme/x', 'k');
      assert.ok(verifyStateProof(state.treeRoot, key, state.get(key), state.prove(key)));
      assert.ok(verifyStateProof(state.treeRoot, 'nothing', undefined, state.prove('nothing')));
    }
    assert.deepEqual(queries.namespaceKeys(b.ledger.state(), 'acme/x', 0, 9), ['k']);
    assert.deepEqual(b.ledger.state().list('nothing').count, 0);
  });

  test('recent statements of all publishers come newest first, in pages', async () => {
    const b = await bench();
    await b.grow(
      b.make([statement('1'), statement('2')]),
      b.make([put('globex/no', 'k', 'v'), statement('x')]),
    );
    await b.grow(b.make([statement('3')], { sender: 'globex' }), b.make([statement('4')]));
    const names = (before: number | undefined, limit: number) =>
      b.ledger
        .recentStatements(before, limit)
        .map(({ sequence, statement: made }) => [sequence, made.statement.name, made.publisher]);
    assert.deepEqual(names(undefined, 2), [
      [3, '4', 'acme'],
      [2, '3', 'globex'],
    ]);
    assert.deepEqual(names(2, 9), [
      [1, '2', 'acme'],
      [0, '1', 'acme'],
    ]);
    assert.deepEqual(names(0, 9), []);
  });
});
