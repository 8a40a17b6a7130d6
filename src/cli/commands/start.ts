/** `ztc start`: runs a node until it is told to stop. Logs are JSON lines on standard output. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { ZtcError } from '../../common/errors.ts';
import type { Node } from '../../node.ts';
import { defineCommand, type OptionSpecs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { CONFIG_OPTIONS, configFromFlags, configOf, resolveConfig } from '../home/config.ts';
import { retentionOf } from '../home/config-table.ts';
import { homePaths } from '../home/home.ts';
import { loadHome } from '../home/load.ts';
import { readTls } from '../home/tls.ts';
import { tokenSource } from '../home/tokens.ts';
import { type Io, note } from '../output.ts';

/** A node has five seconds to stop in order; what is durable is safe after any kill. */
const STOP_MS_MAX = 4_500;

/** Of every command that runs a node. */
export const NODE_OPTIONS = {
  ...CONFIG_OPTIONS,
  home: { type: 'string', demandOption: true, describe: "the node's home", value: 'DIR' },
} as const satisfies OptionSpecs;

/** Of the same, last in their help. */
export const ENDING_OPTIONS = {
  'until-stdin-ends': {
    type: 'boolean',
    env: false,
    describe: 'stop when standard input ends: for a supervisor whose end shall be ours',
  },
} as const satisfies OptionSpecs;

export const start = defineCommand({
  name: 'start',
  summary: 'run the node of a home',
  details: [
    'The first start of a home takes the genesis and the signatures of all members, and copies',
    'them into the home; later starts need neither. The member key may be elsewhere. SIGTERM and',
    'Ctrl-C stop it within five seconds.',
  ],
  examples: [
    'ztc start --home acme --genesis genesis.json --signatures *.sig.json',
    'ztc start --home acme --log-level debug',
  ],
  greedyArrays: true,
  endsItself: true,
  positionals: {},
  options: {
    ...NODE_OPTIONS,
    genesis: {
      type: 'string',
      env: false,
      describe: 'the genesis, at the first start',
      value: 'FILE',
    },
    signatures: {
      type: 'string',
      array: true,
      env: false,
      describe: 'ID.sig.json of every member, unless they are in the genesis file',
      value: 'FILE…',
    },
    ...ENDING_OPTIONS,
  },
  async run(args, io) {
    const { home, genesis, signatures = [] } = args;
    const file = homePaths(home).config;
    const config = configOf(
      await resolveConfig({ file, env: io.env, flags: configFromFlags(args) }),
    );
    const loaded = await loadHome({
      dir: home,
      genesis,
      signatures,
      warn: (message) => note(io, message),
    });
    // Everything else of ztc starts in a fraction of the time that loading a node takes.
    const { createNode } = await import('../../node.ts');
    const { pino } = await import('pino');
    const ended = Promise.withResolvers<ZtcError | undefined>();
    const write = (line: string): void => {
      try {
        io.stdout(line);
      } catch (cause) {
        ended.resolve(logFailure(cause as Error));
      }
    };
    const log = pino({ level: config['log.level'] }, { write });
    const stop = (): void => ended.resolve(undefined);
    io.signal.addEventListener('abort', stop, { once: true });
    if (io.signal.aborted) stop();
    if (args['until-stdin-ends'] === true) onInputEnd(io, stop);
    onBug((error) => ended.resolve(error));
    const node = await createNode({
      config,
      retention: {
        states: retentionOf(config['state.retention']),
        blocks: retentionOf(config['blocks.retention']),
      },
      chainDir: loaded.paths.chain,
      consensusDir: loaded.paths.consensus,
      evidenceFile: loaded.paths.evidence,
      genesis: loaded.genesis,
      member: loaded.member,
      nodeKeys: loaded.nodeKeys,
      nodeKeyStore: loaded.nodeKeyStore,
      validatorKeys: loaded.validatorKeys,
      adminToken: loaded.adminToken,
      tokens: tokenSource(loaded.paths.tokens, () => Date.now()),
      tls: await readTls(config),
      version: versionOf(),
      log,
      fatal: (error) => ended.resolve(error),
    });
    return runUntil(node, ended.promise, log);
  },
});

/** A node whose log is lost can't be looked after; mostly its disk is full. */
function logFailure(cause: Error): ZtcError {
  return new ZtcError('LOG_FAILED', `the log can't be written: ${cause.message}`, {
    hint: 'make room on its disk, or send standard output elsewhere, and start again',
    cause,
  });
}

async function runUntil(node: Node, ended: Promise<ZtcError | undefined>, log: Logger) {
  try {
    await node.start();
    const error = await ended;
    if (error === undefined) return { exit: EXIT.OK };
    log.fatal({ code: error.code, err: error, hint: error.hint }, error.message);
    throw error;
  } finally {
    const late = setTimeout(() => {
      log.warn('the node did not stop in time; it is ended');
      process.exit(process.exitCode ?? EXIT.UNEXPECTED);
    }, STOP_MS_MAX);
    await node.stop();
    clearTimeout(late);
    log.info('stopped');
  }
}

function onInputEnd(io: Io, stop: () => void): void {
  const read = async (): Promise<void> => {
    for await (const _ of io.stdin()) {
      // Only its end matters.
    }
  };
  read().then(stop, stop);
}

/** An error that nobody caught is a mistake of ours: the node stops rather than go on half. */
function onBug(report: (error: ZtcError) => void): void {
  const listener = (cause: unknown): void => {
    if (cause instanceof ZtcError) {
      report(cause);
      return;
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    report(new ZtcError('UNEXPECTED', `unexpected error: ${message}`, { cause }));
  };
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
}

function versionOf(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
