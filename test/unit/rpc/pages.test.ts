/** Pages: every walk sees everything once, forwards and backwards, while the list grows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Order, page } from '../../../src/rpc/pages.ts';
import { Refusal } from '../../../src/rpc/refusal.ts';

function pageOf(count: number, order: Order, limit: number, cursor?: string, scope = ['all']) {
  return page({
    scope,
    cursor,
    limit,
    order,
    count,
    read: (from, to) => Array.from({ length: to - from }, (_, i) => from + i),
  });
}

const orders = fc.constantFrom<Order>('asc', 'desc');
const counts = fc.integer({ min: 0, max: 60 });
const limits = fc.integer({ min: 1, max: 12 });

function expected(count: number, order: Order): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return order === 'asc' ? all : all.reverse();
}

test('walking forwards gives each item once, in order; walking back the same pages', () => {
  fc.assert(
    fc.property(counts, limits, orders, (count, limit, order) => {
      const pages = [pageOf(count, order, limit)];
      for (let next = pages[0]?.nextCursor; next != null; next = pages.at(-1)?.nextCursor) {
        pages.push(pageOf(count, order, limit, next));
      }
      const walked = pages.flatMap(({ items }) => items);
      assert.deepEqual(walked, expected(count, order));
      assert.equal(pages[0]?.prevCursor, null);
      for (let i = pages.length - 1; i > 0; i--) {
        const back = pageOf(count, order, limit, pages[i]?.prevCursor as string);
        assert.deepEqual(back.items, pages[i - 1]?.items);
      }
    }),
  );
});

test('what is appended in between neither repeats nor hides an item', () => {
  fc.assert(
    fc.property(counts, fc.array(counts, { maxLength: 8 }), limits, (count, growth, limit) => {
      const walked: number[] = [];
      let size = count;
      let cursor: string | undefined;
      do {
        const { items, nextCursor } = pageOf(size, 'desc', limit, cursor);
        walked.push(...items);
        cursor = nextCursor ?? undefined;
        size += growth.pop() ?? 0;
      } while (cursor !== undefined);
      assert.deepEqual(walked, expected(count, 'desc'));
    }),
  );
});

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.error.data.code;
    throw error;
  }
  return 'nothing';
}

test('a cursor of another filter, order or maker is refused', () => {
  const { nextCursor } = pageOf(9, 'asc', 2, undefined, ['mine']);
  const cursor = nextCursor as string;
  assert.equal(
    refused(() => pageOf(9, 'asc', 2, cursor, ['yours'])),
    'CURSOR_MISMATCH',
  );
  assert.equal(
    refused(() => pageOf(9, 'desc', 2, cursor, ['mine'])),
    'CURSOR_MISMATCH',
  );
  for (const junk of ['', '!', 'AAAA', 'bnVsbA', cursor.slice(1), 'WzEsImEiLC0xLDBd']) {
    assert.equal(
      refused(() => pageOf(9, 'asc', 2, junk)),
      'INVALID_PARAMS',
      junk,
    );
  }
});

test('any text as cursor gives a page or a refusal', () => {
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      assert.notEqual(
        refused(() => pageOf(9, 'asc', 2, cursor)),
        undefined,
      );
    }),
  );
});
