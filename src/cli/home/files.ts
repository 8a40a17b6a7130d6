/** Files of homes and ceremonies: read whole, written once, synced. */
import { open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { CliError, readProblem } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

const PUBLIC_FILE = 0o644;
/** Of files and folders that hold secrets, or what somebody asked about. */
export const OWNER_ONLY = 0o600;
export const OWNER_ONLY_DIR = 0o700;
/** A genesis with all that it may hold stays below this; more is something else. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

/** @throws CliError INPUT_UNREADABLE */
export async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > TEXT_BYTES_MAX) throw new Error('it is too large');
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = `can't read ${file}: ${readProblem(error)}`;
    throw new CliError('INPUT_UNREADABLE', message, { cause: error });
  }
}

/** The text of a file, or undefined where there is none. */
export async function readTextIfAny(file: string): Promise<string | undefined> {
  try {
    await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  return readText(file);
}

/**
 * Writes a new file atomically; one that is there already with other content stays as it is.
 *
 * @throws CliError FILE_EXISTS, FILE_WRITE
 */
export async function writeNewFile(file: string, text: string, mode = PUBLIC_FILE): Promise<void> {
  const present = await readTextIfAny(file);
  if (present === text) return;
  if (present !== undefined) {
    throw new CliError('FILE_EXISTS', `${file} exists already, with other content`, {
      hint: 'name another file with -o, or move the old one away first',
      exit: EXIT.USAGE,
    });
  }
  await replaceFile(file, text, mode);
}

/** Writes a file so that after a crash either the old or the whole new one is there. */
export async function replaceFile(file: string, text: string, mode = PUBLIC_FILE): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    const { message } = error as Error;
    throw new CliError('FILE_WRITE', `can't write ${file}: ${message}`, { cause: error });
  }
}

/** Makes a rename durable; Windows can't open folders, and needs no such thing. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
