import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Comparison } from './compare.ts';

describe('checks by tables', () => {
  // `npm run fuzz:signatures` goes on where this ends.
  it('say what libsodium says, and no yes that noble does not', () => {
    const comparison = new Comparison(1);
    for (let room = 0; room < 40; room++) comparison.next();
    const { cases, good, beyond } = comparison.counts;
    assert.ok(good > 0 && good < cases && beyond > 0, JSON.stringify(comparison.counts));
  });
});
