import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAboveShare, SenderCounts } from '../../../src/mempool/share.ts';

const MAX = 100;

test('one alone has all of it, and the next one who comes its part', () => {
  const counts = new SenderCounts();
  const take = (sender: string): boolean => {
    if (isAboveShare(counts.crowd(sender), MAX)) return false;
    counts.add(sender, 1);
    return true;
  };
  const all = (sender: string): number => {
    let taken = 0;
    while (take(sender)) taken += 1;
    return taken;
  };
  assert.equal(all('flood'), MAX);
  assert.equal(all('calm'), MAX / 2);
  assert.equal(all('third'), Math.ceil(MAX / 3));
  assert.ok(!take('flood'));
  counts.add('flood', -MAX);
  assert.equal(counts.crowd('flood').senders, 2);
  assert.ok(take('calm'), 'there is room again');
});

test('who has less than its part is let in, whoever else there is, and all have a bound', () => {
  const sender = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  fc.assert(
    fc.property(fc.array(fc.tuple(sender, fc.integer({ min: -60, max: 120 }))), (steps) => {
      const counts = new SenderCounts();
      for (const [who, by] of steps) {
        for (let i = 0; i < by; i++) {
          if (!isAboveShare(counts.crowd(who), MAX)) counts.add(who, 1);
        }
        counts.add(who, Math.max(by, -counts.crowd(who).own) * Number(by < 0));
        const { own, senders } = counts.crowd(who);
        if (own + 1 <= MAX / (senders + 1)) assert.ok(!isAboveShare(counts.crowd(who), MAX));
      }
      // One has all of it, and each other one came when there were two.
      assert.ok(counts.crowd('a').all <= MAX + (4 * MAX) / 2);
    }),
  );
});
