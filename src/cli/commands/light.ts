import { pause } from '../../client/pause.ts';
import { hashText, timeText } from '../../client/views.ts';
import {
  type Checkpoint,
  checkpointHeader,
  genesisCheckpoint,
  headOf,
  TRUST_PERIOD_MS,
} from '../../ledger/light-client.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  clientsOf,
  compareHeads,
  EVIDENCE_OPTIONS,
  type NodeRound,
  nodeJson,
  nodeText,
} from '../heads.ts';
import { parseDuration, TRUST_OPTIONS } from '../options.ts';
import { type Io, note, paint, printable } from '../output.ts';
import { secondSource } from '../second-source.ts';
import { openSession, type Session } from '../session.ts';

export const light = defineCommand({
  name: 'light',
  summary: 'follow a chain at several nodes by finalizations alone; cry if their heads conflict',
  details: [
    'Starts at the newest checkpoint in the trust file, or at the genesis, and never goes back.',
    'Each step proves that the block before belongs to the new one. Two final blocks of one height',
    'are a fork: exit 21, and the evidence is written to a file. A checkpoint older than',
    '--trust-period counts only if nodes of two members sign for the new one, each with its own',
    'node key: two addresses of one node are one source.',
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
    ...EVIDENCE_OPTIONS,
    ...TRUST_OPTIONS,
  },
  endsItself: true,
  async run(args, io) {
    const everyMs = parseDuration('every', args.every);
    const periodMs = parseDuration('trust-period', args['trust-period']);
    const session = await openSession(args, io, true);
    const clients = clientsOf(session, io);
    const start = genesisCheckpoint(session.genesis.genesis);
    let { checkpoint } = session;
    for (;;) {
      const started = checkpointHeader(checkpoint)?.time ?? 0;
      const round = await compareHeads(clients, checkpoint, start, args['evidence-dir']);
      const isOld = io.now() - started > periodMs;
      if (isOld) {
        const { members, isEnough } = await secondSource(clients, round, io);
        if (!isEnough) throw tooOld(started, members);
        note(io, `the checkpoint is old; behind the new one stand ${members.join(' and ')}`);
      }
      checkpoint = newest(checkpoint, round);
      await session.remember({ checkpoint, head: headOf(checkpoint) });
      if (args.once === true || io.signal.aborted) return outcome(session, checkpoint, round, io);
      for (const node of round) note(io, nodeText(node));
      await pause(everyMs, io.signal);
      if (io.signal.aborted) return outcome(session, checkpoint, round, io);
    }
  },
});

function tooOld(started: number, members: readonly string[]): CliError {
  const who = members.length === 0 ? "no member's node" : `only ${members.join()}'s node`;
  const message = `the checkpoint is of ${timeText(started)}, and ${who} stands behind a newer one`;
  return new CliError('CHECKPOINT_OLD', message, {
    hint: 'name nodes of two members: --rpc URL --rpc URL',
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
