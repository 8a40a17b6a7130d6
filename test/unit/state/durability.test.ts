/** What is final survives, and a write that fails changes nothing. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ZtcError } from '../../../src/common/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import { openClassicKv } from '../../../src/state/kv/classic.ts';
import type { KvStore } from '../../../src/state/kv/kv.ts';
import * as queries from '../../../src/state/queries.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { assetNamed, bench, finals, put, statement } from './fixture.ts';

/** A store whose next batch fails when told so. */
function failingKv(): { store: KvStore; failNext(): void } {
  const inner = memoryKv();
  let failing = false;
  const store: KvStore = {
    get: (key) => inner.get(key),
    iterate: (range) => inner.iterate(range),
    close: () => inner.close(),
    async batch(writes) {
      if (failing) {
        failing = false;
        throw new ZtcError('DATABASE_FAILED', 'no space left');
      }
      await inner.batch(writes);
    },
  };
  return {
    store,
    failNext() {
      failing = true;
    },
  };
}

test('a write that fails leaves the previous final state, in memory and on disk', async () => {
  const { store, failNext } = failingKv();
  const b = await bench({ store });
  await b.grow(b.make([put('acme/x', 'k', '1')]));
  const told: number[] = [];
  b.ledger.onFinal(({ block }) => told.push(block.header.height));
  const root = b.ledger.state().treeRoot;
  const t = b.make([put('acme/x', 'k', '2'), statement('a')]);
  const block = b.propose([t]);
  failNext();
  await assert.rejects(b.ledger.finalize(finals([block])), {
    code: 'DATABASE_FAILED',
  });
  assert.deepEqual(told, []);
  assert.equal(b.ledger.head.header.height, 1);
  assert.equal(b.ledger.transaction(t.id), undefined);
  const again = await bench({ store });
  assert.equal(again.ledger.head.header.height, 1);
  assert.deepEqual(again.ledger.state().treeRoot, root);
  assert.equal(queries.record(again.ledger.state(), 'acme/x', 'k')?.revision, 1);
  await again.ledger.finalize(finals([block]));
  await b.ledger.finalize(finals([block]));
  assert.deepEqual(b.ledger.state().treeRoot, again.ledger.state().treeRoot);
  assert.deepEqual(told, [2]);
});

test('several blocks are one batch: a failure keeps all of them out', async () => {
  const { store, failNext } = failingKv();
  const b = await bench({ store });
  const one = b.propose([b.make([statement('a')])]);
  const two = b.propose([b.make([statement('a')])], one);
  failNext();
  await assert.rejects(b.ledger.finalize(finals([one, two])));
  const again = await bench({ store });
  assert.equal(again.ledger.head.header.height, 0);
  await again.ledger.finalize(finals([one, two]));
  assert.equal(again.ledger.certificate(1), undefined);
  assert.equal(queries.statementsOn(again.ledger.state(), assetNamed('a')).length, 2);
});

test('the fullest block is written as any other', async () => {
  const { blockOperationsMax, transactionOperationsMax } = DEFAULT_PARAMETERS;
  // Long enough for a proposal of that size.
  const b = await bench({ parameters: { viewTimeoutMs: 10_000 } });
  const made = Array.from({ length: blockOperationsMax / transactionOperationsMax }, (_, i) =>
    b.make(Array.from({ length: transactionOperationsMax }, (_, j) => statement(`${i} ${j}`))),
  );
  const block = b.propose(made);
  assert.equal(block.transactions.length, made.length);
  await b.ledger.finalize(finals([block]));
  const last = queries.statementsOn(b.ledger.state(), assetNamed('19 999'));
  assert.equal(last.length, 1);
});

test('a failed first start leaves an empty store', async () => {
  const { store, failNext } = failingKv();
  failNext();
  await assert.rejects(bench({ store }), { code: 'DATABASE_FAILED' });
  assert.equal((await bench({ store })).ledger.head.header.height, 0);
});

test('a chain on disk goes on after every restart as one in memory does', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ztc-ledger-'));
  try {
    const memory = await bench();
    for (let run = 0; run < 3; run++) {
      const b = await bench({ store: await openClassicKv(dir) });
      assert.deepEqual(b.ledger.head, memory.ledger.head);
      for (let i = 0; i < 10; i++) {
        const made = Array.from({ length: 5 }, (_, j) =>
          b.make([statement(`${run} ${i} ${j}`), put('acme/x', `${j}`, `${run} ${i}`)]),
        );
        const block = b.propose(made);
        await b.ledger.finalize(finals([block]));
        assert.equal(memory.ledger.check(block), 'valid');
        await memory.ledger.finalize(finals([block]));
      }
      assert.deepEqual(b.ledger.state().treeRoot, memory.ledger.state().treeRoot);
      assert.deepEqual(b.ledger.state(run).treeRoot, memory.ledger.state(run).treeRoot);
      await b.ledger.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('closing waits for what is being written', async () => {
  const store = memoryKv();
  const b = await bench({ store });
  const block = b.propose([b.make([statement('a')])]);
  const done = b.ledger.finalize(finals([block]));
  await b.ledger.close();
  await done;
  assert.throws(() => store.get(Uint8Array.of(1)), { code: 'DATABASE_FAILED' });
});
