/** The line of requests by itself, on a clock that only what is done moves. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Turns } from '../../../src/rpc/http/turns.ts';
import { LINE_LATE_AFTER_MS, LINE_WAIT_MS_MAX, TURN_MS } from '../../../src/rpc/limits.ts';

/** Requests that take `workMs` each, all asked for at once; tells after which the line was late. */
async function lateAfter(workMs: number, count: number): Promise<{ late: number[]; end: boolean }> {
  let now = 0;
  const turns = new Turns(() => now);
  const late: number[] = [];
  const requests = Array.from({ length: count }, async (_, i) => {
    const turn = turns.take();
    // The first one has no line before it, and uses this turn up.
    if (i === 0) now += TURN_MS;
    await turn;
    now += workMs;
    if (turns.isLate) late.push(i);
  });
  await Promise.all(requests);
  return { late, end: turns.isLate };
}

suite('a line of requests', () => {
  test('is late once all in it have waited too long for some time, until it is empty', async () => {
    const workMs = 10;
    const { late, end } = await lateAfter(workMs, 300);
    const begins = (LINE_WAIT_MS_MAX + LINE_LATE_AFTER_MS) / workMs;
    const [first = 0] = late;
    assert.ok(Math.abs(first - begins) <= 2, `late from request ${first} on, not ${begins}`);
    assert.equal(late.at(-1), 298, 'until nobody waits');
    assert.equal(end, false);
  });

  test('that is long, but quick, is not late', async () => {
    const { late } = await lateAfter(TURN_MS / 30, 1_000);
    assert.deepEqual(late, []);
  });

  test('a pause in which all wait too long does not make it late', async () => {
    let now = 0;
    const turns = new Turns(() => now);
    const first = turns.take();
    now += 2 * LINE_WAIT_MS_MAX;
    const waiting = [turns.take(), turns.take()];
    now += 2 * LINE_WAIT_MS_MAX;
    await first;
    await waiting[0];
    assert.equal(turns.isLate, false);
    await waiting[1];
    assert.equal(turns.isLate, false);
  });
});
