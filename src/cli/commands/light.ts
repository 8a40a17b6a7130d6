/** `ztc light`: follow a chain by finalizations alone, at several nodes, and cry at a fork. */
import path from 'node:path';
import { type Client, createClient } from '../../client/client.ts';
import { ForkError, lightStep } from '../../client/light.ts';
import { pause } from '../../client/pause.ts';
import { httpTransport } from '../../client/transport.ts';
import { hashText, timeText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import { blockHash } from '../../ledger/block.ts';
import {
  type Advanced,
  type Checkpoint,
  checkpointHeader,
  genesisCheckpoint,
  TRUST_PERIOD_MS,
} from '../../ledger/light-client.ts';
import { defineCommand } from '../command.ts';
import { CliError, type DescribedError, describeError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { replaceFile } from '../home/files.ts';
import { parseDuration, TRUST_OPTIONS } from '../options.ts';
import { errorJson, type Io, note, paint, printable } from '../output.ts';
import { openSession, type Session } from '../session.ts';

export const light = defineCommand({
  name: 'light',
  summary: 'follow a chain at several nodes by finalizations alone; cry if their heads conflict',
  details: [
    'Starts at the newest checkpoint in the trust file, or at the genesis, and never goes back.',
    'Each step proves that the block before belongs to the new one. Two final blocks of one height',
    'are a fork: exit 21, and the evidence is written to a file. A checkpoint older than',
    '--trust-period counts only if a second node proves to be on the same chain.',
  ],
  examples: ['ztc light --rpc https://ztc.acme.example --rpc https://ztc.globex.example'],
  positionals: {},
  options: {
    once: { type: 'boolean', env: false, describe: 'one round, then the result' },
    every: { type: 'string', default: '5s', describe: 'between two rounds', value: 'TIME' },
    'trust-period': {
      type: 'string',
      default: `${TRUST_PERIOD_MS / 86_400_000}d`,
      describe: 'how old a checkpoint may be without a second source',
      value: 'TIME',
    },
    'evidence-dir': {
      type: 'string',
      default: '.',
      describe: 'where a fork is kept',
      value: 'DIR',
    },
    ...TRUST_OPTIONS,
  },
  endsItself: true,
  async run(args, io) {
    const everyMs = parseDuration('every', args.every);
    const periodMs = parseDuration('trust-period', args['trust-period']);
    const session = await openSession(args, io);
    const clients = session.client.transport.urls.map((url) =>
      createClient({ transport: httpTransport({ urls: [url], retries: 0 }), signal: io.signal }),
    );
    const start = genesisCheckpoint(session.genesis.genesis);
    let { checkpoint } = session;
    for (;;) {
      const started = checkpointHeader(checkpoint)?.time ?? 0;
      const round = await ask(clients, checkpoint, start, args['evidence-dir']);
      const isOld = io.now() - started > periodMs;
      const proven = round.filter(({ step }) => step !== undefined);
      if (isOld && proven.length < 2) throw tooOld(started);
      checkpoint = newest(checkpoint, round);
      await session.remember({ checkpoint, head: headOf(checkpoint) });
      if (args.once === true || io.signal.aborted) return outcome(session, checkpoint, round, io);
      for (const node of round) note(io, nodeText(node));
      await pause(everyMs, io.signal);
      if (io.signal.aborted) return outcome(session, checkpoint, round, io);
    }
  },
});

/** What one node showed in a round. */
interface NodeRound {
  readonly url: string;
  readonly step: Advanced | undefined;
  /** Why there is no step, unless the node is only behind. */
  readonly error: DescribedError | undefined;
}

/**
 * Asks all nodes: each from the newest checkpoint that the ones before it proved; then those that
 * are behind for where they are, and the newest one whether that belongs to its chain. So all heads
 * are compared.
 *
 * @throws CliError FORK, with the evidence saved
 */
async function ask(
  clients: readonly Client[],
  from: Checkpoint,
  start: Checkpoint,
  evidenceDir: string,
): Promise<readonly NodeRound[]> {
  const ahead = new Map<Client, NodeRound>();
  let best: { readonly client: Client | undefined; readonly checkpoint: Checkpoint };
  best = { client: undefined, checkpoint: from };
  for (const client of clients) {
    const { checkpoint } = best;
    const round = await tried(client, evidenceDir, () => lightStep(client, checkpoint));
    if (round.step !== undefined) best = { client, checkpoint: round.step.checkpoint };
    if (round.step !== undefined || round.error !== undefined) ahead.set(client, round);
  }
  const round: NodeRound[] = [];
  for (const client of clients) {
    const behind = (): Promise<Advanced | undefined> =>
      compareBehind(client, [from, start], best.client);
    round.push(ahead.get(client) ?? (await tried(client, evidenceDir, behind)));
  }
  return round;
}

/** Where a node stands that is behind, once the newest one has shown the same block there. */
async function compareBehind(
  client: Client,
  starts: readonly Checkpoint[],
  newest: Client | undefined,
): Promise<Advanced | undefined> {
  for (const start of starts) {
    const step = await lightStep(client, start);
    if (step === undefined) continue;
    if (newest !== undefined) await lightStep(newest, step.checkpoint);
    return step;
  }
  return undefined;
}

async function tried(
  client: Client,
  evidenceDir: string,
  step: () => Promise<Advanced | undefined>,
): Promise<NodeRound> {
  const url = client.transport.urls[0] as string;
  try {
    return { url, step: await step(), error: undefined };
  } catch (error) {
    if (error instanceof ForkError) throw await kept(error, evidenceDir);
    return { url, step: undefined, error: describeError(error) };
  }
}

async function kept(error: ForkError, dir: string): Promise<CliError> {
  const file = path.join(dir, error.fileName);
  await replaceFile(file, error.text);
  return new CliError('FORK', error.message, {
    hint: `${error.hint}\nthe evidence: ${file}`,
    details: { evidence: file },
    cause: error,
  });
}

function tooOld(started: number): CliError {
  const since = timeText(started);
  return new CliError('CHECKPOINT_OLD', `the checkpoint is of ${since}, and one node is no proof`, {
    hint: 'name a second node of another member: --rpc URL --rpc URL',
    exit: EXIT.UNREACHABLE,
  });
}

function heightOf(checkpoint: Checkpoint): number {
  return checkpointHeader(checkpoint)?.height ?? 0;
}

function higher(a: Checkpoint, b: Checkpoint): Checkpoint {
  return heightOf(b) > heightOf(a) ? b : a;
}

function newest(checkpoint: Checkpoint, round: readonly NodeRound[]): Checkpoint {
  return round.reduce(
    (best, { step }) => (step ? higher(best, step.checkpoint) : best),
    checkpoint,
  );
}

function headOf(checkpoint: Checkpoint) {
  const { chain, header } = checkpoint;
  const { height, time } = checkpointHeader(checkpoint) ?? { height: 0, time: 0 };
  return { height, time, hash: blockHash(chain, header) };
}

function nodeText({ url, step, error }: NodeRound): string {
  if (error !== undefined) return `${printable(url)}: ${error.message} (${error.code})`;
  if (step === undefined) return `${printable(url)}: behind`;
  return `${printable(url)}: height ${step.header.height}, ${timeText(step.header.time)}`;
}

function nodeJson({ url, step, error }: NodeRound): Json {
  return {
    url,
    height: step?.header.height ?? null,
    time: step === undefined ? null : timeText(step.header.time),
    ...(error !== undefined && { error: errorJson(error) }),
  };
}

function outcome(session: Session, checkpoint: Checkpoint, round: readonly NodeRound[], io: Io) {
  const head = headOf(checkpoint);
  const failed = round.flatMap(({ error }) => (error === undefined ? [] : [error.exit]));
  const isProven = round.some(({ step }) => step !== undefined);
  const bad = failed.find((exit) => exit === EXIT.PROOF_INVALID);
  const exit: ExitCode = bad ?? (isProven ? EXIT.OK : (failed[0] ?? EXIT.UNREACHABLE));
  const tone = exit === EXIT.OK ? 'good' : 'bad';
  const name = printable(session.genesis.genesis.name);
  const validators = checkpoint.validators.map(({ member }) => member);
  return {
    exit,
    ok: isProven,
    result: {
      head: { height: head.height, time: timeText(head.time), hash: hashText(head.hash) },
      epoch: checkpoint.epoch,
      validators,
      nodes: round.map(nodeJson),
      trust: session.origin,
    },
    text: [
      `${paint(io, tone, exit === EXIT.OK ? 'one chain' : 'not all proven')}  ${name}`,
      ...round.map((node) => `  ${nodeText(node)}`),
      `  newest: height ${head.height}, ${hashText(head.hash)}`,
      `  validators since epoch ${checkpoint.epoch}: ${validators.join(', ')}`,
    ],
  };
}
