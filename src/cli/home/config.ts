/**
 * The configuration in effect: flags win over the environment, the environment over `config.toml`,
 * the file over defaults. Anything unknown or malformed is refused, never ignored.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import type { OptionSpec } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import {
  CONFIG_KEY_NAMES,
  type Config,
  type ConfigKey,
  type ConfigValue,
  flagOf,
  specOf,
  variableOf,
} from './config-table.ts';
import { nearest } from './nearest.ts';

/** Where a value comes from, in words: `default`, a file, a flag or a variable. */
export interface ConfigEntry {
  readonly key: ConfigKey;
  readonly value: ConfigValue;
  readonly from: string;
}

type Values = { readonly [K in ConfigKey]?: ConfigValue };
type Environment = { readonly [name: string]: string | undefined };

function configError(message: string, hint?: string): CliError {
  return new CliError('CONFIG', message, { hint, exit: EXIT.USAGE });
}

/** The options of commands that take the configuration's flags. */
export const CONFIG_OPTIONS: { readonly [flag: string]: OptionSpec } = Object.fromEntries(
  CONFIG_KEY_NAMES.map((key) => [flagOf(key), optionOf(key)]),
);

function optionOf(key: ConfigKey): OptionSpec {
  const { doc, default: standard } = specOf(key);
  const describe = `${key}: ${doc.join(' ')} Default: ${JSON.stringify(standard)}`;
  const list = Array.isArray(standard);
  // The environment is read here, not by the parser, so that `config show` can tell them apart.
  return { type: 'string', describe, env: false, ...(list && { array: true }) };
}

/** What the flags of a command say. */
export function configFromFlags(args: { readonly [name: string]: unknown }): Values {
  return Object.fromEntries(
    CONFIG_KEY_NAMES.flatMap((key) => {
      const value = args[flagOf(key)];
      return value === undefined ? [] : [[key, value as ConfigValue]];
    }),
  );
}

/**
 * Reads `config.toml`; a missing file is an empty one.
 *
 * @throws CliError CONFIG
 */
export async function readConfigFile(file: string): Promise<Values> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw configError(`can't read ${file}: ${(error as Error).message}`);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw configError(`${file} is no TOML: ${(error as Error).message}`);
  }
  const values: { [key: string]: ConfigValue } = {};
  for (const [name, value] of flatten(document as object, '')) {
    const key = CONFIG_KEY_NAMES.find((known) => known === name);
    if (key === undefined) {
      const meant = nearest(name, CONFIG_KEY_NAMES);
      throw configError(
        `${file}: there is no key ${name}`,
        meant === undefined ? `known are ${CONFIG_KEY_NAMES.join(', ')}` : `did you mean ${meant}?`,
      );
    }
    values[key] = value as ConfigValue;
  }
  return values;
}

function flatten(table: object, prefix: string): [string, unknown][] {
  return Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isTable =
      typeof value === 'object' &&
      !(value === null || Array.isArray(value) || value instanceof Date);
    return isTable ? flatten(value, path) : [[path, value]];
  });
}

/**
 * All keys with their values and sources, checked.
 *
 * @throws CliError CONFIG
 */
export async function resolveConfig(options: {
  readonly file: string;
  readonly env: Environment;
  readonly flags: Values;
}): Promise<readonly ConfigEntry[]> {
  const { file, env, flags } = options;
  const fromFile = await readConfigFile(file);
  return CONFIG_KEY_NAMES.map((key) => {
    const variable = variableOf(key);
    const fromEnv = env[variable];
    let value: unknown = specOf(key).default;
    let from = 'default';
    if (flags[key] !== undefined) [value, from] = [flags[key], `--${flagOf(key)}`];
    else if (fromEnv !== undefined && fromEnv !== '') {
      [value, from] = [fromText(key, fromEnv), variable];
    } else if (fromFile[key] !== undefined) [value, from] = [fromFile[key], file];
    return { key, value: checkedValue(key, value, from), from };
  });
}

export function configOf(entries: readonly ConfigEntry[]): Config {
  return Object.fromEntries(entries.map(({ key, value }) => [key, value])) as unknown as Config;
}

function fromText(key: ConfigKey, text: string): ConfigValue {
  if (!Array.isArray(specOf(key).default)) return text;
  return text.split(/[\s,]+/).filter((part) => part !== '');
}

function checkedValue(key: ConfigKey, value: unknown, from: string): ConfigValue {
  const spec = specOf(key);
  const list = Array.isArray(spec.default);
  const texts = list ? value : [value];
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    throw configError(`${key} (${from}) must be ${list ? 'a list of texts' : 'a text'}`);
  }
  for (const text of texts) {
    const wrong = spec.wrong(text);
    if (wrong !== undefined) throw configError(`${key} (${from}) is ${text}: ${wrong}`);
  }
  return list ? texts : (texts[0] as string);
}

/** The text of `config.toml`: every key with a comment. */
export function formatConfigFile(values: Values): string {
  const lines = [
    '# The configuration of a ztc node. A flag of `ztc start` wins over the environment, the',
    '# environment over this file. `ztc config show --home DIR` shows what is in effect.',
  ];
  let table = '';
  for (const key of CONFIG_KEY_NAMES) {
    const [head, name] = key.split('.') as [string, string];
    const { doc, default: standard } = specOf(key);
    if (head !== table) lines.push('', `[${head}]`);
    else lines.push('');
    table = head;
    lines.push(...doc.map((line) => `# ${line}`));
    lines.push(`# Flag --${flagOf(key)}, environment ${variableOf(key)}.`);
    lines.push(`${name} = ${toToml(values[key] ?? standard)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Basic strings of TOML are JSON strings. */
function toToml(value: ConfigValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return `[${value.map((text) => JSON.stringify(text)).join(', ')}]`;
}
