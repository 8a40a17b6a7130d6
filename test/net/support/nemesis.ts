/**
 * What befalls the consortium, one thing after another, drawn from a seed. A round has every kind
 * once, in another order each time; after each all is mended, and the consortium has to come back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Prng } from '../../sim/prng.ts';
import type { Cluster } from './cluster.ts';

export interface Step {
  readonly what: string;
  readonly forMs: number;
  readonly strike: (cluster: Cluster) => void | Promise<void>;
}

type Draw = (prng: Prng, size: number) => Omit<Step, 'forMs'>;

/** All nodes, in an order of the seed's. */
function shuffled<T>(prng: Prng, all: readonly T[]): T[] {
  const left = [...all];
  return all.map(() => left.splice(prng.between(0, left.length - 1), 1)[0] as T);
}

const nodes = (prng: Prng, size: number): number[] => shuffled(prng, [...Array(size).keys()]);
const faultsMax = (size: number): number => Math.floor((size - 1) / 3);

const DRAWS: readonly Draw[] = [
  (prng, size) => {
    const order = nodes(prng, size);
    const cut = faultsMax(size);
    const groups = [order.slice(0, cut), order.slice(cut)];
    const what = `partition ${groups.map((each) => each.join(' ')).join(' | ')}`;
    return { what, strike: ({ network }) => network.split(groups) };
  },
  (prng, size) => {
    const order = nodes(prng, size);
    const groups = [order.slice(0, size / 2), order.slice(size / 2)];
    const what = `halves ${groups.map((each) => each.join(' ')).join(' | ')}`;
    return { what, strike: ({ network }) => network.split(groups) };
  },
  (prng, size) => {
    const order = nodes(prng, size);
    const place = (machine: number) => order.indexOf(machine);
    const isFar = (from: number, to: number) =>
      ![1, size - 1].includes((place(from) - place(to) + size) % size);
    const strike: Step['strike'] = ({ network }) => network.lines({ kind: 'cut' }, isFar);
    return { what: `ring ${order.join(' ')}: each hears its neighbours only`, strike };
  },
  (prng, size) => {
    const deaf = prng.between(0, size - 1);
    const strike: Step['strike'] = ({ network }) =>
      network.lines({ kind: 'cut' }, (_, to) => to === deaf);
    return { what: `one way: ${deaf} is heard and hears nobody`, strike };
  },
  (prng, size) => {
    const mute = prng.between(0, size - 1);
    const strike: Step['strike'] = ({ network }) =>
      network.lines({ kind: 'cut' }, (from) => from === mute);
    return { what: `one way: ${mute} hears and is not heard`, strike };
  },
  (prng, size) => {
    const pulled = prng.between(0, size - 1);
    return { what: `cable of ${pulled} pulled`, strike: ({ network }) => network.unplug(pulled) };
  },
  (prng) => {
    const ms = [10, 25, 60][prng.between(0, 2)] as number;
    const strike: Step['strike'] = ({ network }) => network.lines({ kind: 'slow', ms });
    return { what: `slow lines: ${ms} ms a packet`, strike };
  },
  (prng) => {
    const oneIn = ([4, 8, 16] as const)[prng.between(0, 2)] as 4 | 8 | 16;
    const strike: Step['strike'] = ({ network }) => network.lines({ kind: 'loss', oneIn });
    return { what: `loss of one packet in ${oneIn}`, strike };
  },
  (prng, size) => {
    const dead = nodes(prng, size).slice(0, faultsMax(size));
    const strike = async (cluster: Cluster) => {
      await Promise.all(dead.map((i) => cluster.kill(i)));
    };
    return { what: `SIGKILL of ${dead.join(' ')}`, strike };
  },
  (prng, size) => {
    const paused = nodes(prng, size).slice(0, prng.between(1, faultsMax(size) + 1));
    const strike = (cluster: Cluster) => {
      for (const i of paused) cluster.pause(i);
    };
    return { what: `SIGSTOP of ${paused.join(' ')}`, strike };
  },
  (_, size) => {
    const strike = async (cluster: Cluster) => {
      await Promise.all([...Array(size).keys()].map((i) => cluster.kill(i)));
    };
    return { what: 'SIGKILL of all', strike };
  },
  (prng, size) => {
    const [dead, mute] = nodes(prng, size) as [number, number];
    const strike = async (cluster: Cluster) => {
      cluster.network.lines({ kind: 'loss', oneIn: 8 });
      cluster.network.lines({ kind: 'cut' }, (from) => from === mute);
      await cluster.kill(dead);
    };
    return { what: `loss of one in 8, ${mute} not heard, and SIGKILL of ${dead}`, strike };
  },
  (prng, size) => {
    const [slow, paused] = nodes(prng, size) as [number, number];
    const strike = (cluster: Cluster) => {
      cluster.network.lines({ kind: 'slow', ms: 40 }, (from, to) => [from, to].includes(slow));
      cluster.pause(paused);
    };
    return { what: `lines of ${slow} slow, and SIGSTOP of ${paused}`, strike };
  },
];

/** Shorter than any view's greatest time, and longer. */
const FOR_MS = { least: 2_000, most: 6_000 };

/** The steps of one round. */
export function roundOf(prng: Prng, size: number): Step[] {
  return shuffled(prng, DRAWS).map((draw) => ({
    ...draw(prng, size),
    forMs: prng.between(FOR_MS.least, FOR_MS.most),
  }));
}

/** One step: strike, let it last, mend. */
export async function befall(cluster: Cluster, step: Step): Promise<void> {
  await step.strike(cluster);
  await sleep(step.forMs);
  await cluster.heal();
}
