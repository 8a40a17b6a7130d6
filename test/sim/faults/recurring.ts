/** Faults come at times that the seed draws, until the safety phase ends. */
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';

export interface Season {
  readonly world: World;
  readonly random: Prng;
  readonly untilMs: number;
  /** Members whose record of votes is lost, beside the Byzantine ones. */
  readonly lost: Set<number>;
  readonly byzantine: number;
}

/** Calls `act` every `meanMs` or so; never where that is 0. */
export function recurring(season: Season, meanMs: number, act: () => void): void {
  if (meanMs === 0) return;
  const { world, random, untilMs } = season;
  const next = (): void => {
    world.schedule.after(meanMs * (0.5 + random.next()), () => {
      if (world.now >= untilMs) return;
      act();
      next();
    });
  };
  next();
}

/** Whether one more validator may lose its record: no more than f are faulty in all. */
export function mayLose({ world, lost, byzantine }: Season, member: number | undefined): boolean {
  if (member === undefined) return true;
  if (lost.has(member)) return true;
  if (!world.monitor.isHonest(member)) return false;
  return lost.size + byzantine < world.tolerated;
}
