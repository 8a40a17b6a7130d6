import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Schedule } from '../../../bench/load/schedule.ts';

test('an open loop offers its rate whatever the clock does', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5_000 }), (pauses, perSecond) => {
      const schedule = new Schedule({ kind: 'open', perSecond }, 500);
      let now = 500;
      const times: number[] = [];
      for (const pause of pauses) {
        now += pause;
        const due = schedule.due(now, 1e9);
        times.push(...due.times);
        assert.ok(due.pauseMs > 0);
      }
      // The first is due at once, and each later one when the rate says.
      assert.deepEqual(
        times,
        times.map((_, i) => 500 + (1_000 * i) / perSecond),
      );
      const elapsed = now - 500;
      assert.ok(Math.abs(times.length - (1 + (elapsed * perSecond) / 1_000)) <= 1);
    }),
  );
});

test('an open loop wakes when the next is due, or after its pause', () => {
  const alone = new Schedule({ kind: 'open', perSecond: 8 }, 0);
  assert.deepEqual(alone.due(0, 0), { times: [0], pauseMs: 125 });
  assert.deepEqual(alone.due(100, 0), { times: [], pauseMs: 25 });
  const together = new Schedule({ kind: 'open', perSecond: 1_000, everyMs: 10 }, 0);
  assert.deepEqual(together.due(2.5, 0), { times: [0, 1, 2], pauseMs: 10 });
});

test('a closed loop sends as many as are missing, due now', () => {
  const schedule = new Schedule({ kind: 'closed', underWay: 3 }, 0);
  assert.deepEqual(schedule.due(7, 1).times, [7, 7]);
  assert.deepEqual(schedule.due(8, 3).times, []);
  assert.deepEqual(schedule.due(9, 5).times, []);
});
