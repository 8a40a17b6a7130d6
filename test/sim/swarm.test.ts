/** A share of the swarm, the seeds that failed once, and that a seed gives the same run twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REGRESSIONS } from './regressions.ts';
import { commandOf, reportOf } from './report.ts';
import { runSeed } from './swarm.ts';

const SEEDS = 100;
/** Other ones each day would find more, and fail for those who changed nothing. */
const FIRST_SEED = 1;

async function check(seed: number): Promise<void> {
  const { failure } = await reportOf(seed);
  assert.equal(failure, undefined, `seed ${seed}; repeat it with: ${commandOf(seed)}`);
}

describe('the swarm', () => {
  it(`holds and comes back under everything drawn: ${SEEDS} seeds`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) await check(seed);
  });

  it('holds for the seeds that failed once', async () => {
    for (const { seed } of REGRESSIONS) await check(seed);
  });

  it('gives the same run twice for one seed, and another for another', async () => {
    const first = await runSeed(4242);
    assert.deepEqual(await runSeed(4242), first);
    assert.notEqual((await runSeed(4243)).audit, first.audit);
  });
});
