/** `ztc audit replay`: fetch the whole chain and check everything on this machine. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AnswerOf } from '../../client/answers.ts';
import { hashText } from '../../client/views.ts';
import { fromBase64url } from '../../common/bytes.ts';
import { verify } from '../../common/signature.ts';
import { decodeBlock } from '../../ledger/block.ts';
import { type Checkpoint, genesisCheckpoint, headOf } from '../../ledger/light-client.ts';
import { decodeCertificate } from '../../ledger/vote.ts';
import { workerChecker } from '../../signatures/checker.ts';
import { createVerifier } from '../../signatures/verifier.ts';
import type { Replay, ReplayProgress } from '../../state/replay.ts';
import type { ReplayBlock } from '../../state/replay-ahead.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import {
  clientsOf,
  compareHeads,
  EVIDENCE_OPTIONS,
  exitOfHeads,
  type NodeRound,
  nodeJson,
  nodeText,
} from '../heads.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { type Io, paint, printable } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { openSession, type Session } from '../session.ts';

type RawBlocks = AnswerOf<'chain_getRawBlocks'>;

export const auditReplay = defineCommand({
  name: 'audit replay',
  summary: 'fetch the chain and check it all, trusting nothing but the genesis',
  details: [
    'Checks every hash, signature and finalization, executes every transaction and compares every',
    'root. A divergence exits 21 and names the height. With --dir the blocks are kept, and the',
    'next replay goes on where this one ended. Blocks come from the first node that has them; the',
    'heads of all are compared in the end, and a conflict exits 21 with the evidence in a file.',
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
    ...EVIDENCE_OPTIONS,
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    const session = await openSession(args, io);
    const { Replay } = await import('../../state/replay.ts');
    const { openClassicKv } = await import('../../state/kv/classic.ts');
    const dir = args.dir ?? (await mkdtemp(path.join(os.tmpdir(), 'ztc-replay-')));
    if (args.dir !== undefined) await mkdir(dir, { recursive: true });
    const store = await openClassicKv(dir, { durable: false });
    const began = performance.now();
    const to = session.status.head.height;
    const progress = createProgress(io, 'replayed', to);
    const signatures = createVerifier({ checker: workerChecker(), verify, remembered: 0 });
    const verifyAhead = signatures.verifyAll.bind(signatures);
    const replay = new Replay({
      store,
      signedGenesis: session.genesis,
      keep: args.dir === undefined ? 'state' : 'chain',
      verify,
      verifyAhead,
    });
    try {
      const started = await replay.start();
      if (!started.ok) throw divergence(started.height, started.message);
      const from = started.value.height === 0 ? 0 : started.value.height + 1;
      const done = await replayAll(session, replay, from, to, {
        help: () => signatures.help(),
        progress,
      });
      const seconds = (performance.now() - began) / 1000;
      const { checkpoint } = replay;
      const nodes = checkpoint ? await compareAll(session, checkpoint, args, io) : [];
      const head = checkpoint && headOf(checkpoint);
      if (head !== undefined) await session.remember({ head });
      const { transactions, rejected } = done;
      const rate = Math.round(transactions / Math.max(seconds, 0.001));
      const stateRoot = hashText(replay.stateRoot as Uint8Array);
      const counted = {
        from: Math.min(from, done.height),
        to: done.height,
        transactions,
        rejected,
      };
      const name = printable(session.genesis.genesis.name);
      return {
        exit: exitOfHeads(nodes),
        result: {
          ...counted,
          rate,
          seconds: Math.round(seconds * 1000) / 1000,
          stateRoot,
          head: head === undefined ? null : hashText(head.hash),
          nodes: nodes.map(nodeJson),
          trust: session.origin,
        },
        text: [
          `${paint(io, 'good', 'consistent')}  ${name}, blocks ${counted.from} to ${done.height}`,
          `  transactions  ${transactions} (${rejected} rejected), ${rate} a second`,
          `  state root    ${stateRoot}`,
          ...nodes.map((node) => `  ${nodeText(node)}`),
          `  under the ${session.origin} genesis ${hashText(session.chain)}`,
        ],
      };
    } finally {
      progress.end();
      signatures.close();
      await store.close();
      if (args.dir === undefined) await rm(dir, { recursive: true, force: true });
    }
  },
});

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

/** Applies the blocks up to the head, which as such has its own finalization. */
async function replayAll(
  session: Session,
  replay: Replay,
  from: number,
  to: number,
  { help, progress }: { readonly help: () => boolean; readonly progress: Progress },
): Promise<ReplayProgress> {
  const { replayAhead } = await import('../../state/replay-ahead.ts');
  const done = await replayAhead(replay, blocksOf(session, from, to), {
    help,
    told: ({ height, transactions }) => progress.at(height, `${transactions} transactions`),
  });
  if (!done.ok) throw divergence(done.height, done.message);
  if (done.value.height < to) {
    throw divergence(
      done.value.height + 1,
      'the node has no such block, though its head is higher',
    );
  }
  return done.value;
}

/** The chain as the node tells it; the next page comes over the network meanwhile. */
async function* blocksOf(session: Session, from: number, to: number): AsyncGenerator<ReplayBlock> {
  let next: number | null = from > to ? null : from;
  let waiting: Promise<RawBlocks> | undefined;
  while (next !== null) {
    const page: RawBlocks = await (waiting ?? fetchPage(session, next, to));
    next = page.blocks.length === 0 ? null : page.next;
    waiting = next === null ? undefined : fetchPage(session, next, to);
    waiting?.catch(() => undefined);
    for (const raw of page.blocks) yield readRaw(session, raw);
  }
}

function fetchPage(session: Session, from: number, to: number): Promise<RawBlocks> {
  return session.client.call('chain_getRawBlocks', { from, to });
}

function readRaw(session: Session, raw: RawBlocks['blocks'][number]): ReplayBlock {
  if (session.client.signal?.aborted) throw new CliError('INTERRUPTED', 'interrupted');
  const bytes = fromBase64url(raw.block);
  if (bytes === undefined) throw divergence(raw.height, 'its bytes are no base64url');
  const block = decodeBlock(session.chain, bytes);
  if (!block.ok) throw divergence(raw.height, block.message);
  const certificate = raw.certificate === null ? undefined : fromBase64url(raw.certificate);
  const decoded = certificate && decodeCertificate(certificate);
  if (raw.certificate !== null && !decoded?.ok) {
    throw divergence(raw.height, 'its certificate does not decode');
  }
  return { block: block.value, certificate: decoded?.ok ? decoded.value : undefined };
}

function divergence(height: number, why: string): CliError {
  return new CliError('REPLAY_DIVERGENCE', `the chain diverges at height ${height}: ${why}`, {
    details: { height },
    hint: 'the node lies, or its state is broken: replay from another member and compare',
  });
}
