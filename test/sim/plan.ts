/** What a seed draws: how many nodes, who is Byzantine and how, and which faults come how often. */
import { WHOLE_BYTES_MAX } from '../../src/consensus/core/limits.ts';
import { faultsTolerated } from '../../src/ledger/validators.ts';
import type { Retention } from '../../src/state/pruning/retention.ts';
import { BEHAVIOUR_NAMES, type BehaviourName } from './byzantine/index.ts';
import { QUICK_MS } from './disk.ts';
import { GOOD_LINK, type LinkFaults } from './links.ts';
import { Prng } from './prng.ts';

export interface Plan {
  readonly seed: number;
  readonly validators: number;
  readonly observers: number;
  /** Nodes whose owners may become members. */
  readonly joiners: number;
  /** Blocks of the longest epoch. */
  readonly epochBlocksMax: number;
  /** By member; `twin`: two unmodified nodes with one key. */
  readonly byzantine: ReadonlyMap<number, BehaviourName | 'twin'>;
  /** More Byzantine validators than are tolerated: certificates alone are checked. */
  readonly beyond: boolean;
  readonly realSignatures: boolean;
  readonly safetyMs: number;
  /** Between two transactions. */
  readonly loadEveryMs: number;
  readonly walRecordsMax: number;
  /** The longest that a ledger's batch takes before the heal: consensus goes on meanwhile. */
  readonly batchMs: number;
  /** What each node keeps, by slot; of the honest ones enough keep all blocks for who lost them. */
  readonly retentions: readonly Retention[];
  /** Larger blocks are proposed by the names of their transactions, in bytes. */
  readonly wholeBytesMax: number;
  readonly clocks: boolean;
  /** Faults of the links in the safety phase, each link a little different. */
  readonly links: LinkFaults;
  /** One-way delay after the heal: longer than a view's first timeout now and then. */
  readonly healedDelayMs: number;
  /** Mean ms between two of a kind; 0: none. */
  readonly every: {
    readonly partition: number;
    readonly clog: number;
    readonly kill: number;
    readonly killAll: number;
    readonly pause: number;
    readonly stop: number;
    readonly clockJump: number;
    readonly wipe: number;
    readonly restore: number;
    readonly rot: number;
    readonly badDisk: number;
    readonly fullDisk: number;
    readonly membership: number;
  };
  /** Probability of a kill at each effect of a node. */
  readonly killAtEffect: number;
}

const SIZES = [1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 6, 6, 7, 7, 7, 8, 10] as const;
const RARE_SIZES = [13, 13, 16, 31] as const;
/** Work grows with the square of the nodes: large ones run shorter. */
const SAFETY_MS = 9_000;

export function planOf(seed: number): Plan {
  const drawn = drawnOf(seed);
  const { validators, byzantine } = drawn;
  const random = new Prng(seed).fork('retention');
  const retentions = retentionsOf(random, validators, byzantine);
  return { ...drawn, batchMs: batchMsOf(new Prng(seed).fork('batches')), retentions };
}

/** Of every second seed as quick as the log, of the others up to many views. */
function batchMsOf(random: Prng): number {
  return random.chance(0.5) ? QUICK_MS : 10 ** (0.5 + 2 * random.next());
}

function drawnOf(seed: number): Omit<Plan, 'batchMs' | 'retentions'> {
  const random = new Prng(seed).fork('plan');
  const sizes = random.chance(0.04) ? RARE_SIZES : SIZES;
  const validators = sizes[random.between(0, sizes.length - 1)] as number;
  const beyond = random.chance(0.03);
  const share = Math.min(1, 6 / validators);
  const joiners = random.chance(0.3) ? random.between(1, 2) : 0;
  const often = (probability: number, low: number, high: number): number =>
    random.chance(probability) ? random.between(low, high) : 0;
  return {
    seed,
    validators,
    observers: random.chance(0.2) ? 1 : 0,
    joiners,
    epochBlocksMax: random.chance(0.5) ? random.between(3, 20) : 1_000_000,
    byzantine: byzantineOf(random, validators, beyond),
    beyond,
    realSignatures: random.chance(0.05) && validators <= 7,
    safetyMs: Math.round(SAFETY_MS * share * (0.5 + random.next())),
    loadEveryMs: Math.round(random.between(60, 400) / share),
    // Without room at all, too: a log that is always full is replaced at each final block.
    walRecordsMax: Math.max(0, random.between(-60, 120)),
    clocks: random.chance(0.4),
    links: linksOf(random),
    healedDelayMs: random.chance(0.15) ? random.between(100, 600) : random.between(0, 20),
    every: {
      partition: often(0.5, 200, 1_500),
      clog: often(0.3, 200, 1_500),
      kill: often(0.5, 200, 2_000),
      killAll: often(0.15, 1_000, 5_000),
      pause: often(0.3, 300, 2_000),
      stop: often(0.2, 500, 3_000),
      clockJump: often(0.15, 500, 3_000),
      wipe: often(0.2, 300, 3_000),
      restore: often(0.2, 500, 3_000),
      rot: often(0.15, 1_000, 4_000),
      badDisk: often(0.25, 500, 3_000),
      fullDisk: often(0.15, 1_000, 4_000),
      membership: joiners > 0 || random.chance(0.2) ? random.between(200, 1_500) : 0,
    },
    killAtEffect: random.chance(0.25) ? 10 ** (-2 - 2 * random.next()) : 0,
    wholeBytesMax: random.chance(0.7) ? random.between(0, 2_000) : WHOLE_BYTES_MAX,
  };
}

function byzantineOf(
  random: Prng,
  validators: number,
  beyond: boolean,
): Map<number, BehaviourName | 'twin'> {
  const tolerated = faultsTolerated(validators);
  const count = beyond
    ? Math.min(validators, tolerated + random.between(1, 2))
    : random.chance(0.6)
      ? random.between(0, tolerated)
      : 0;
  const members = shuffled(
    random,
    Array.from({ length: validators }, (_, member) => member),
  );
  return new Map(
    members.slice(0, count).map((member) => {
      const way = random.between(0, BEHAVIOUR_NAMES.length);
      return [member, BEHAVIOUR_NAMES[way] ?? 'twin'];
    }),
  );
}

/** More than there are nodes beside the validators: twins, joiners, observers. */
const OTHERS_MAX = 8;

function retentionsOf(
  random: Prng,
  validators: number,
  byzantine: ReadonlyMap<number, unknown>,
): Retention[] {
  // At least one of them is neither lost nor failed in the end.
  let archives = faultsTolerated(validators) + 1;
  return Array.from({ length: validators + OTHERS_MAX }, (_, slot) => {
    const states = random.chance(0.6) ? random.between(2, 40) : undefined;
    const counts = slot < validators && !byzantine.has(slot);
    const archive = counts && archives > 0;
    if (archive) archives--;
    return { states, blocks: archive || random.chance(0.5) ? undefined : random.between(1, 60) };
  });
}

function linksOf(random: Prng): LinkFaults {
  return {
    delayMs: random.between(0, random.chance(0.2) ? 150 : 10),
    jitterMs: random.between(1, random.chance(0.2) ? 400 : 20),
    loss: random.chance(0.5) ? random.next() * 0.3 : 0,
    duplication: random.chance(0.3) ? random.next() * 0.2 : 0,
    reorder: random.chance(0.5),
    replay: random.chance(0.3) ? random.next() * 0.3 : 0,
    corruption: random.chance(0.2) ? random.next() * 0.05 : 0,
    bandwidth: random.chance(0.2) ? random.between(20, 500) : Number.POSITIVE_INFINITY,
    queueMs: random.chance(0.5) ? random.between(50, 2_000) : Number.POSITIVE_INFINITY,
  };
}

/** Links after the heal: each a little different, none of them faulty. */
export function healedLinks({ healedDelayMs }: Plan): LinkFaults {
  return { ...GOOD_LINK, delayMs: healedDelayMs };
}

export function shuffled<T>(random: Prng, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
