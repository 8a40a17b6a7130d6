import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compareBytes, toHex } from '../../../src/common/bytes.ts';
import { heightInKey, kvKey, resultsRange } from '../../../src/state/kv/buckets.ts';
import { openClassicKv } from '../../../src/state/kv/classic.ts';
import type { KvEntry, KvRange, KvStore } from '../../../src/state/kv/kv.ts';
import { lockHolder } from '../../../src/state/kv/lock-holder.ts';
import { memoryKv } from '../../support/memory-kv.ts';

async function listed(store: KvStore, range: KvRange): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const entry of store.iterate(range)) entries.push(entry);
  return entries;
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 3 });

async function assertIterates(store: KvStore): Promise<void> {
  let held: Uint8Array[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(bytes, { maxLength: 20 }),
      bytes,
      bytes,
      fc.boolean(),
      fc.option(fc.nat(5), { nil: undefined }),
      async (keys, from, to, reverse, limit) => {
        await store.batch([
          ...held.map((key) => ({ key, value: undefined })),
          ...keys.map((key) => ({ key, value: key })),
        ]);
        held = keys;
        const expected = [...new Map(keys.map((key) => [toHex(key), key])).values()]
          .filter((key) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0)
          .sort((a, b) => (reverse ? compareBytes(b, a) : compareBytes(a, b)))
          .slice(0, limit);
        const range = { from, to, reverse, ...(limit === undefined ? {} : { limit }) };
        const found = await listed(store, range);
        assert.deepEqual(
          found.map(({ key }) => toHex(key)),
          expected.map(toHex),
        );
      },
    ),
    { numRuns: 50 },
  );
}

/** What every implementation must do. */
function kvSuite(
  name: string,
  withStore: (use: (store: KvStore) => Promise<void>) => Promise<void>,
) {
  suite(name, () => {
    test('reads what was written, and nothing else', () =>
      withStore(async (store) => {
        const [key, other] = [Uint8Array.of(1, 255), Uint8Array.of(1)];
        await store.batch([{ key, value: Uint8Array.of(7) }]);
        assert.deepEqual(store.get(key), Uint8Array.of(7));
        assert.equal(store.get(other), undefined);
        await store.batch([{ key: other, value: new Uint8Array() }]);
        assert.deepEqual(store.get(other), new Uint8Array());
      }));

    test('the last write of a batch to a key counts', () =>
      withStore(async (store) => {
        const key = Uint8Array.of(1);
        await store.batch([
          { key, value: Uint8Array.of(1) },
          { key, value: undefined },
          { key, value: Uint8Array.of(2) },
        ]);
        assert.deepEqual(store.get(key), Uint8Array.of(2));
        await store.batch([{ key, value: undefined }]);
        assert.equal(store.get(key), undefined);
      }));

    test('iterates in byte order, both ways, within bounds and limit', () =>
      withStore(assertIterates));

    test('refuses everything after it was closed, but closing again', () =>
      withStore(async (store) => {
        await store.close();
        await store.close();
        assert.throws(() => store.get(Uint8Array.of(1)), { code: 'DATABASE_FAILED' });
        await assert.rejects(store.batch([{ key: Uint8Array.of(1), value: Uint8Array.of(1) }]), {
          code: 'DATABASE_FAILED',
        });
      }));
  });
}

async function withFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'ztc-kv-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

kvSuite('memory', (use) => use(memoryKv()));
kvSuite('classic', (use) =>
  withFolder(async (dir) => {
    const store = await openClassicKv(dir);
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }),
);

test('classic keeps what was written', () =>
  withFolder(async (dir) => {
    const store = await openClassicKv(dir);
    await store.batch([{ key: Uint8Array.of(1), value: Uint8Array.of(2) }]);
    await store.close();
    const again = await openClassicKv(dir);
    assert.deepEqual(again.get(Uint8Array.of(1)), Uint8Array.of(2));
    await again.close();
  }));

test('classic says in words that another one has the folder open', () =>
  withFolder(async (dir) => {
    const store = await openClassicKv(dir);
    const holder = await lockHolder(dir);
    // Not every system tells; none may name somebody else.
    assert.ok(holder === undefined || holder === process.pid);
    await assert.rejects(openClassicKv(dir), (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATABASE_LOCKED');
      assert.ok(error.message.includes(dir));
      return true;
    });
    await store.close();
    assert.equal(await lockHolder(dir), undefined);
  }));

test('keys of heights sort by height, and hold it', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      assert.equal(heightInKey(kvKey.results(a)), a);
      const order = compareBytes(kvKey.results(a), kvKey.results(b));
      assert.equal(Math.sign(order), Math.sign(a - b));
      const { from, to } = resultsRange(0, a);
      const inside = compareBytes(kvKey.results(b), from) >= 0;
      assert.equal(inside && compareBytes(kvKey.results(b), to) < 0, b < a);
    }),
  );
});
