/**
 * The devnet's folder: `devnet.json`, which says that the folder is one, the homes of the nodes,
 * the signed genesis, a publisher's key, a trust file and a sample. A folder without that file is
 * never touched.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { CliError, usageError } from '../src/cli/errors.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { readTextIfAny, replaceFile } from '../src/cli/home/files.ts';
import type { DevnetOptions } from './options.ts';

const MARKER_SCHEMA = 'ztc.devnet/v1';

/** What the next start has to know. */
export interface Marker {
  readonly schema: typeof MARKER_SCHEMA;
  readonly members: number;
  readonly basePort: number;
}

export interface Folder {
  readonly dir: string;
  readonly marker: string;
  /** Process id of the devnet that runs here. */
  readonly pid: string;
  readonly genesis: string;
  readonly trust: string;
  readonly publisherKey: string;
  /** Of a publisher, by its id. */
  keyOf(publisher: string): string;
  readonly sample: string;
  home(name: string): string;
  log(name: string): string;
}

export function folderAt(dir: string): Folder {
  const keyOf = (publisher: string): string => path.join(dir, 'publishers', `${publisher}.key`);
  return {
    dir,
    marker: path.join(dir, 'devnet.json'),
    pid: path.join(dir, 'devnet.pid'),
    genesis: path.join(dir, 'genesis.json'),
    trust: path.join(dir, 'trust.json'),
    publisherKey: keyOf('acme'),
    keyOf,
    sample: path.join(dir, 'hello.txt'),
    home: (name) => path.join(dir, 'nodes', name),
    log: (name) => path.join(dir, 'nodes', name, 'node.log'),
  };
}

/** The marker of a devnet that is there and is to go on, or undefined for a new one. */
export async function openFolder(
  folder: Folder,
  { keep, members }: DevnetOptions,
): Promise<Marker | undefined> {
  const text = await readTextIfAny(folder.marker);
  if (text === undefined) {
    const present = await readdir(folder.dir).catch(() => []);
    if (present.length === 0) return undefined;
    throw usageError(
      `${folder.dir} is not empty and no devnet: it has no devnet.json`,
      'name another folder with --dir, or empty this one',
    );
  }
  refuseIfRunning(folder);
  const marker = parseMarker(text);
  if (marker === undefined) {
    throw usageError(`${folder.marker} is not readable`, `remove ${folder.dir} to start anew`);
  }
  if (!keep) return undefined;
  if (members !== undefined && members !== marker.members) {
    throw usageError(
      `the chain in ${folder.dir} has ${marker.members} members, not ${members}`,
      'leave --members out, or name another folder with --dir',
    );
  }
  return marker;
}

function parseMarker(text: string): Marker | undefined {
  try {
    const marker = JSON.parse(text) as Marker;
    const fits = marker.schema === MARKER_SCHEMA && Number.isInteger(marker.members);
    return fits && Number.isInteger(marker.basePort) ? marker : undefined;
  } catch {
    return undefined;
  }
}

function refuseIfRunning(folder: Folder): void {
  const pid = runningPid(folder.pid);
  if (pid === undefined) return;
  throw new CliError('DEVNET_RUNNING', `a devnet runs in ${folder.dir} already (process ${pid})`, {
    hint: `stop it, or start another one: npm run devnet -- --dir D --base-port P`,
    exit: EXIT.USAGE,
  });
}

/** The process that the pid file names, unless it is gone or something else by now. */
function runningPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
    const commandLine = process.platform === 'linux' ? `/proc/${pid}/cmdline` : undefined;
    const isDevnet =
      commandLine === undefined || readFileSync(commandLine, 'utf8').includes('devnet');
    return isDevnet ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Empties a devnet's folder (`openFolder` has said that it is one, or nothing) and marks it. */
export async function newFolder(folder: Folder, members: number, basePort: number): Promise<void> {
  await rm(folder.dir, { recursive: true, force: true });
  await mkdir(path.dirname(folder.publisherKey), { recursive: true });
  await writeMarker(folder, members, basePort);
}

export async function writeMarker(
  { marker: file }: Folder,
  members: number,
  basePort: number,
): Promise<void> {
  const marker: Marker = { schema: MARKER_SCHEMA, members, basePort };
  await replaceFile(file, `${JSON.stringify(marker)}\n`);
}
