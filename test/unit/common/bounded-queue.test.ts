import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedQueue } from '../../../src/common/bounded-queue.ts';

test('a bounded queue is an array that refuses above its capacity', () => {
  const steps = fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.nat(10), (given, capacity) => {
      const queue = new BoundedQueue<number>(capacity);
      const model: number[] = [];
      let refused = 0;
      for (const step of given) {
        if (step === undefined) assert.equal(queue.shift(), model.shift());
        else if (model.length < capacity) {
          model.push(step);
          assert.equal(queue.push(step), true);
        } else {
          refused++;
          assert.equal(queue.push(step), false);
        }
        assert.equal(queue.size, model.length);
      }
      assert.equal(queue.refused, refused);
    }),
  );
});
