/**
 * From words to a command and its arguments, by yargs: strict, with did-you-mean, nested commands,
 * and `ZTC_…` for options. Nothing runs here.
 */
import yargs, { type Argv, type Options } from 'yargs';
import type { Command, OptionSpec, OptionSpecs } from './command.ts';
import { type CliError, usageError } from './errors.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { nearest } from './home/nearest.ts';

type Environment = { readonly [name: string]: string | undefined };
type ParsedArgs = { readonly [name: string]: unknown };

/** What the words ask for. */
export type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly args: ParsedArgs }
  | { readonly kind: 'help'; readonly text: string };

/** Every command has it. */
export const JSON_OPTION: OptionSpec = {
  type: 'boolean',
  describe: 'print one JSON document and nothing else',
};

/** Help text is wrapped here: what fits a terminal of any age. */
const HELP_COLUMNS = 100;

/** The environment variable of an option. */
export function environmentName(option: string): string {
  return `ZTC_${option.replaceAll('-', '_').toUpperCase()}`;
}

/** The command that the first words name, if any: also for answers to words that don't parse. */
export function findCommand(
  commands: readonly Command[],
  argv: readonly string[],
): Command | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return commands.find(({ name }) => name.split(' ').every((part, i) => words[i] === part));
}

/** @throws CliError USAGE */
export async function parseWords(
  commands: readonly Command[],
  groups: ReadonlyMap<string, string>,
  argv: readonly string[],
  env: Environment,
): Promise<Parsed> {
  // yargs loses a lone - among positionals.
  const words = argv.map((word) => (word === '-' ? DASH : word));
  let selected: Parsed | undefined;
  const select = (command: Command, args: ParsedArgs): void => {
    selected = { kind: 'run', command, args: checked(command, withDashes(args)) };
  };
  const greedy = findCommand(commands, argv)?.greedyArrays ?? false;
  const parser = yargs()
    .scriptName('ztc')
    .detectLocale(false)
    .wrap(HELP_COLUMNS)
    .version(false)
    .help('help', 'show help')
    .alias('help', 'h')
    .option('json', JSON_OPTION)
    .parserConfiguration({
      'greedy-arrays': greedy,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'populate--': true,
    })
    .usage('ztc COMMAND: a ledger that answers "may I trust this file?" with proof')
    .strict()
    .recommendCommands()
    .demandCommand(1, 'a command is needed, as in ztc authenticate FILE')
    .epilogue(exitCodesText());
  const below = commands.map((command) => ({ command, words: command.name.split(' ') }));
  addCommands(parser, below, [], groups, (inner, command, word) =>
    addCommand(inner, command, word, env, select),
  );
  let help = '';
  try {
    await parser
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        throw message ? refusal(message, commands, groups, argv) : error;
      })
      .parseAsync(words, {}, (_error: unknown, _args: unknown, output: string) => {
        help = output;
      });
  } catch (error) {
    if (error instanceof Error && error.name === 'YError') {
      throw refusal(error.message, commands, groups, argv);
    }
    throw error;
  }
  if (help !== '') return { kind: 'help', text: `${help}\n` };
  return selected ?? { kind: 'help', text: `${await parser.getHelp()}\n` };
}

/** A command, and the words of its name that are left below `path`. */
interface Below {
  readonly command: Command;
  readonly words: readonly string[];
}

function addCommands(
  parser: Argv,
  below: readonly Below[],
  path: readonly string[],
  groups: ReadonlyMap<string, string>,
  add: (parser: Argv, command: Command, word: string) => void,
): void {
  const added = new Set<string>();
  for (const { command, words } of below) {
    const [word = '', ...rest] = words;
    if (rest.length === 0) {
      add(parser, command, word);
      continue;
    }
    if (added.has(word)) continue;
    added.add(word);
    const group = [...path, word];
    const name = group.join(' ');
    const members = below
      .filter((each) => each.words[0] === word && each.words.length > 1)
      .map((each) => ({ command: each.command, words: each.words.slice(1) }));
    parser.command(word, groups.get(name) ?? '', (inner) => {
      inner
        .usage(`ztc ${name} COMMAND: ${groups.get(name) ?? ''}`)
        .epilogue('')
        .demandCommand(1, `a command is needed after ${name}: ${eitherOf(members)}`);
      addCommands(inner, members, group, groups, add);
      return inner;
    });
  }
}

/** The first words of what stands below a group, as people list them. */
function eitherOf(members: readonly Below[]): string {
  const words = [...new Set(members.map((each) => each.words[0] ?? ''))];
  if (words.length < 2) return words.join();
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function addCommand(
  parser: Argv,
  command: Command,
  word: string,
  env: Environment,
  select: (command: Command, args: ParsedArgs) => void,
): void {
  const pattern = Object.entries(command.positionals).map(([name, { array, demandOption }]) => {
    const inner = array ? `${name}..` : name;
    return demandOption ? `<${inner}>` : `[${inner}]`;
  });
  parser.command(
    [word, ...pattern].join(' '),
    command.summary,
    (builder) => {
      builder.usage(`ztc ${usageLine(command)}\n\n${command.summary}`).epilogue('');
      for (const [name, spec] of Object.entries(command.positionals)) {
        builder.positional(name, { describe: spec.describe, type: spec.type });
      }
      for (const [name, spec] of Object.entries(command.options)) {
        builder.option(name, yargsOption(name, spec, env));
      }
      for (const example of command.examples ?? []) builder.example(example, '');
      return builder;
    },
    (args) => select(command, args),
  );
}

/** A command with its positionals, in capitals as the documentation has them. */
export function usageLine(command: Command): string {
  const words = Object.entries(command.positionals).map(([name, { array, demandOption }]) => {
    const shown = array ? `${name.toUpperCase()}…` : name.toUpperCase();
    return demandOption ? shown : `[${shown}]`;
  });
  return [command.name, ...words].join(' ');
}

function yargsOption(name: string, spec: OptionSpec, env: Environment): Options {
  const { env: fromEnv, value: _value, valueOptional, ...options } = spec;
  const variable = environmentName(name);
  const text = fromEnv === false ? undefined : env[variable];
  const requiresArg = options.type !== 'boolean' && valueOptional !== true;
  if (text === undefined || text === '') return { ...options, requiresArg };
  return {
    ...options,
    requiresArg,
    demandOption: false,
    default: environmentValue(variable, text, spec),
    defaultDescription: `from ${variable}`,
  };
}

const TRUE_WORDS = ['1', 'true', 'yes'];
const FALSE_WORDS = ['0', 'false', 'no'];

function environmentValue(variable: string, text: string, spec: OptionSpec): unknown {
  if (spec.array === true) return text.split(/[\s,]+/).filter((part) => part !== '');
  if (spec.type === 'boolean') {
    if (TRUE_WORDS.includes(text)) return true;
    if (FALSE_WORDS.includes(text)) return false;
    throw usageError(`${variable} is ${text}: it takes 1 or 0`);
  }
  if (spec.type !== 'number') return text;
  const number = Number(text);
  if (Number.isNaN(number)) throw usageError(`${variable} is ${text}, which is no number`);
  return number;
}

/** Stands for a lone - while yargs is at work: no command line can hold it. */
const DASH = '\u0000-';

function withDashes(args: ParsedArgs): ParsedArgs {
  const restore = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(restore) : value === DASH ? '-' : value;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, restore(value)]));
}

/** What yargs lets through: options given twice, numbers that are none, and words after --. */
function checked(command: Command, args: ParsedArgs): ParsedArgs {
  for (const [name, spec] of Object.entries(command.options) as [string, OptionSpec][]) {
    const value = args[name];
    if (Array.isArray(value) && spec.array !== true) {
      throw usageError(`--${name} is given more than once`);
    }
    if (spec.type === 'number' && value !== undefined && !Number.isFinite(value)) {
      throw usageError(`--${name} takes a number`);
    }
  }
  const { '--': rest, ...named } = args as { readonly '--'?: readonly string[] } & ParsedArgs;
  if (rest === undefined || rest.length === 0) return named;
  const many = Object.entries(command.positionals).find(([, { array }]) => array === true);
  if (many === undefined) throw usageError(`unknown argument: ${rest[0]}`);
  const given = named[many[0]];
  return { ...named, [many[0]]: [...(Array.isArray(given) ? given : []), ...rest] };
}

/** What yargs says, in our words: which command or argument it is about, and what to do. */
function refusal(
  said: string,
  commands: readonly Command[],
  groups: ReadonlyMap<string, string>,
  argv: readonly string[],
): CliError {
  const message = said.replaceAll(/\s*\n\s*/g, ': ').trim();
  const hint = helpHint(commands, argv);
  const command = findCommand(commands, argv);
  const words = argv.filter((word) => !word.startsWith('-'));
  const near = /^Did you mean (.+)\?$/.exec(message)?.[1];
  const [first = '', second = ''] = words;
  if (command === undefined && (near !== undefined || message.startsWith('Unknown'))) {
    const group = groups.has(first) ? `${first} ` : '';
    const unknown = `there is no command ${group}${group === '' ? first : second}`;
    return usageError(
      near === undefined ? unknown : `${unknown}: did you mean ${group}${near}?`,
      hint,
    );
  }
  if (command !== undefined && message.startsWith('Not enough non-option arguments')) {
    return usageError(`an argument is missing: ztc ${usageLine(command)}`, hint);
  }
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1];
  if (unknown !== undefined) return usageError(unknownText(unknown, command, argv), hint);
  return usageError(message.charAt(0).toLowerCase() + message.slice(1), hint);
}

/** Which words have no place here, options with their dashes, and what the first may have meant. */
function unknownText(
  unknown: string,
  command: Command | undefined,
  argv: readonly string[],
): string {
  const given = unknown.split(', ');
  const dashed = given.map(
    (word) => argv.find((each) => /^--?[^-]/.test(each) && bare(each) === word) ?? word,
  );
  const shown = dashed.map((word) => (word.startsWith('-') ? word.replace(/=.*/s, '') : word));
  const [first = ''] = given;
  const near =
    command !== undefined && dashed[0] !== first
      ? nearest(first, ['json', 'help', ...Object.keys(command.options)])
      : undefined;
  const meant = near === undefined ? '' : `: did you mean --${near}?`;
  return `unknown argument${given.length > 1 ? 's' : ''}: ${shown.join(', ')}${meant}`;
}

/** `--publisher=acme` as yargs names it. */
function bare(option: string): string {
  return option.replace(/^-+/, '').replace(/=.*/s, '');
}

function helpHint(commands: readonly Command[], argv: readonly string[]): string {
  const command = findCommand(commands, argv);
  const [group = ''] = argv.filter((word) => !word.startsWith('-'));
  if (command === undefined && commands.some(({ name }) => name.startsWith(`${group} `))) {
    return `see: ztc ${group} --help`;
  }
  return command === undefined ? 'see: ztc --help' : `see: ztc ${command.name} --help`;
}

const NOTES = 'Every option is also read from ZTC_<OPTION>. ztc --version prints the version.';

function exitCodesText(): string {
  const lines = [...EXIT_MEANINGS].map(
    ([exit, meaning]) => `  ${String(exit).padEnd(4)} ${meaning}`,
  );
  return `Exit codes:\n${lines.join('\n')}\n\n${NOTES}`;
}

/** Options that several commands share are the same object; this keeps tables readable. */
export function withOptions<const A extends OptionSpecs, const B extends OptionSpecs>(
  a: A,
  b: B,
): A & B {
  return { ...a, ...b };
}
