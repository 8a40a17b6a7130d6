/**
 * What commands over files work on: paths, `-` for standard input, and digests. Files of any size
 * are streamed; nothing but base name and size leaves this file beside the digest.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { assetFromText, assetOf } from '../ledger/primitives.ts';
import type { OptionSpecs, PositionalSpecs } from './command.ts';
import { CliError, usageError } from './errors.ts';
import type { Io } from './output.ts';

export const INPUT_POSITIONALS = {
  paths: { describe: 'files; - is standard input', type: 'string', array: true },
} as const satisfies PositionalSpecs;

export const INPUT_OPTIONS = {
  hash: {
    type: 'string',
    array: true,
    env: false,
    describe: 'a SHA-256 digest instead of a file: sha256:HEX or HEX',
    value: 'DIGEST',
  },
} as const satisfies OptionSpecs;

/** Standard input. */
export const STDIN = '-';

/** One thing asked for, as given. */
export type Input =
  | { readonly kind: 'path' | 'stdin'; readonly input: string }
  | { readonly kind: 'digest'; readonly input: string; readonly asset: Uint8Array };

/** What an input is to the ledger. */
export interface Hashed {
  readonly asset: Uint8Array;
  /** Base name; empty where there is none. */
  readonly name: string;
  /** In bytes; null for a digest. */
  readonly size: number | null;
}

/** Files are read in pieces of at most this size, above which hashing gets no faster. */
const READ_BYTES_MAX = 1024 * 1024;
/** Small files take small buffers: a thousand of them at a MiB each only feed the collector. */
const READ_BYTES_MIN = 16 * 1024;

/** The inputs of a command line: paths, then digests, in the order given. @throws CliError USAGE */
export function parseInputs(
  paths: readonly string[] | undefined,
  hashes: readonly string[] | undefined,
): readonly Input[] {
  const inputs: Input[] = (paths ?? []).map((input) => ({
    kind: input === STDIN ? 'stdin' : 'path',
    input,
  }));
  for (const input of hashes ?? []) {
    const asset = assetFromText(input);
    if (asset === undefined) {
      throw usageError(`--hash ${input} is no SHA-256 digest: sha256: and 64 hexadecimal digits`);
    }
    inputs.push({ kind: 'digest', input, asset });
  }
  if (inputs.length === 0) {
    throw usageError('nothing to work on: give a PATH, - for standard input, or --hash DIGEST');
  }
  if (inputs.filter(({ kind }) => kind === 'stdin').length > 1) {
    throw usageError('- (standard input) can be read only once');
  }
  if (inputs.some(({ input }) => input === '')) throw usageError('a PATH is empty');
  return inputs;
}

/** Hashes an input to its end. @throws CliError INPUT_UNREADABLE */
export async function hashInput(input: Input, io: Io): Promise<Hashed> {
  if (input.kind === 'digest') return { asset: input.asset, name: '', size: null };
  try {
    if (input.kind === 'stdin') return { name: '', ...(await digest(io.stdin())) };
    const info = await stat(input.input);
    if (info.isDirectory()) throw new Error('it is a folder');
    const highWaterMark = Math.min(Math.max(info.size, READ_BYTES_MIN), READ_BYTES_MAX);
    const options = { highWaterMark, signal: io.signal };
    const stream = createReadStream(input.input, options);
    return { name: path.basename(input.input), ...(await digest(stream)) };
  } catch (error) {
    if (io.signal.aborted) throw new CliError('INTERRUPTED', 'interrupted', { cause: error });
    const reason = (error as Error).message;
    throw new CliError('INPUT_UNREADABLE', `can't read ${input.input}: ${reason}`, {
      cause: error,
    });
  }
}

async function digest(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly asset: Uint8Array; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { asset: assetOf(new Uint8Array(hash.digest())), size };
}
