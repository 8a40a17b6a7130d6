/** One seed: a cluster, load and faults drawn from it, then a healed network, and what follows. */
import { utf8 } from '../../src/common/bytes.ts';
import { Violation } from './monitor.ts';
import { Prng } from './prng.ts';
import { SIM_PARAMETERS, World } from './world.ts';

const FAULTY_MS = 6_000;
const FAULTS_EVERY_MS = 400;
const LOAD_EVERY_MS = 150;
/** Far above what a healed cluster takes, far below what anybody would wait for. */
const HEALED_MS_MAX = 60_000;
const BLOCKS_AFTER_HEAL = 10;
const SIZES = [1, 2, 3, 4, 4, 4, 4, 4, 5, 7] as const;

export interface Outcome {
  readonly seed: number;
  readonly count: number;
  readonly height: number;
  /** Virtual ms from the heal to the goal. */
  readonly healedMs: number;
  readonly audit: string;
}

export interface ScenarioOptions {
  readonly seed: number;
  readonly twin?: boolean;
}

/** Runs one seed; throws a Violation where something does not hold. */
export async function runScenario({ seed, twin = false }: ScenarioOptions): Promise<Outcome> {
  const random = new Prng(seed).fork('scenario');
  const count = twin ? 4 : (SIZES[random.between(0, SIZES.length - 1)] as number);
  const world = new World({
    seed,
    count,
    twin,
    parameters: {
      ...SIM_PARAMETERS,
      epochBlocksMax: random.chance(0.5) ? random.between(2, 12) : SIM_PARAMETERS.epochBlocksMax,
    },
    faults: {
      loss: random.chance(0.5) ? random.next() * 0.25 : 0,
      duplication: random.chance(0.3) ? random.next() * 0.2 : 0,
      delayMinMs: random.between(1, 10),
      delayMaxMs: random.between(10, random.chance(0.2) ? 400 : 60),
    },
  });
  world.startAll();
  await faultyPhase(world, random);
  return { seed, count, ...(await healedPhase(world, random)), audit: world.monitor.audit };
}

async function faultyPhase(world: World, random: Prng): Promise<void> {
  const crashes = random.chance(0.6);
  const partitions = random.chance(0.6);
  for (let at = 0, load = 0; at < FAULTY_MS; at += FAULTS_EVERY_MS) {
    if (crashes && random.chance(0.4)) crashOrRestart(world, random);
    if (crashes && random.chance(0.03)) restartEverybody(world);
    if (partitions && random.chance(0.4)) cutOrJoin(world, random);
    for (; load < at + FAULTS_EVERY_MS; load += LOAD_EVERY_MS) {
      world.submit(utf8(`load ${load}`));
      await world.run(load);
    }
  }
}

function crashOrRestart(world: World, random: Prng): void {
  const number = random.between(0, world.slots.length - 1);
  if (world.slots[number]?.running === undefined) world.start(number);
  else world.crash(number);
}

function restartEverybody(world: World): void {
  for (const number of world.slots.keys()) world.crash(number);
  world.startAll();
}

/** Cuts single directions, isolates a node, or makes all links good again. */
function cutOrJoin(world: World, random: Prng): void {
  const { cut } = world.network;
  const one = random.between(0, world.count - 1);
  const other = random.between(0, world.count - 1);
  switch (random.between(0, 3)) {
    case 0:
      cut.clear();
      break;
    case 1:
      cut.add(`${one}>${other}`);
      break;
    case 2:
      for (let i = 0; i < world.count; i++) cut.add(`${one}>${i}`);
      break;
    case 3:
      for (let i = 0; i < world.count; i++) cut.add(`${i}>${one}`).add(`${one}>${i}`);
      break;
  }
}

async function healedPhase(world: World, random: Prng) {
  world.network.cut.clear();
  world.network.faults = { loss: 0, duplication: 0, delayMinMs: 1, delayMaxMs: 5 };
  world.startAll();
  const healedAt = world.schedule.now;
  const goal = Math.max(...world.slots.map((_, i) => world.height(i))) + BLOCKS_AFTER_HEAL;
  for (let i = 0; world.lowest() < goal; i++) {
    if (world.schedule.now - healedAt > HEALED_MS_MAX) throw new Violation(stuck(world, goal));
    world.submit(utf8(`after ${i} ${random.next()}`));
    await world.run(world.schedule.now + LOAD_EVERY_MS, () => world.lowest() >= goal);
  }
  return { height: world.lowest(), healedMs: world.schedule.now - healedAt };
}

function stuck(world: World, goal: number): string {
  const where = world.slots.map((slot) => {
    const status = slot.running?.engine.status();
    return `${slot.index}: height ${status?.height} view ${status?.view} of ${status?.leader}`;
  });
  return `not ${goal} blocks after the heal: ${where.join('; ')}`;
}
