import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../../bench/options.ts';

test('a scenario, or all, and sizes as numbers', () => {
  const words = '--scenario growth --rounds 2 --keys 1e4,1e7 --seconds 20 --json'.split(' ');
  const options = readOptions(words);
  assert.equal(options?.scenario, 'growth');
  assert.equal(options.rounds, 2);
  assert.equal(options.json, true);
  assert.deepEqual(options.sizes.keys, [10_000, 10_000_000]);
  assert.equal(options.sizes.seconds, 20);
  assert.equal(options.sizes.blocks, undefined);
  assert.equal(readOptions(['--peers'])?.scenario, 'peers');
  const all = readOptions(['--all']);
  assert.ok(all !== undefined);
  assert.equal(all.scenario, undefined);
});

test('what can not be done is refused', () => {
  const wrong = [
    '',
    '--all --scenario rate',
    '--scenario rate --rounds none',
    '--scenario rate --keys 5,0',
    '--scenario rate --seconds -1',
    '--scenario rate --base-port 80',
  ];
  for (const words of wrong) {
    assert.equal(readOptions(words.split(' ').filter((word) => word !== '')), undefined, words);
  }
});
