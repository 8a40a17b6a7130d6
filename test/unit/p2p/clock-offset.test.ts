import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PeerClock } from '../../../src/p2p/clock-offset.ts';

const START = 1_790_000_000_000;

/** Two nodes that exchange statuses; `ahead` is by how much the second's clock is ahead. */
function exchange(ahead: number, trips: readonly (readonly [there: number, back: number])[]) {
  const [ours, theirs] = [new PeerClock(), new PeerClock()];
  let elapsed = 0;
  const here = () => ({ wall: START + elapsed, elapsed });
  const there = () => ({ wall: START + elapsed + ahead, elapsed: elapsed + 77 });
  for (const [to, from] of trips) {
    const sent = ours.stamp(here());
    elapsed += to;
    theirs.heard(sent.time, sent.echo, there());
    elapsed += 1_500; // held
    const answer = theirs.stamp(there());
    elapsed += from;
    ours.heard(answer.time, answer.echo, here());
  }
  return { clock: ours, now: here };
}

describe('the offset of a clock', () => {
  it('is within its uncertainty, whatever the way there and back take', () => {
    const trip = fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 900 }));
    const ahead = fc.integer({ min: -100_000_000, max: 100_000_000 });
    fc.assert(
      fc.property(ahead, fc.array(trip, { minLength: 1, maxLength: 12 }), (offset, trips) => {
        const { clock, now } = exchange(offset, trips);
        const seen = clock.offset(now());
        assert.ok(seen !== undefined);
        assert.ok(Math.abs(seen.offsetMs - offset) <= seen.uncertaintyMs, JSON.stringify(seen));
      }),
    );
  });

  it('is that of the shortest trip of the last minute', () => {
    const { clock, now } = exchange(40, [
      [300, 900],
      [5, 5],
      [700, 10],
    ]);
    assert.deepEqual(clock.offset(now()), { offsetMs: 40, uncertaintyMs: 7, roundTripMs: 10 });
    assert.equal(clock.offset({ ...now(), elapsed: now().elapsed + 61_000 }), undefined);
  });

  it('does not come from echoes of what was never sent, or held longer than it was away', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (time, echoed, heldMs) => {
        const clock = new PeerClock();
        clock.stamp({ wall: START, elapsed: 0 });
        clock.heard(time, { time: echoed, heldMs }, { wall: START + 10, elapsed: 10 });
        clock.heard(time, { time: START, heldMs: 20 + heldMs }, { wall: START + 10, elapsed: 10 });
        assert.equal(clock.offset({ wall: START + 10, elapsed: 10 }), undefined);
      }),
    );
  });
});
