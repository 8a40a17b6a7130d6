/**
 * A folder as one asset: all files below it, but what its `.ztcignore` leaves out (in the syntax of
 * gitignore). The ignore file itself is in the list, so that nobody hides a file by changing it.
 */
import { constants } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { assetToText } from '../../ledger/primitives.ts';
import { hashBytes, hashFile, type Watching } from './file.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

export const IGNORE_FILE = '.ztcignore';
/** A manifest line takes a few hundred bytes: more files than this are no release. */
const FILES_MAX = 1_000_000;

export async function directoryManifest(dir: string, watching: Watching): Promise<Manifest> {
  const ignored = await ignoreRules(dir);
  const entries: ManifestEntry[] = [];
  for await (const entry of walk(dir, '', ignored, watching)) {
    entries.push(entry);
    if (entries.length > FILES_MAX) throw new Error(`it has more than ${FILES_MAX} files`);
  }
  return { schema: 'ztc.directory/v1', about: {}, entries };
}

async function ignoreRules(dir: string): Promise<Ignore> {
  const rules = ignore();
  try {
    rules.add(await readFile(path.join(dir, IGNORE_FILE), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return rules;
}

async function* walk(
  root: string,
  below: string,
  ignored: Ignore,
  watching: Watching,
): AsyncGenerator<ManifestEntry> {
  const found = await readdir(path.join(root, below), { withFileTypes: true });
  for (const item of found) {
    const relative = below === '' ? item.name : `${below}/${item.name}`;
    const isFolder = item.isDirectory();
    const isRules = relative === IGNORE_FILE;
    if (!isRules && ignored.ignores(isFolder ? `${relative}/` : relative)) continue;
    const file = path.join(root, relative);
    if (isFolder) {
      yield* walk(root, relative, ignored, watching);
    } else if (item.isSymbolicLink()) {
      const target = Buffer.from(await readlink(file), 'utf8');
      const digest = assetToText(hashBytes(target));
      yield { path: relative, type: 'link', size: target.length, digest };
    } else if (item.isFile()) {
      const { asset, size } = await hashFile(file, watching);
      const isExecutable = ((await stat(file)).mode & constants.S_IXUSR) !== 0;
      const type = isExecutable ? 'executable' : 'file';
      yield { path: relative, type, size, digest: assetToText(asset) };
    } else {
      throw new Error(`${relative} is neither file, folder nor link`);
    }
  }
}
