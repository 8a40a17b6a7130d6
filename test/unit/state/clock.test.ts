import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClockSlots } from '../../../src/state/tree/clock.ts';

const SLOTS = 8;
/** Large ones too, as of late blocks, and several that only differ above 32 bits. */
const place = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 40 }))
  .map(([high, low]) => high * 2 ** 32 + low);

test('a cache finds what it holds, each place in a slot of its own', () => {
  const step = fc.record({ place, before: fc.option(place, { nil: 0 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new ClockSlots(SLOTS);
      const taken = new Set<number>();
      for (const { place: next, before } of steps) {
        if (next === before) continue;
        const slot = slots.take(next, before);
        assert.ok(slot >= 0 && slot < SLOTS);
        assert.equal(slots.find(next), slot);
        taken.add(next);
        const held = [...taken].filter((each) => slots.find(each) !== undefined);
        const own = new Set(held.map((each) => slots.find(each)));
        assert.equal(own.size, held.length, 'two places in one slot');
      }
    }),
  );
});

test('what was used since the hand came by stays, what was not goes', () => {
  const slots = new ClockSlots(3);
  for (const each of [1, 2, 3]) slots.take(each, 0);
  assert.equal(slots.find(1), 0);
  assert.equal(slots.find(3), 2);
  assert.equal(slots.take(4, 0), 1, 'that of 2, which nobody asked for');
  assert.equal(slots.find(2), undefined);
  assert.equal(slots.take(5, 4), 1, 'that of 4, which it takes the place of');
  assert.deepEqual([slots.find(1), slots.find(3), slots.find(4)], [0, 2, undefined]);
});
