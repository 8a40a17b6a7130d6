/**
 * One run of the command line, from words to an exit code. Prints the outcome once: a JSON
 * document or text; an error is a document too under `--json`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { withAccess } from './access.ts';
import { type Command, type Outcome, schemaOf } from './command.ts';
import { CliError, describeError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { errorDocument, errorText, type Io, resultDocument } from './output.ts';
import { findCommand, type Parsed, parseWords } from './parser.ts';

/** What there is to run. */
export interface Commands {
  readonly commands: readonly Command[];
  /** First words that only stand for groups, and what is in them. */
  readonly groups: ReadonlyMap<string, string>;
  readonly version: string;
}

/** After Ctrl-C a command has this long to say what it had done. */
const INTERRUPT_GRACE_MS = 1_000;

/** Runs the words of `argv` (without `node` and script). */
export async function runCli(
  argv: readonly string[],
  io: Io,
  { commands, groups, version }: Commands,
): Promise<ExitCode> {
  if (asksForVersion(argv)) {
    const isJson = argv.includes('--json');
    io.stdout(isJson ? resultDocument('ztc.version/v1', true, { version }) : `ztc ${version}\n`);
    return EXIT.OK;
  }
  let command: Command | undefined = findCommand(commands, argv);
  let json = argv.includes('--json') || argv.includes('--json=true');
  try {
    const parsed = await parseWords(commands, groups, argv, io.env);
    if (parsed.kind === 'help') {
      io.stdout(parsed.text);
      return EXIT.OK;
    }
    command = parsed.command;
    json = parsed.args.json === true;
    return print(await untilInterrupted(parsed, io), command, json, io);
  } catch (error) {
    const described = describeError(error);
    if (json) io.stdout(errorDocument(schemaOf(command), described));
    else io.stderr(errorText(described));
    if (io.env.ZTC_DEBUG === '1' && error instanceof Error) io.stderr(`${error.stack}\n`);
    return described.exit;
  }
}

const VERSION_WORDS = ['--version', '-V', 'version'];

/** Alone: `--version` of a command is that of a product. */
function asksForVersion(argv: readonly string[]): boolean {
  const [word, ...rest] = argv.filter((each) => each !== '--json');
  return rest.length === 0 && word !== undefined && VERSION_WORDS.includes(word);
}

function print(outcome: Outcome, command: Command, json: boolean, io: Io): ExitCode {
  const { exit, ok = true, result, text = [], failures = [], raw } = outcome;
  if (json) {
    if (result !== undefined) io.stdout(resultDocument(schemaOf(command), ok, result));
    return exit;
  }
  if (raw !== undefined) io.stdout(raw);
  if (text.length > 0) io.stdout(`${text.join('\n')}\n`);
  if (failures.length > 0) io.stderr(`${failures.join('\n')}\n`);
  return exit;
}

async function untilInterrupted(
  { command, args }: Parsed & { kind: 'run' },
  io: Io,
): Promise<Outcome> {
  const run = command.run(args as never, await withAccess(args, io));
  if (command.endsItself === true) return run;
  const stopped = Promise.withResolvers<never>();
  const onAbort = async (): Promise<void> => {
    await sleep(INTERRUPT_GRACE_MS, undefined, { ref: false });
    stopped.reject(new CliError('INTERRUPTED', 'interrupted'));
  };
  const listener = (): void => void onAbort();
  io.signal.addEventListener('abort', listener, { once: true });
  try {
    return await Promise.race([run, stopped.promise]);
  } catch (error) {
    if (!io.signal.aborted || (error instanceof CliError && error.code === 'INTERRUPTED')) {
      throw error;
    }
    throw new CliError('INTERRUPTED', 'interrupted', { cause: error });
  } finally {
    io.signal.removeEventListener('abort', listener);
  }
}
