/**
 * One seed: a safety phase in which everything drawn goes wrong, then a liveness phase. There a
 * core of a quorum is healed, the other failures stay for good, and the core has to get on: ten
 * more blocks, all that waits, one head and state, and then quiet. Throws where anything doesn't
 * hold.
 */
import { toHex } from '../../src/common/bytes.ts';
import { ARCHIVE } from '../../src/state/pruning/retention.ts';
import { checkBounds } from './bounds.ts';
import { Attacker } from './byzantine/attacker.ts';
import { BEHAVIOURS } from './byzantine/index.ts';
import { routeTwins } from './byzantine/twins.ts';
import { GENESIS_TIME, type SentTransaction } from './consortium.ts';
import { QUICK_MS, SOUND_DISK } from './disk.ts';
import { disturbDisks } from './faults/disks.ts';
import { changeMembership, changeOnce } from './faults/membership.ts';
import { disturbNetwork, setLinks } from './faults/network.ts';
import { disturbProcesses } from './faults/processes.ts';
import type { Season } from './faults/recurring.ts';
import { Violation } from './monitor.ts';
import type { SimNode } from './node.ts';
import { healedLinks, type Plan, planOf, shuffled } from './plan.ts';
import type { Prng } from './prng.ts';
import { checkRetained } from './retained.ts';
import { World } from './world.ts';

const BLOCKS_AFTER_HEAL = 10;
/** Far above what a healed core takes, with Byzantine leaders at the longest timeout. */
const HEALED_MS_MAX = 180_000;
/** As the core goes on without load: statuses, heartbeats and what attackers provoke. */
const STEP_MS = 250;
const OLD_TRANSACTIONS = 30;
/** Three of these are well within the quarter of a timeout after which a tip gets a successor. */
const QUIET_DELAY_MS = 20;

export interface Outcome {
  readonly seed: number;
  readonly plan: Plan;
  readonly height: number;
  readonly transactions: number;
  /** Virtual ms in all, and from the heal to the goal. */
  readonly virtualMs: number;
  readonly healedMs: number;
  readonly frames: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly audit: string;
}

export async function runSeed(seed: number): Promise<Outcome> {
  const plan = planOf(seed);
  const world = worldOf(plan);
  const random = world.random.fork('swarm');
  const load = new Load(world, random, plan);
  const season: Season = {
    world,
    random,
    untilMs: plan.safetyMs,
    lost: new Set(),
    byzantine: plan.byzantine.size,
  };
  world.startAll();
  disturbNetwork(season, plan);
  disturbProcesses(season, plan);
  disturbDisks(season, plan);
  changeMembership(season, plan);
  const waiting: Waiting[] = [];
  while (world.now < plan.safetyMs) {
    const sent = await load.send();
    if (sent !== undefined) waiting.push(sent);
    await world.run(world.now + plan.loadEveryMs);
    checkBounds(world);
  }
  const healedAt = world.now;
  if (!plan.beyond) await new Liveness(world, plan, load, season).run(waiting);
  return {
    seed,
    plan,
    height: world.chain.height,
    transactions: load.sent,
    virtualMs: Math.round(world.now),
    healedMs: Math.round(world.now - healedAt),
    frames: world.links.frames,
    faults: world.faults,
    audit: world.monitor.audit.digest,
  };
}

function worldOf(plan: Plan): World {
  const members = [...plan.byzantine.keys()];
  const twins = members.filter((member) => plan.byzantine.get(member) === 'twin');
  const world = new World({
    seed: plan.seed,
    validators: plan.validators,
    observers: plan.observers,
    joiners: plan.joiners,
    parameters: { epochBlocksMax: plan.epochBlocksMax },
    byzantine: members,
    twins,
    realSignatures: plan.realSignatures,
    walRecordsMax: plan.walRecordsMax,
    retentionOf: (slot) => plan.retentions[slot] ?? ARCHIVE,
    wholeBytesMax: plan.wholeBytesMax,
    ...(plan.clocks ? { skewOf: skewsOf(plan) } : {}),
  });
  for (const node of world.nodes) {
    const way = node.member === undefined ? undefined : plan.byzantine.get(node.member);
    if (way === undefined || way === 'twin') continue;
    node.behaviour = BEHAVIOURS[way](new Attacker(world, node));
    world.count(`byzantine ${way}`);
  }
  if (twins.length > 0) routeTwins(world, world.random.fork('twins'));
  for (const _ of twins) world.count('byzantine twin');
  return world;
}

/** Clocks differ by less than honest nodes have to bear, and drift. */
function skewsOf({ seed }: Plan) {
  return (slot: number) => ({
    offsetMs: ((seed * 7 + slot * 13) % 11) * 60 - 300,
    rate: 1 + (((seed * 3 + slot * 5) % 9) - 4) / 200,
  });
}

/** A transaction that a node took, and must not forget unless its process ends. */
interface Waiting {
  readonly id: Uint8Array;
  readonly slot: number;
  readonly lives: number;
  /** Virtual ms at which it has expired by any clock. */
  readonly until: number;
}

/** Clients: new transactions, and old ones again, to any node. */
class Load {
  readonly #world: World;
  readonly #random: Prng;
  readonly #old: SentTransaction[] = [];
  readonly #validForMs: number;
  sent = 0;

  constructor(world: World, random: Prng, plan: Plan) {
    this.#world = world;
    this.#random = random;
    this.#validForMs = plan.seed % 5 === 0 ? 3_000 : HEALED_MS_MAX + 60_000;
  }

  /** To one of `slots`, by default any; answers what was taken. */
  async send(
    slots?: readonly number[],
    validForMs = this.#validForMs,
  ): Promise<Waiting | undefined> {
    const world = this.#world;
    const random = this.#random;
    const to = slots ?? [...world.nodes.keys()];
    const slot = to[random.between(0, to.length - 1)] as number;
    const again = this.#old[random.between(0, OLD_TRANSACTIONS - 1)];
    if (again !== undefined && random.chance(0.15)) await world.submit(again, slot);
    const time = GENESIS_TIME + world.now;
    const transaction = world.consortium.transaction(random, time, validForMs);
    const taken = await world.submit(transaction, slot);
    this.#old[this.sent++ % OLD_TRANSACTIONS] = transaction;
    const { lives } = world.nodes[slot] as SimNode;
    return taken ? { id: transaction.id, slot, lives, until: world.now + validForMs } : undefined;
  }
}

class Liveness {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #random: Prng;
  readonly #load: Load;
  readonly #core: readonly SimNode[];
  readonly #deadline: number;

  constructor(world: World, plan: Plan, load: Load, season: Season) {
    this.#world = world;
    this.#plan = plan;
    this.#random = season.random;
    this.#load = load;
    this.#core = healed(season, plan);
    this.#deadline = world.now + HEALED_MS_MAX;
  }

  /** @param before what was taken in the safety phase */
  async run(before: readonly Waiting[]): Promise<void> {
    const world = this.#world;
    const goal = world.chain.height + BLOCKS_AFTER_HEAL;
    const sent = before.filter((each) => this.#isKept(each));
    const slots = this.#core.map(({ options }) => options.slot);
    const reached = (): boolean => this.#core.every(({ height }) => height >= goal);
    while (!reached()) {
      if (this.#plan.every.membership > 0 && this.#random.chance(0.3))
        changeOnce(world, this.#random);
      const taken = await this.#load.send(slots, HEALED_MS_MAX + 60_000);
      if (taken !== undefined) sent.push(taken);
      await this.#step(this.#plan.loadEveryMs, `block ${goal}`, reached);
    }
    const drained = (): boolean =>
      sent.every((each) => world.chain.heightOf(each.id) !== undefined || !this.#isKept(each));
    while (!drained()) await this.#step(STEP_MS, 'the end of what waits', drained);
    const head = world.chain.height;
    const together = (): boolean =>
      this.#core.every(({ height }) => height >= head) && (this.#neverQuiet || this.#settled());
    while (!together()) await this.#step(STEP_MS, `together at ${head}`, together);
    for (const { id } of sent) if (world.chain.heightOf(id) !== undefined) this.#checkFinal(id);
    for (const node of this.#core) checkRetained(node);
  }

  /** Its node still has it, and it will not expire too soon. */
  #isKept({ slot, lives, until }: Waiting): boolean {
    const node = this.#world.nodes[slot] as SimNode;
    return this.#core.includes(node) && node.lives === lives && until > this.#deadline;
  }

  async #step(ms: number, what: string, done: () => boolean): Promise<void> {
    const world = this.#world;
    if (world.now > this.#deadline) throw new Violation(this.#stuck(what));
    await world.run(world.now + ms, done);
    checkBounds(world);
  }

  /**
   * On slow links an empty block gets its successor before its finalization can have come, so that
   * empty blocks go on without end, and heads differ by the way between them.
   */
  get #neverQuiet(): boolean {
    return this.#plan.healedDelayMs > QUIET_DELAY_MS;
  }

  /** All at one head. */
  #settled(): boolean {
    const heads = this.#core.map(({ life }) => life && toHex(life.ledger.head.hash));
    return heads.every((head) => head !== undefined && head === heads[0]);
  }

  /** What was answered as final is there for good, on every node. */
  #checkFinal(id: Uint8Array): void {
    for (const { life, options } of this.#core) {
      if (life?.ledger.heightOfTransaction(id) === undefined) {
        throw new Violation(`node ${options.slot} lost a final transaction`);
      }
    }
  }

  #stuck(what: string): string {
    const where = this.#core.map(({ life, options }) => {
      const status = life?.engine.status();
      if (status === undefined) return `${options.slot} is down`;
      const { height, view, leader, voting, notVoting, working } = status;
      const votes = voting ? '' : ` no vote (${notVoting?.code})`;
      const idle = working ? '' : ' idle';
      return `${options.slot} at ${height} view ${view} of ${leader}${votes}${idle}`;
    });
    return `${HEALED_MS_MAX} ms after the heal still not ${what}: ${where.join('; ')}`;
  }
}

/** Ends the season: the core is repaired, the rest of what is tolerated fails for good. */
function healed(season: Season, plan: Plan): SimNode[] {
  const { world, random, lost } = season;
  world.links.heal();
  setLinks(world, random, healedLinks(plan));
  const budget = world.tolerated - plan.byzantine.size - lost.size;
  const honest = world.nodes.filter(({ honest: good }) => good);
  const sound = honest.filter(({ member }) => member !== undefined && !lost.has(member));
  const failed = shuffled(random, sound).slice(0, random.between(0, Math.max(0, budget)));
  for (const node of failed) {
    world.count('failed for good');
    node.retired = true;
    node.kill('power');
  }
  for (const node of world.nodes) {
    node.killAtEffect = 0;
    node.disk.faults = SOUND_DISK;
    node.disk.full = false;
    node.disk.batchMs = QUICK_MS;
    node.options.skew.offsetMs = 0;
    node.start();
  }
  return honest.filter((node) => !failed.includes(node));
}
