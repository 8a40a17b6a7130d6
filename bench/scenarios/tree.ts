/**
 * The state tree alone, on disk: new keys in blocks as a full node writes them, then proofs. Wall
 * time and the CPU time of all threads, since who shares the machine changes the first only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { utf8 } from '../../src/common/bytes.ts';
import { keyHash } from '../../src/ledger/merkle/sparse.ts';
import { openClassicKv } from '../../src/state/kv/classic.ts';
import type { KvStore } from '../../src/state/kv/kv.ts';
import { EMPTY_TREE, recordOf, StateTree, type TreeVersion } from '../../src/state/tree/tree.ts';
import { diskBytes } from '../disk.ts';
import { memoryOf } from '../process-facts.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';
import { percentile } from '../statistics.ts';

const KEYS = 1_000_000;
const BLOCK_KEYS = 2_000;
const VALUE_BYTES = 32;
const PROOFS = 2_000;
/** What is measured are the last blocks, when the tree has its size. */
const PART = 0.1;

interface Round {
  readonly micros: number;
  readonly cpuMicros: number;
  readonly bytes: number;
  readonly anonymous: number;
  readonly current: readonly number[];
  readonly old: readonly number[];
}

export const tree: Scenario = {
  name: 'tree',
  summary: `the state tree alone with ${KEYS.toLocaleString('en')} keys; --keys N,…`,
  rounds: 1,
  async run({ rounds, say, keys = [KEYS] }) {
    const figures: Figure[] = [];
    for (const size of keys) {
      const measured: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        measured.push(await measureNew(size));
        say(`round ${round}: ${measured.at(-1)?.micros.toFixed(1)} µs a key`);
      }
      figures.push(...figuresOf(size, measured));
    }
    return figures;
  },
};

async function measureNew(keys: number): Promise<Round> {
  const dir = await mkdtemp(path.join(tmpdir(), 'ztc-bench-tree-'));
  const store = await openClassicKv(dir);
  try {
    return await measure(store, dir, keys);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function measure(store: KvStore, dir: string, keys: number): Promise<Round> {
  const state = new StateTree(store);
  const records: Uint8Array[] = [];
  const blocks = Math.ceil(keys / BLOCK_KEYS);
  const first = Math.floor(blocks * (1 - PART));
  let [version, wall, cpu]: [TreeVersion, number, number] = [EMPTY_TREE, 0, 0];
  for (let height = 0; height < blocks; height++) {
    const changes = Array.from({ length: BLOCK_KEYS }, (_, i) => {
      const name = `key ${height * BLOCK_KEYS + i}`;
      return { keyHash: keyHash(name), value: utf8(name.padEnd(VALUE_BYTES)) };
    });
    const [started, before] = [performance.now(), process.cpuUsage()];
    version = state.update(version, height, changes);
    const { writes, written } = state.writes(version);
    await store.batch(writes);
    written();
    records.push(recordOf(version));
    if (height < first) continue;
    const used = process.cpuUsage(before);
    wall += 1_000 * (performance.now() - started);
    cpu += used.user + used.system;
  }
  const count = (blocks - first) * BLOCK_KEYS;
  const { anonymous } = await memoryOf(process.pid);
  return {
    micros: wall / count,
    cpuMicros: cpu / count,
    bytes: (await diskBytes(dir)) / (blocks * BLOCK_KEYS),
    anonymous,
    current: proofTimes(state, keys, () => version),
    old: proofTimes(state, keys, (i) => {
      return state.at(records[(i * 617) % records.length] as Uint8Array);
    }),
  };
}

/** In ms, of keys all over the tree. */
function proofTimes(state: StateTree, keys: number, of: (i: number) => TreeVersion): number[] {
  return Array.from({ length: PROOFS }, (_, i) => {
    const key = keyHash(`key ${(i * 7_919) % keys}`);
    const started = performance.now();
    state.prove(of(i), key);
    return performance.now() - started;
  });
}

function figuresOf(keys: number, rounds: readonly Round[]): Figure[] {
  const of = (what: string, unit: string, value: (round: Round) => number, atMost?: number) =>
    figure(what, unit, rounds.map(value), atMost === undefined ? {} : { must: { atMost } });
  const name = `${keys.toLocaleString('en')} keys`;
  return [
    of(`${name}: a key, persisted`, 'µs', ({ micros }) => micros, keys > KEYS ? 25 : 12),
    of('CPU of all threads for it', 'µs', ({ cpuMicros }) => cpuMicros),
    of('disk for a key', 'B', ({ bytes }) => bytes, 400),
    of('own memory (RssAnon)', 'MiB', ({ anonymous }) => anonymous, 512),
    of('proof, current height, p50', 'ms', ({ current }) => percentile(current, 0.5), 0.2),
    of('proof, current height, p99', 'ms', ({ current }) => percentile(current, 0.99)),
    of('proof, old heights, p50', 'ms', ({ old }) => percentile(old, 0.5), 0.5),
    of('proof, old heights, p99', 'ms', ({ old }) => percentile(old, 0.99), 1.5),
  ];
}
