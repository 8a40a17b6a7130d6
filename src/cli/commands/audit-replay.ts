/** `ztc audit replay`: fetch the whole chain and check everything on this machine. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hashText } from '../../client/views.ts';
import { verify } from '../../common/signature.ts';
import type { ProvenHead } from '../../ledger/finality.ts';
import { firstHeightOf } from '../../ledger/first-block.ts';
import { type Checkpoint, genesisCheckpoint, headOf } from '../../ledger/light-client.ts';
import type { Replay, ReplayProgress } from '../../state/replay.ts';
import type { ComingBlock } from '../../state/replay-ahead.ts';
import type { TreeMemory } from '../../state/tree/loader.ts';
import { defineCommand, type Outcome } from '../command.ts';
import { usageError } from '../errors.ts';
import {
  clientsOf,
  compareHeads,
  EVIDENCE_OPTIONS,
  exitOfHeads,
  type NodeRound,
  nodeJson,
  nodeText,
} from '../heads.ts';
import { successionsIn } from '../home/successor.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { type Io, paint, printable } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { openSession, type Session } from '../session.ts';
import { BlockReader } from './audit/block-reader.ts';
import { replayFrom } from './audit/from-block.ts';
import { blocksOf, divergence, type RawBlock } from './audit/raw-blocks.ts';

export const auditReplay = defineCommand({
  name: 'audit replay',
  summary: 'fetch the chain and check it all, trusting nothing but the genesis',
  details: [
    'Checks every hash, signature and finalization, executes every transaction and compares every',
    'root. A divergence exits 21 and names the height. With --dir the blocks are kept, and the',
    'next replay goes on where this one ended. Blocks come from the first node that has them; the',
    'heads of all are compared in the end, and a conflict exits 21 with the evidence in a file.',
    'With --from nothing before that block is checked: the state that its header names is',
    'believed, fetched piece by piece with proofs, and what is above is executed and compared. A',
    'successor is replayed through the chains before, and each step from one to the next is shown.',
  ],
  examples: ['ztc audit replay --rpc https://ztc.acme.example --genesis genesis.json'],
  positionals: {},
  options: {
    dir: {
      type: 'string',
      env: false,
      describe: 'keep the chain here and go on next time',
      value: 'DIR',
    },
    from: {
      type: 'string',
      env: false,
      describe: 'trust what is before this block, or before the checkpoint in the trust file',
      value: 'HEIGHT|checkpoint',
    },
    ...EVIDENCE_OPTIONS,
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    if (args.from !== undefined && args.dir !== undefined) {
      throw usageError('--from keeps nothing: leave --dir out');
    }
    const session = await openSession(args, io);
    return args.from === undefined
      ? replayWhole(session, args, io)
      : replayPart(session, args.from, args, io);
  },
});

interface ReplayArgs {
  readonly dir?: string | undefined;
  readonly 'evidence-dir': string;
}

/**
 * 151 MB of buckets, as many as a node keeps, and 49 MB of pages, which are all those of two and a
 * half million keys. Taken at once: so a replay has its memory from the start, or fails there and
 * not after an hour.
 */
const TREE_MEMORY: TreeMemory = { buckets: 262_144, pages: 20_480, isClaimed: true };

/** From the genesis, or from where an earlier replay in the folder ended. */
async function replayWhole(session: Session, args: ReplayArgs, io: Io): Promise<Outcome> {
  const { Replay } = await import('../../state/replay.ts');
  const { openClassicKv } = await import('../../state/kv/classic.ts');
  const dir = args.dir ?? (await mkdtemp(path.join(os.tmpdir(), 'ztc-replay-')));
  if (args.dir !== undefined) await mkdir(dir, { recursive: true });
  const store = await openClassicKv(dir, { durable: false });
  const began = performance.now();
  const to = session.status.head.height;
  const progress = createProgress(io, 'replayed', to);
  const reader = new BlockReader();
  const replay = new Replay({
    store,
    signedGenesis: session.genesis,
    keep: args.dir === undefined ? 'state' : 'chain',
    treeMemory: TREE_MEMORY,
    verify,
  });
  try {
    const started = await replay.start();
    if (!started.ok) throw divergence(started.height, started.message);
    const from = started.value.height === 0 ? 0 : started.value.height + 1;
    const done = await replayAll(session, { replay, reader, progress }, from, to);
    const seconds = (performance.now() - began) / 1000;
    const { checkpoint } = replay;
    const nodes = checkpoint ? await compareAll(session, checkpoint, args, io) : [];
    const head = checkpoint && headOf(checkpoint);
    if (head !== undefined) await session.remember({ head });
    const { stateRoot } = replay;
    return outcome(session, io, { done, from, seconds, nodes, head, stateRoot });
  } finally {
    progress.end();
    await reader.close();
    await store.close();
    if (args.dir === undefined) await rm(dir, { recursive: true, force: true });
  }
}

/** From a block on; what is before it is trusted. */
async function replayPart(
  session: Session,
  asked: string,
  args: ReplayArgs,
  io: Io,
): Promise<Outcome> {
  const began = performance.now();
  const from = fromHeight(session, asked);
  const progress = createProgress(io, 'replayed', session.status.head.height);
  try {
    const { done, checkpoint, stateRoot, first } = await replayFrom(session, from, progress);
    const seconds = (performance.now() - began) / 1000;
    const nodes = await compareAll(session, checkpoint, args, io);
    const head = headOf(checkpoint);
    await session.remember({ head });
    return outcome(session, io, { done, from, seconds, nodes, head, stateRoot, first });
  } finally {
    progress.end();
  }
}

function fromHeight(session: Session, asked: string): number {
  const height = asked === 'checkpoint' ? headOf(session.checkpoint).height : Number(asked);
  const first = firstHeightOf(session.genesis.genesis);
  if (first > 0 && height <= first) {
    throw usageError(`--from takes a block of this chain, from ${first + 1} on: leave it out`);
  }
  if (Number.isSafeInteger(height) && height > 0) return height;
  throw usageError('--from takes a height from 1 on, or: checkpoint', 'ztc light keeps one');
}

interface Replayed {
  readonly done: ReplayProgress;
  readonly from: number;
  readonly seconds: number;
  readonly nodes: readonly NodeRound[];
  readonly head: ProvenHead | undefined;
  readonly stateRoot: Uint8Array | undefined;
  /** Hash of the block before which nothing was checked. */
  readonly first?: Uint8Array;
}

function outcome(session: Session, io: Io, replayed: Replayed): Outcome {
  const { done, from, seconds, nodes, head, first } = replayed;
  const { transactions, rejected } = done;
  const rate = Math.round(transactions / Math.max(seconds, 0.001));
  const stateRoot = hashText(replayed.stateRoot as Uint8Array);
  const counted = { from: Math.min(from, done.height), to: done.height, transactions, rejected };
  const steps = successionsIn(session.genesis, counted.from, done.height);
  const name = printable(session.genesis.genesis.name);
  const trusted = first === undefined ? null : { height: from, hash: hashText(first) };
  return {
    exit: exitOfHeads(nodes),
    result: {
      ...counted,
      rate,
      seconds: Math.round(seconds * 1000) / 1000,
      stateRoot,
      head: head === undefined ? null : hashText(head.hash),
      checkpoint: trusted,
      successors: steps.map(({ json }) => json),
      nodes: nodes.map(nodeJson),
      trust: session.origin,
    },
    text: [
      `${paint(io, 'good', 'consistent')}  ${name}, blocks ${counted.from} to ${done.height}`,
      ...steps.flatMap(({ text, json }) => [
        `  block ${json.first} is the first one of a successor`,
        ...text.map((line) => `    ${line}`),
      ]),
      ...(trusted === null ? [] : [`  ${paint(io, 'care', notChecked(trusted))}`]),
      `  transactions  ${transactions} (${rejected} rejected), ${rate} a second`,
      `  state root    ${stateRoot}`,
      ...nodes.map((node) => `  ${nodeText(node)}`),
      `  under the ${session.origin} genesis ${hashText(session.chain)}`,
    ],
  };
}

function notChecked({ height, hash }: { readonly height: number; readonly hash: string }): string {
  return `not checked: what is before block ${height} (${hash}); its state is believed`;
}

/** Asks every node whether the replayed head belongs to its chain. @throws CliError FORK */
function compareAll(
  session: Session,
  checkpoint: Checkpoint,
  args: { readonly 'evidence-dir': string },
  io: Io,
): Promise<readonly NodeRound[]> {
  const start = genesisCheckpoint(session.genesis.genesis);
  return compareHeads(clientsOf(session, io), checkpoint, start, args['evidence-dir']);
}

interface Replaying {
  readonly replay: Replay;
  readonly reader: BlockReader;
  readonly progress: Progress;
}

/** Applies the blocks up to the head, which as such has its own finalization. */
async function replayAll(
  session: Session,
  { replay, reader, progress }: Replaying,
  from: number,
  to: number,
): Promise<ReplayProgress> {
  const { replayAhead } = await import('../../state/replay-ahead.ts');
  const blocks = comingBlocks(reader, blocksOf(session, from, to));
  const done = await replayAhead(replay, blocks, ({ height, transactions }) =>
    progress.at(height, `${transactions} transactions`),
  );
  if (!done.ok) throw divergence(done.height, done.message);
  if (done.value.height < to) {
    throw divergence(
      done.value.height + 1,
      'the node has no such block, though its head is higher',
    );
  }
  return done.value;
}

/** Begins to read each block as it comes. */
async function* comingBlocks(
  reader: BlockReader,
  blocks: AsyncIterable<RawBlock>,
): AsyncGenerator<ComingBlock> {
  for await (const { chain, height, text, certificate } of blocks) {
    const examined = reader.examine(chain, text);
    yield { chain, height, size: text.length, examined, certificate };
  }
}
