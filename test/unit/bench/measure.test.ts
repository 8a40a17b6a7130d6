import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from '../../../bench/measure.ts';
import { percentile, summaryOf } from '../../../bench/statistics.ts';

test('the rate is that of the blocks between two heights', () => {
  const before = { height: 10, at: 1_000, cpuSeconds: 4 };
  const after = { height: 14, at: 3_000, cpuSeconds: 7 };
  assert.deepEqual(counted(before, after, [1_000, 0, 2_000, 0]), {
    seconds: 2,
    final: 3_000,
    blocks: 4,
    perSecond: 1_500,
    blocksPerSecond: 2,
    cpuMicros: 1_000,
    cores: 1.5,
  });
});

test('a percentile is a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1).reverse();
  assert.equal(percentile(hundred, 0), 1);
  assert.equal(percentile(hundred, 0.5), 51);
  assert.equal(percentile(hundred, 0.99), 100);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([7], 0.5), 7);
  assert.equal(percentile([], 0.5), 0);
});

test('a summary has the median of an even number between the middle two', () => {
  const { median, min, max, values } = summaryOf([4, 1, 3, 10]);
  assert.deepEqual(
    { median, min, max, values },
    { median: 3.5, min: 1, max: 10, values: [4, 1, 3, 10] },
  );
});
