import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReached, jsonOf, tableOf } from '../../../bench/report.ts';
import { figure } from '../../../bench/scenario.ts';

const machine = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  node: 'v24',
  commit: 'abc',
  loadAverage: 0,
};

test('one document has the medians by name and every value', () => {
  const figures = [
    figure('final transactions', '/s', [5_000, 6_000, 5_800], {
      name: 'rate',
      must: { atLeast: 5_500 },
    }),
    figure('latency', 'ms', [80], { name: 'p50Ms', must: { atMost: 50 } }),
  ];
  const result = JSON.parse(jsonOf({ scenario: 'rate', machine, rounds: 3, figures }));
  assert.equal(result.schema, 'ztc.bench/v1');
  assert.equal(result.rate, 5_800);
  assert.equal(result.p50Ms, 80);
  assert.equal(result.commit, 'abc');
  assert.deepEqual(result.figures[0].summary.values, [5_000, 6_000, 5_800]);
  assert.equal(result.figures[0].reached, true);
  assert.equal(result.figures[1].reached, false);
});

test('sides are columns, and one that was not measured is empty', () => {
  const figures = [
    figure('the most', '/s', [2_000, 3_000], { side: 'ours' }),
    figure('the most', '/s', [], { side: 'theirs' }),
    figure('ratio', '', [], { side: 'ours', must: { atLeast: 1.3 } }),
  ];
  const table = tableOf({ scenario: 'peers', machine, rounds: 2, figures });
  const rows = table.split('\n').slice(2);
  assert.deepEqual(rows, [
    '| figure | ours | theirs | must |',
    '| --- | --- | --- | --- |',
    '| the most, /s | 2,500 (2,000 – 3,000) |  |  |',
    '| ratio |  |  | ≥ 1.3 |',
  ]);
});

test('a ratio to nothing reaches nothing', () => {
  const must = { atLeast: 0.7 };
  assert.equal(isReached(figure('ratio', '', [100 / 0], { must })), false);
  assert.equal(isReached(figure('ratio', '', [0 / 0], { must })), false);
  assert.equal(isReached(figure('ratio', '', [0.7], { must })), true);
  assert.equal(isReached(figure('ratio', '', [], { must })), undefined);
});
