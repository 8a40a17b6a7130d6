import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backlog } from '../../../src/mempool/backlog.ts';

describe('how much may wait', () => {
  it('is a burst at rest, and what becomes final in a second under load', () => {
    const backlog = new Backlog(0);
    assert.equal(backlog.max, 4_000);
    for (let ms = 100; ms <= 20_000; ms += 100) backlog.final(500, ms);
    assert.ok(Math.abs(backlog.max - 5_000) < 100, `${backlog.max}`);
    backlog.final(0, 40_000);
    backlog.final(0, 60_000);
    assert.equal(backlog.max, 4_000);
  });

  it('goes on where the clock was put back', () => {
    const backlog = new Backlog(50_000);
    backlog.final(100, 10);
    for (let ms = 1_000; ms <= 20_000; ms += 500) backlog.final(5_000, ms);
    assert.ok(backlog.max > 7_500, `${backlog.max}`);
  });
});
