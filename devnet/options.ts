/** The devnet's flags, and those that npm took for itself. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { usageError } from '../src/cli/errors.ts';

export const ROOT = path.dirname(import.meta.dirname);

export const DEFAULT_MEMBERS = 4;
/** One name for each; the alphabet's spelling words sort as they are counted. */
export const MEMBER_NAMES = [
  'alpha',
  'bravo',
  'charlie',
  'delta',
  'echo',
  'foxtrot',
  'golf',
  'hotel',
  'india',
  'juliett',
  'kilo',
  'lima',
  'mike',
  'november',
  'oscar',
  'papa',
  'quebec',
  'romeo',
  'sierra',
  'tango',
] as const;
export const DEFAULT_BASE_PORT = 7600;
/** Ports from one node to the next: its p2p, rpc and admin listener come first. */
export const PORTS_PER_NODE = 10;
const PORT_MAX = 65_535;
const BASE_PORT_MIN = 1024;

export interface DevnetOptions {
  /** Absolute. */
  readonly dir: string;
  /** False: the default folder, new at each start. */
  readonly keep: boolean;
  /** Undefined: those of the chain that is there, else the default. */
  readonly members: number | undefined;
  readonly basePort: number | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

type Environment = { readonly [name: string]: string | undefined };

export const USAGE = `usage: npm run devnet -- [FLAG…]

  --dir D        keep the chain in folder D and go on from it at the next start
                 (default: .devnet/, new at each start)
  --members N    1 to ${MEMBER_NAMES.length} member nodes (default ${DEFAULT_MEMBERS})
  --base-port P  the first node's p2p port; rpc and admin follow (default ${DEFAULT_BASE_PORT})
  --quiet        only warnings and errors
  --json         one line of JSON on standard output when ready, all else on standard error`;

/** Our flags as npm's environment shows them when the two dashes are forgotten. */
const SWALLOWED: readonly (readonly [variable: string, flag: string, takesValue: boolean])[] = [
  ['npm_config_dir', '--dir', true],
  ['npm_config_members', '--members', true],
  ['npm_config_base_port', '--base-port', true],
  ['npm_config_json', '--json', false],
];

/** npm reads `--quiet` as this log level; so may a user's own setting, so it is no error. */
const QUIET_LEVEL = 'warn';

/** A line for whoever gave `--quiet` to npm, perhaps. */
export function quietNote({ quiet }: DevnetOptions, env: Environment): string | undefined {
  const taken = isNpmRun(env) && !quiet && env.npm_config_loglevel === QUIET_LEVEL;
  return taken ? 'if --quiet was meant for the devnet: npm run devnet -- --quiet' : undefined;
}

/**
 * @throws CliError USAGE
 */
export function parseOptions(
  argv: readonly string[],
  env: Environment,
  cwd: string,
): DevnetOptions {
  refuseSwallowed(argv, env);
  const { dir, members, 'base-port': basePort, quiet, json } = parseFlags(argv);
  // npm runs scripts in the package's folder and leaves the caller's in INIT_CWD.
  const from = isNpmRun(env) ? (env.INIT_CWD ?? cwd) : cwd;
  return {
    dir: dir === undefined ? path.join(ROOT, '.devnet') : path.resolve(from, dir),
    keep: dir !== undefined,
    members: numberOf('--members', members, 1, MEMBER_NAMES.length),
    basePort: numberOf(
      '--base-port',
      basePort,
      BASE_PORT_MIN,
      PORT_MAX - MEMBER_NAMES.length * PORTS_PER_NODE,
    ),
    quiet: quiet === true,
    json: json === true,
  };
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        dir: { type: 'string' },
        members: { type: 'string' },
        'base-port': { type: 'string' },
        quiet: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw usageError((error as Error).message, USAGE);
  }
}

function numberOf(
  flag: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usageError(`${flag} takes a number from ${min} to ${max}, not ${text}`);
}

function isNpmRun(env: Environment): boolean {
  return env.npm_lifecycle_event === 'devnet';
}

/** `npm run devnet --dir X` gives the flag to npm, which says nothing and drops it. */
function refuseSwallowed(argv: readonly string[], env: Environment): void {
  if (!isNpmRun(env)) return;
  const swallowed = SWALLOWED.filter(
    ([variable, flag]) => (env[variable] ?? '') !== '' && !argv.some((arg) => arg.startsWith(flag)),
  );
  if (swallowed.length === 0) return;
  // Newer versions of npm leave the values behind, as words without a flag.
  const left = argv.filter((arg) => !arg.startsWith('-'));
  const words = swallowed.flatMap(([variable, flag, takesValue]) => {
    if (!takesValue) return [flag];
    const value = env[variable] as string;
    return [flag, value === 'true' ? (left.shift() ?? 'X') : value];
  });
  const flags = swallowed.map(([, flag]) => flag).join(', ');
  throw usageError(
    `npm took ${flags} for itself: flags for the devnet come after two dashes`,
    `npm run devnet -- ${words.join(' ')}`,
  );
}
