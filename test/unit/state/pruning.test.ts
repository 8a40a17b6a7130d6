/** What a node forgets by policy, when, and what it says of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../src/common/bytes.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { kvKey } from '../../../src/state/kv/buckets.ts';
import type { KvStore, KvWrite } from '../../../src/state/kv/kv.ts';
import type { Ledger } from '../../../src/state/ledger.ts';
import { BACKLOG_BLOCKS, type PruningClock } from '../../../src/state/pruning/pruning.ts';
import type { Retention } from '../../../src/state/pruning/retention.ts';
import * as queries from '../../../src/state/queries.ts';
import { itemsOf } from '../../../src/state/tree/chunks.ts';
import { ITEM } from '../../../src/state/tree/item-writer.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { assetNamed, type Bench, bench, finals, put, statement } from './fixture.ts';

/** Time goes on when a test says so. */
class HandClock implements PruningClock {
  #now = 0;
  #waiting: { at: number; act: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): () => void {
    const entry = { at: this.#now + ms, act };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** What is due within `ms` happens, and what that leads to. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise(setImmediate);
      const next = this.#waiting.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#now = next.at;
      next.act();
    }
    this.#now = end;
  }
}

/** Ids expire within a few blocks, so that their results may go. */
const parameters = { maxValidityMs: 8 };

interface Pruned extends Bench {
  readonly clock: HandClock;
}

async function pruned(retention: Retention, store: KvStore = memoryKv()): Promise<Pruned> {
  const clock = new HandClock();
  return { ...(await bench({ store, parameters, pruning: { retention, clock } })), clock };
}

/** Valid for a few blocks. */
function soon({ ledger }: Bench): { readonly validUntil: number } {
  return { validUntil: ledger.head.header.time + 4 };
}

/** Two chains of the same blocks. */
async function growBoth(archive: Bench, other: Bench, names: readonly string[]): Promise<void> {
  const { height } = archive.ledger.head.header;
  const made = names.flatMap((name) => [
    archive.make([put('acme/x', name, `${height}`)], soon(archive)),
    archive.make([statement(name)], soon(archive)),
  ]);
  const block = await archive.grow(...made);
  await other.ledger.finalize(finals([block]));
}

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** All that can be asked of a state. */
function stateOf(ledger: Ledger, height: number): unknown {
  const state = ledger.state(height);
  return KEYS.map((name) => {
    const key = stateKey.record('acme/x', name);
    const list = stateKey.recordRevisions('acme/x', name);
    return [
      queries.record(state, 'acme/x', name),
      queries.revisions(state, 'acme/x', name, 0, 100),
      queries.statementsOn(state, assetNamed(name)),
      [state.get(key), state.prove(key), state.prove(list)],
      [state.treeRoot, state.list(list), state.proveItems(list, 0, state.list(list).count)],
    ];
  });
}

function code(act: () => unknown): string {
  try {
    act();
    return 'no error';
  } catch (error) {
    return error instanceof ZtcError ? error.code : String(error);
  }
}

async function sizeOf(store: KvStore, bucket: number): Promise<number> {
  let count = 0;
  const range = { from: Uint8Array.of(bucket), to: Uint8Array.of(bucket + 1) };
  for await (const _ of store.iterate(range)) count++;
  return count;
}

/** How many values and records of the tree there are, but for what is kept for good. */
async function treeItems(store: KvStore): Promise<number> {
  let count = 0;
  for await (const { value } of store.iterate({
    from: kvKey.treeChunk(0),
    to: kvKey.treeDead(0),
  })) {
    for (const item of itemsOf(value)) if (item && item.kind !== ITEM.KEPT) count++;
  }
  return count;
}

suite('pruning', () => {
  test('kept heights read and prove as in an archive, all others answer PRUNED', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 3 }), { maxLength: 40 }),
        fc.integer({ min: 2, max: 12 }),
        fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
        async (history, states, blocks) => {
          const archive = await bench({ parameters });
          const other = await pruned({ states, blocks });
          for (const names of history) {
            await growBoth(archive, other, names);
            await other.clock.pass(names.length * 200);
          }
          await other.clock.pass(10_000);
          const { height } = archive.ledger.head.header;
          const oldest = Math.max(0, height + 1 - states);
          const { retained } = other.ledger;
          assert.equal(retained.states, oldest);
          const whole = Math.max(0, height + 1 - (blocks ?? Number.MAX_SAFE_INTEGER));
          assert.ok(retained.blocks <= whole);
          // Ids that may be unexpired are those of a few blocks.
          assert.ok(retained.blocks >= Math.min(whole, height - 20));
          for (let at = 0; at <= height; at++) {
            if (at >= oldest) {
              assert.deepEqual(stateOf(other.ledger, at), stateOf(archive.ledger, at));
            } else
              assert.equal(
                code(() => other.ledger.state(at)),
                'PRUNED',
              );
            const isWhole = at === 0 || at >= retained.blocks;
            const read = code(() => {
              assert.deepEqual(other.ledger.block(at), archive.ledger.block(at));
              assert.deepEqual(other.ledger.results(at), archive.ledger.results(at));
            });
            assert.equal(read, isWhole ? 'no error' : 'PRUNED');
            assert.deepEqual(other.ledger.headerBytes(at), archive.ledger.headerBytes(at));
            const path = at < height ? other.ledger.historyProof(at, height) : [];
            assert.deepEqual(path, at < height ? archive.ledger.historyProof(at, height) : []);
          }
        },
      ),
      { numRuns: 30 },
    ));

  test('a reader that was there before learns it, whatever it reads next', async () => {
    const b = await pruned({ states: 2, blocks: undefined });
    await b.grow(b.make([put('acme/x', 'k', '1')], soon(b)));
    const reader = b.ledger.state();
    await b.grow();
    await b.grow();
    await b.clock.pass(10_000);
    assert.throws(() => reader.get(stateKey.record('acme/x', 'k')), { code: 'PRUNED', oldest: 2 });
    assert.throws(() => reader.list(stateKey.members), { code: 'PRUNED' });
    assert.throws(() => reader.prove(stateKey.members), { code: 'PRUNED' });
  });

  test('what isn’t needed is freed: the same keys again and again take no more room', async () => {
    const b = await pruned({ states: 4, blocks: 4 });
    const sizes: number[][] = [];
    for (let i = 0; i < 120; i++) {
      await b.grow(b.make([put('acme/x', 'k', `${i}`)], soon(b)));
      await b.clock.pass(1_000);
      if (i % 40 !== 39) continue;
      sizes.push([await treeItems(b.store), await sizeOf(b.store, 0x06)]);
    }
    const [first, , last] = sizes as [number[], number[], number[]];
    assert.deepEqual(last[1], 4);
    for (const [i, size] of last.entries()) assert.ok(size <= 2 * (first[i] as number), `${sizes}`);
    assert.equal(await sizeOf(b.store, 0x02), 121, 'headers stay');
  });

  test('results stay as long as an id could be sent again', async () => {
    const b = await pruned({ states: 2, blocks: 1 });
    const t = b.make([put('acme/x', 'k', '1')], { validUntil: b.ledger.head.header.time + 8 });
    await b.grow(t);
    for (let i = 0; i < 5; i++) await b.grow();
    await b.clock.pass(10_000);
    assert.equal(b.ledger.retained.blocks, 0, 'its ids may be unexpired');
    const again = await bench({ parameters, store: b.store });
    assert.equal(again.ledger.admissible(t).ok, false);
    for (let i = 0; i < 5; i++) await b.grow();
    await b.clock.pass(10_000);
    assert.equal(b.ledger.retained.blocks, 11);
    assert.throws(() => b.ledger.transaction(t.id), { code: 'PRUNED', oldest: 11 });
    assert.equal(b.ledger.heightOfTransaction(t.id), 1);
  });

  test('under load it waits, and never beyond a bound', async () => {
    const b = await pruned({ states: 2, blocks: undefined });
    let most = 0;
    for (let i = 0; i < 3 * BACKLOG_BLOCKS; i++) {
      await b.grow(b.make([put('acme/x', `${i % 7}`, `${i}`)], soon(b)));
      await b.clock.pass(20); // busier than what counts as quiet
      most = Math.max(most, (await sizeOf(b.store, 0x06)) - 2);
      if (i < BACKLOG_BLOCKS) assert.equal(await sizeOf(b.store, 0x06), i + 2);
    }
    assert.ok(most >= BACKLOG_BLOCKS && most <= BACKLOG_BLOCKS + 8, `${most} blocks waited`);
    await b.clock.pass(1_000);
    assert.equal(await sizeOf(b.store, 0x06), 2);
  });

  test('a step that fails stops pruning and nothing else', async () => {
    const inner = memoryKv();
    let failing = false;
    const store: KvStore = {
      get: (key) => inner.get(key),
      iterate: (range) => inner.iterate(range),
      close: () => inner.close(),
      batch: async (writes, options) => {
        if (failing && options?.durable === false) throw new ZtcError('DATABASE_FAILED', 'full');
        await inner.batch(writes);
      },
    };
    const b = await pruned({ states: 2, blocks: undefined }, store);
    for (let i = 0; i < 4; i++) await b.grow();
    failing = true;
    await b.clock.pass(1_000);
    await b.grow(b.make([put('acme/x', 'k', '1')], soon(b)));
    assert.equal(queries.record(b.ledger.state(), 'acme/x', 'k')?.revision, 1);
    failing = false;
    const again = await pruned({ states: 2, blocks: undefined }, inner);
    await again.clock.pass(1_000);
    assert.equal(again.ledger.retained.states, 4);
    assert.equal(await sizeOf(inner, 0x06), 2);
  });

  test('a policy that keeps more brings nothing back', async () => {
    const store = memoryKv();
    const b = await pruned({ states: 2, blocks: undefined }, store);
    for (let i = 0; i < 10; i++) await b.grow(b.make([put('acme/x', 'k', `${i}`)], soon(b)));
    await b.clock.pass(1_000);
    const again = await pruned({ states: 100, blocks: undefined }, store);
    await again.grow();
    await again.clock.pass(1_000);
    assert.equal(again.ledger.retained.states, 9);
    assert.equal(
      code(() => again.ledger.state(8)),
      'PRUNED',
    );
    assert.equal(again.ledger.state(9).height, 9);
  });
});

suite('a kill while pruning', () => {
  /** Notes every batch, so that any beginning of them can be taken for what a kill left. */
  function noted(): { store: KvStore; batches: (readonly KvWrite[])[] } {
    const inner = memoryKv();
    const batches: (readonly KvWrite[])[] = [];
    const store: KvStore = {
      get: (key) => inner.get(key),
      iterate: (range) => inner.iterate(range),
      close: () => inner.close(),
      batch: async (writes) => {
        batches.push(writes);
        await inner.batch(writes);
      },
    };
    return { store, batches };
  }

  test('after any write leaves a store that reads, proves and prunes on', async () => {
    const { store, batches } = noted();
    const archive = await bench({ parameters });
    const retention = { states: 3, blocks: 5 };
    const b = await pruned(retention, store);
    for (let i = 0; i < 24; i++) {
      await growBoth(archive, b, [KEYS[i % KEYS.length] as string, KEYS[(i * 5) % 3] as string]);
      if (i % 5 === 4) await b.clock.pass(5_000);
    }
    await b.clock.pass(5_000);
    assert.ok(batches.length > 28);
    for (let count = 1; count <= batches.length; count++) {
      const left = memoryKv();
      for (const writes of batches.slice(0, count)) await left.batch(writes);
      const again = await pruned(retention, left);
      const { height } = again.ledger.head.header;
      const check = (): void => {
        for (let at = again.ledger.retained.states; at <= height; at++) {
          assert.deepEqual(stateOf(again.ledger, at), stateOf(archive.ledger, at));
        }
      };
      check();
      await again.clock.pass(10_000);
      assert.equal(again.ledger.retained.states, Math.max(0, height - 2));
      check();
      assert.equal(await sizeOf(left, 0x06), Math.min(3, height + 1));
    }
    assert.equal(toHex(b.ledger.head.hash), toHex(archive.ledger.head.hash));
  });
});
