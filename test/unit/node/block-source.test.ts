import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blockSource } from '../../../src/node/block-source.ts';
import type { Ledger } from '../../../src/state/ledger.ts';

const BLOCK_BYTES = 100;
const certificate = new Uint8Array(10);

/** A ledger of blocks 0 to `head`, of which `certified` have their own finalization. */
function ledgerOf(head: number, certified: readonly number[]): Ledger {
  const ledger = {
    head: { header: { height: head } },
    blockBytes: (height: number) => new Uint8Array(BLOCK_BYTES).fill(height),
    certificateBytes: (height: number) => (certified.includes(height) ? certificate : undefined),
  };
  return ledger as unknown as Ledger;
}

function heights(ledger: Ledger, from: number, bytesMax: number): (number | undefined)[] {
  return blockSource(ledger)
    .range(from, bytesMax)
    .map(({ block }) => block[0]);
}

describe('a range of blocks', () => {
  const ledger = ledgerOf(9, [2, 5, 8]);

  test('ends at a block with its own finalization', () => {
    assert.deepEqual(heights(ledger, 1, 1_000_000), [1, 2, 3, 4, 5, 6, 7, 8]);
    const range = blockSource(ledger).range(1, 1_000_000);
    assert.deepEqual(
      range.map((each) => each.certificate !== null),
      [false, true, false, false, true, false, false, true],
    );
  });

  test('keeps to the bytes, cutting where a finalization is', () => {
    assert.deepEqual(heights(ledger, 1, 4 * BLOCK_BYTES + 10), [1, 2]);
    assert.deepEqual(heights(ledger, 1, 5 * BLOCK_BYTES + 20), [1, 2, 3, 4, 5]);
  });

  test('goes beyond the bytes rather than end without a finalization', () => {
    assert.deepEqual(heights(ledger, 3, BLOCK_BYTES), [3, 4, 5]);
  });

  test('is empty where nothing proves the blocks', () => {
    assert.deepEqual(heights(ledger, 9, 1_000_000), []);
    assert.deepEqual(heights(ledger, 10, 1_000_000), []);
  });
});
