/**
 * What commands over files work on: paths, `-` for standard input, folders, commits, images and
 * digests. Files of any size
 * are streamed; nothing but base name and size leaves this file beside the digest.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Attributes } from '../ledger/operations.ts';
import { assetFromText } from '../ledger/primitives.ts';
import type { OptionSpecs, PositionalSpecs } from './command.ts';
import { CliError, readProblem, usageError } from './errors.ts';
import { directoryManifest } from './hashing/directory.ts';
import { hashChunks, hashFile, type Watching } from './hashing/file.ts';
import { gitCommit } from './hashing/git.ts';
import { containerImage } from './hashing/image.ts';
import { formatManifest, type Manifest, manifestAsset } from './hashing/manifest.ts';
import { recognise } from './hashing/recognise.ts';
import { type Io, printable } from './output.ts';
import { createProgress } from './progress.ts';

export const INPUT_POSITIONALS = {
  paths: {
    describe: 'files; - is standard input, git:FOLDER[@REV] a commit, docker:WHAT an image',
    type: 'string',
    array: true,
  },
} as const satisfies PositionalSpecs;

export const INPUT_OPTIONS = {
  hash: {
    type: 'string',
    array: true,
    env: false,
    describe: 'a SHA-256 digest instead of a file: sha256:HEX or HEX',
    value: 'DIGEST',
  },
  recursive: {
    alias: 'r',
    type: 'boolean',
    env: false,
    describe: 'take a folder with all in it, but what its .ztcignore leaves out',
  },
} as const satisfies OptionSpecs;

/** Standard input. */
export const STDIN = '-';

/** One thing asked for, as given. */
export type Input =
  | { readonly kind: 'path' | 'stdin'; readonly input: string }
  | { readonly kind: 'git' | 'image'; readonly input: string; readonly reference: string }
  | { readonly kind: 'digest'; readonly input: string; readonly asset: Uint8Array };

/** What an input is to the ledger. */
export interface Hashed {
  readonly asset: Uint8Array;
  /** Base name; empty where there is none. */
  readonly name: string;
  /** In bytes; null for a digest, and for what is made of many files. */
  readonly size: number | null;
  /** What it is, where that shows. */
  readonly kind?: string;
  readonly version?: string;
  readonly attributes?: Attributes;
  /** Of a folder or commit: what its digest stands for. */
  readonly manifest?: Manifest;
}

export interface HashOptions {
  /** Folders are taken with all in them. */
  readonly recursive?: boolean | undefined;
  /** Looks what a file is: packages and bills of materials say so. */
  readonly recognised?: boolean;
  /** Shows progress. */
  readonly shown?: boolean;
}

/** What a word begins with that is no path. */
const GIT = 'git:';
const IMAGE = 'docker:';

/** The inputs of a command line: paths, then digests, in the order given. @throws CliError USAGE */
export function parseInputs(
  paths: readonly string[] | undefined,
  hashes: readonly string[] | undefined,
): readonly Input[] {
  const inputs: Input[] = (paths ?? []).map(inputOf);
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

function inputOf(input: string): Input {
  for (const [prefix, kind] of [
    [GIT, 'git'],
    [IMAGE, 'image'],
  ] as const) {
    if (input.startsWith(prefix)) return { kind, input, reference: input.slice(prefix.length) };
  }
  return { kind: input === STDIN ? 'stdin' : 'path', input };
}

/**
 * Hashes an input to its end. `shown`: progress is drawn on a terminal; of one input at a time.
 *
 * @throws CliError INPUT_UNREADABLE
 */
export async function hashInput(input: Input, io: Io, options: HashOptions = {}): Promise<Hashed> {
  if (input.kind === 'digest') return { asset: input.asset, name: '', size: null };
  const progress = createProgress(io, `hashing ${printable(input.input)}`, 'bytes');
  const onProgress = options.shown ? progress.at : undefined;
  const watching = { signal: io.signal, ...(onProgress && { onProgress }) };
  try {
    switch (input.kind) {
      case 'stdin':
        return { name: '', ...(await hashChunks(io.stdin())) };
      case 'git':
        return await hashCommit(input.reference, io);
      case 'image': {
        const { asset, id } = await containerImage(input.reference, io.signal);
        const attributes = [{ key: 'image', value: id }];
        const name = path.basename(input.reference);
        return { asset, name, size: null, kind: 'container-image', attributes };
      }
      case 'path':
        return await hashPath(input.input, options, watching);
    }
  } catch (error) {
    if (io.signal.aborted) throw new CliError('INTERRUPTED', 'interrupted', { cause: error });
    // The input itself is named by whoever tells of it.
    throw new CliError('INPUT_UNREADABLE', `can't be read: ${readProblem(error)}`, {
      cause: error,
    });
  } finally {
    progress.end();
  }
}

async function hashPath(
  file: string,
  { recursive, recognised }: HashOptions,
  watching: Watching,
): Promise<Hashed> {
  const name = path.basename(path.resolve(file));
  if ((await stat(file)).isDirectory()) {
    if (recursive !== true) throw new Error('it is a folder (with all in it: --recursive)');
    const manifest = await directoryManifest(file, watching);
    return { name, size: null, kind: 'directory', ...listed(manifest) };
  }
  const digested = await hashFile(file, watching);
  if (recognised !== true) return { name, ...digested };
  return { name, ...digested, ...(await recognise(file, watching.signal)) };
}

async function hashCommit(reference: string, io: Io): Promise<Hashed> {
  const { manifest, commit, tree } = await gitCommit(reference, io.signal);
  const [folder = ''] = reference.split('@');
  const attributes = [
    { key: 'commit', value: commit },
    { key: 'tree', value: tree },
  ];
  const name = path.basename(path.resolve(folder));
  return { name, size: null, kind: 'git-commit', attributes, ...listed(manifest) };
}

function listed(manifest: Manifest): { readonly asset: Uint8Array; readonly manifest: Manifest } {
  return { asset: manifestAsset(formatManifest(manifest)), manifest };
}
