/**
 * The write-ahead log in one file. An append is one write and one fdatasync; a reset writes a new
 * file, syncs it, renames it over the old one and syncs the folder. After any failure nothing is
 * accepted any more: what reached the disk is unknown until the file is read again.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ZtcError } from '../../common/errors.ts';
import { readIfThere, syncFolder } from '../files.ts';
import type { Wal } from '../ports.ts';
import { fileHeader, frame, SALT_BYTES, type Scan, scanFile } from './framing.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What a log is to its operator, in the words of its errors. */
export interface LogWords {
  readonly name: string;
  /** What is at stake where it is damaged: a sentence. */
  readonly meaning: string;
  /** What the node does without it. */
  readonly without: string;
}

const CONSENSUS_LOG: LogWords = {
  name: 'consensus log',
  meaning: 'Votes that this node gave may be unreadable, so it must not vote on.',
  without: 'the node follows the chain without voting until its guard is trusted again',
};

/**
 * Opens or creates the log. Throws ZtcError WAL_DAMAGED where something that was synced can't be
 * read any more, WAL_IO where the disk refuses.
 */
export async function openWal(file: string, about: LogWords = CONSENSUS_LOG): Promise<Wal> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
    await rm(`${file}.new`, { force: true });
    const bytes = await readIfThere(file);
    if (bytes === undefined) {
      const created = await writeFile(file, []);
      return new FileWal(file, about, created.handle, created.scan);
    }
    const scanned = scanFile(bytes);
    if (!scanned.ok) throw damaged(file, about, scanned.message);
    const handle = await open(file, 'r+');
    if (scanned.value.end < bytes.length) {
      await handle.truncate(scanned.value.end);
      await handle.sync();
    }
    return new FileWal(file, about, handle, scanned.value);
  } catch (error) {
    throw error instanceof ZtcError ? error : ioError('open', file, about, error);
  }
}

function damaged(file: string, { name, meaning, without }: LogWords, what: string): ZtcError {
  return new ZtcError('WAL_DAMAGED', `the ${name} ${file} is damaged: ${what}`, {
    hint:
      `${meaning} Check the disk, then move the file away (mv '${file}' '${file}.damaged') and ` +
      `start again: ${without}.`,
  });
}

function ioError(doing: string, file: string, { name }: LogWords, cause: unknown): ZtcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ZtcError('WAL_IO', `cannot ${doing} the ${name} ${file}: ${why}`, {
    hint: 'Check free space and permissions of the data folder, then start the node again.',
    cause,
  });
}

/** Puts a log of these records in the place of `file`, all or nothing. */
async function writeFile(
  file: string,
  records: readonly Uint8Array[],
): Promise<{ handle: FileHandle; scan: Scan }> {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const handle = await open(`${file}.new`, 'w+', FILE_MODE);
  try {
    let end = await writeAt(handle, fileHeader(salt), 0);
    for (const record of records) end = await writeAt(handle, frame(salt, end, [record]), end);
    await handle.sync();
    await rename(`${file}.new`, file);
    await syncFolder(path.dirname(file));
    return { handle, scan: { salt, records, end } };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Returns the position behind what was written. */
async function writeAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, undefined, at + written);
    written += bytesWritten;
  }
  return at + written;
}

class FileWal implements Wal {
  readonly #file: string;
  readonly #about: LogWords;
  #handle: FileHandle;
  #scan: Scan;
  #end: number;
  #failed = false;

  constructor(file: string, about: LogWords, handle: FileHandle, scan: Scan) {
    this.#file = file;
    this.#about = about;
    this.#handle = handle;
    this.#scan = scan;
    this.#end = scan.end;
  }

  records(): readonly Uint8Array[] {
    return this.#scan.records;
  }

  async append(records: readonly Uint8Array[]): Promise<void> {
    await this.#guarded('append to', async () => {
      const bytes = frame(this.#scan.salt, this.#end, records);
      this.#end = await writeAt(this.#handle, bytes, this.#end);
      await this.#handle.datasync();
    });
  }

  async reset(records: readonly Uint8Array[]): Promise<void> {
    await this.#guarded('replace', async () => {
      const { handle, scan } = await writeFile(this.#file, records);
      await this.#handle.close();
      this.#handle = handle;
      this.#scan = { ...scan, records: [] };
      this.#end = scan.end;
    });
  }

  async close(): Promise<void> {
    this.#failed = true;
    await this.#handle.close();
  }

  async #guarded(doing: string, act: () => Promise<void>): Promise<void> {
    const fail = (cause: unknown): ZtcError => ioError(doing, this.#file, this.#about, cause);
    if (this.#failed) throw fail(new Error('closed, or failed before'));
    try {
      await act();
    } catch (error) {
      this.#failed = true;
      throw fail(error);
    }
  }
}
