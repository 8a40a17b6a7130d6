/**
 * `git:FOLDER[@REVISION]`: a commit as one asset. Git names its objects by SHA-1, for which two
 * contents of one name can be made; so every file of the commit is hashed here with SHA-256.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { assetToText } from '../../ledger/primitives.ts';
import { hashBytes } from './file.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

/** The newest commit of what is checked out. */
const HEAD = 'HEAD';
/** Git holds each blob in memory, too. */
const BLOB_BYTES_MAX = 1024 * 1024 * 1024;

const TYPES: Readonly<Record<string, ManifestEntry['type']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'link',
  '160000': 'module',
};

export interface Commit {
  readonly manifest: Manifest;
  readonly commit: string;
  readonly tree: string;
}

export async function gitCommit(reference: string, signal: AbortSignal): Promise<Commit> {
  const [, folder = '', revision = HEAD] = /^(.*?)(?:@([^@]*))?$/s.exec(reference) ?? [];
  const dir = folder === '' ? '.' : folder;
  const ask = async (...words: string[]): Promise<Buffer> => await git(dir, words, signal);
  const named = ['rev-parse', '--verify', '--end-of-options'];
  const commit = `${await ask(...named, `${revision}^{commit}`)}`.trim();
  const tree = `${await ask(...named, `${commit}^{tree}`)}`.trim();
  const listed = `${await ask('ls-tree', '-r', '-z', '--full-tree', commit)}`;
  const files = listed.split('\0').filter((line) => line !== '');
  const entries = await readBlobs(dir, files.map(readLine), signal);
  return { manifest: { schema: 'ztc.git/v1', about: { commit, tree }, entries }, commit, tree };
}

interface TreeLine {
  readonly type: ManifestEntry['type'];
  readonly object: string;
  readonly path: string;
}

function readLine(line: string): TreeLine {
  const [, mode = '', object = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
  const type = TYPES[mode];
  if (type === undefined) throw new Error(`git knows a kind of entry that we don't: ${line}`);
  return { type, object, path };
}

/** All blobs through one process, in order. */
async function readBlobs(
  dir: string,
  lines: readonly TreeLine[],
  signal: AbortSignal,
): Promise<ManifestEntry[]> {
  const child = start(dir, ['cat-file', '--batch'], signal);
  const reader = new Reader(child.stdout);
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.stdin.on('error', () => undefined);
  const entries: ManifestEntry[] = [];
  try {
    for (const { type, object, path } of lines) {
      if (type === 'module') {
        entries.push({ path, type, size: null, digest: object });
        continue;
      }
      child.stdin.write(`${object}\n`);
      const head = await reader.line();
      const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(head)?.[1] ?? Number.NaN);
      if (!(size <= BLOB_BYTES_MAX)) throw new Error(`git gives no file ${path}: ${head}`);
      const bytes = await reader.take(size);
      await reader.take(1);
      entries.push({ path, type, size, digest: assetToText(hashBytes(bytes)) });
    }
  } finally {
    child.stdin.end();
    child.stdout.destroy();
    await ended;
  }
  return entries;
}

/** Lines and pieces of known size from a stream. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    let end = this.#held.indexOf('\n');
    while (end < 0) {
      await this.#more();
      end = this.#held.indexOf('\n');
    }
    return (await this.take(end + 1)).toString('utf8', 0, end);
  }

  async take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [this.#held];
    for (let length = this.#held.length; length < size; ) {
      const chunk = await this.#next();
      parts.push(chunk);
      length += chunk.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts);
    this.#held = all.subarray(size);
    return all.subarray(0, size);
  }

  async #more(): Promise<void> {
    this.#held = Buffer.concat([this.#held, await this.#next()]);
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done === true) throw new Error('git ended early');
    return value;
  }
}

/** Objects as they are: no replacements, and no prompts. */
function start(dir: string, words: readonly string[], signal: AbortSignal) {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' };
  const child = spawn('git', ['--no-replace-objects', '-C', dir, ...words], { env, signal });
  // A failed start is told by `close` and by streams that end.
  child.on('error', () => undefined);
  return child;
}

async function git(dir: string, words: readonly string[], signal: AbortSignal): Promise<Buffer> {
  const child = start(dir, words, signal);
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === 0) return Buffer.concat(out);
  const said = Buffer.concat(err).toString('utf8').trim().split('\n')[0] ?? '';
  throw new Error(said === '' ? 'git could not be run' : said);
}
