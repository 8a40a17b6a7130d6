import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FinalityPace } from '../../../src/p2p/finality-pace.ts';
import { Recent } from '../../../src/p2p/recent.ts';

const BATCH = Uint8Array.of(1);

describe('how long a batch is held', () => {
  /** Batches become final `tookMs` after they came, one after the other. */
  function paced(tookMs: readonly number[]): { pace: FinalityPace; now: number } {
    let waits = true;
    const pace = new FinalityPace(() => waits);
    let now = 0;
    for (const took of tookMs) {
      waits = true;
      pace.watch(BATCH, now);
      pace.finalMoved(now + took / 2);
      waits = false;
      now += took;
      pace.finalMoved(now);
    }
    return { pace, now };
  }

  it('follows what batches take to become final, within bounds', () => {
    const delayAfter = (...tookMs: number[]): number => {
      const { pace, now } = paced(tookMs);
      return pace.delay(now);
    };
    assert.equal(delayAfter(), 200);
    assert.equal(delayAfter(20), 200);
    assert.equal(delayAfter(20, 700), 1_400);
    assert.equal(delayAfter(700, 300), 1_200);
    assert.equal(delayAfter(30_000), 4_000);
  });

  it('counts what the watched one waits already', () => {
    const pace = new FinalityPace(() => true);
    pace.watch(BATCH, 0);
    assert.equal(pace.delay(600), 1_200);
    assert.equal(pace.delay(9_000), 4_000);
  });

  it('forgets one that takes for ever', () => {
    let waiting = Uint8Array.of(9);
    const pace = new FinalityPace((batch) => batch === waiting);
    pace.watch(waiting, 0);
    pace.watch(BATCH, 3_999);
    pace.finalMoved(4_000);
    assert.equal(pace.delay(4_000), 4_000);
    waiting = Uint8Array.of(9);
    pace.watch(BATCH, 4_001);
    pace.finalMoved(4_051);
    assert.equal(pace.delay(4_051), 200);
  });
});

describe('a map that forgets', () => {
  it('keeps what is younger than its time, and forgets what is old', () => {
    let now = 0;
    const recent = new Recent<number>(100, 1_000, () => now);
    recent.set('a', 1);
    now = 99;
    recent.set('b', 2);
    assert.deepEqual([recent.get('a'), recent.get('b')], [1, 2]);
    now = 198;
    assert.equal(recent.get('b'), 2);
    now = 300;
    assert.equal(recent.get('a'), undefined);
    now = 900;
    assert.equal(recent.get('b'), undefined);
  });

  it('never holds more than it may', () => {
    const recent = new Recent<number>(100, 10, () => 0);
    for (let i = 0; i < 100; i++) recent.set(`k${i}`, i);
    const kept = Array.from({ length: 100 }, (_, i) => recent.get(`k${i}`)).filter(
      (item) => item !== undefined,
    );
    assert.ok(kept.length >= 5 && kept.length <= 10, `${kept.length} are kept`);
    assert.equal(recent.get('k99'), 99);
  });

  it('forgets what is deleted', () => {
    const recent = new Recent<number>(100, 10, () => 0);
    recent.set('a', 1);
    recent.delete('a');
    assert.equal(recent.get('a'), undefined);
  });
});
