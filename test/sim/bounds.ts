/** Memory stays bounded under whatever peers send. */
import { Violation } from './monitor.ts';
import type { World } from './world.ts';

/** The pool's; a run never sends that many transactions. */
const POOL_MAX = 5_000;

export function checkBounds(world: World): void {
  for (const { life, options } of world.nodes) {
    if (life === undefined) continue;
    const honest = options.member === undefined || world.monitor.isHonest(options.member);
    if (honest && world.monitor.safe && life.engine.status().diverged !== null) {
      throw new Violation(`node ${options.slot} diverged`);
    }
    if (life.mempool.size > POOL_MAX) {
      throw new Violation(`node ${options.slot}: ${life.mempool.size} transactions wait`);
    }
  }
}
