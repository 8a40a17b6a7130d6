import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAG_BLOCKS_MAX, type ReadinessInputs, readinessOf } from '../../../src/node/readiness.ts';

const READY: ReadinessInputs = {
  listening: true,
  validators: 4,
  reached: 3,
  validator: true,
  height: 10,
  target: 10 + LAG_BLOCKS_MAX,
  headAgeMs: 2_000,
  heartbeatMs: 1_000,
  diverged: false,
};

test('ready: listening, a quorum reached, not behind', () => {
  assert.equal(readinessOf(READY).ready, true);
});

test('a follower is ready with one peer in reach', () => {
  const follower = { ...READY, validator: false };
  assert.equal(readinessOf({ ...follower, reached: 1 }).ready, true);
  assert.equal(readinessOf({ ...follower, reached: 0 }).ready, false);
});

for (const [name, change] of [
  ['listeners', { listening: false }],
  ['validators', { reached: 2 }],
  ['head', { height: 9 }],
  ['fresh', { headAgeMs: 2_001 }],
  ['state', { diverged: true }],
] as const) {
  test(`not ready: ${name}`, () => {
    const { ready, checks } = readinessOf({ ...READY, ...change });
    assert.equal(ready, false);
    const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
    assert.deepEqual(
      failed.map(([check]) => check),
      [name],
    );
  });
}
