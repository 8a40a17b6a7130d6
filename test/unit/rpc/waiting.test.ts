/** Reads that wait for a height. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRig } from './rig.ts';

test('a height that does not come is SYNCING; stopping the node ends the wait', async () => {
  const alone = await startRig();
  const waiting = alone.fail('member_list', { minHeight: 9 });
  // The request has to be there before the server stops.
  while (!(await alone.registry.metrics()).includes('in_flight 1')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const stopped = alone.stop();
  const { code, data } = await waiting;
  await stopped;
  assert.deepEqual([code, data.code, data.retryable], [-32002, 'SYNCING', true]);
});
