/**
 * The write-ahead log in one file. An append is one write and one fdatasync; a reset writes a new
 * file, syncs it, renames it over the old one and syncs the folder. After any failure nothing is
 * accepted any more: what reached the disk is unknown until the file is read again.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { ZtcError } from '../../common/errors.ts';
import { type Files, type OpenFile, systemFiles } from '../files.ts';
import type { Wal } from '../ports.ts';
import { fileHeader, frame, SALT_BYTES, type Scan, scanFile } from './framing.ts';

/** What the log takes from the machine; the simulator has its own. */
export interface WalMachine {
  readonly files: Files;
  /** Of `SALT_BYTES`, different for every log. */
  salt(): Uint8Array;
}

const SYSTEM: WalMachine = {
  files: systemFiles,
  salt: () => new Uint8Array(randomBytes(SALT_BYTES)),
};

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
export async function openWal(
  file: string,
  about: LogWords = CONSENSUS_LOG,
  machine: WalMachine = SYSTEM,
): Promise<Wal> {
  const { files } = machine;
  try {
    await files.makeFolder(path.dirname(file));
    await files.remove(`${file}.new`);
    const bytes = await files.read(file);
    if (bytes === undefined) {
      const { open, scan } = await writeLog(file, [], machine);
      return new FileWal({ file, about, machine, open, scan });
    }
    const scanned = scanFile(bytes);
    if (!scanned.ok) throw damaged(file, about, scanned.message);
    const { last, end, records } = scanned.value;
    if (end < bytes.length) {
      // What is torn would come back if cutting it off got lost: only a new file has none of it.
      const { open, scan } = await writeLog(file, records, machine);
      return new FileWal({ file, about, machine, open, scan });
    }
    const open = await files.open(file, 'existing');
    // What is read may not be on the disk: after a kill it needs a sync, and after a failed sync
    // some systems take it for clean and never write it, unless it is written again.
    await open.write(bytes.subarray(last, end), last);
    await open.sync();
    await files.syncFolder(path.dirname(file));
    return new FileWal({ file, about, machine, open, scan: scanned.value });
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
async function writeLog(
  file: string,
  records: readonly Uint8Array[],
  { files, salt: newSalt }: WalMachine,
): Promise<{ open: OpenFile; scan: Scan }> {
  const salt = newSalt();
  const open = await files.open(`${file}.new`, 'new');
  try {
    const header = fileHeader(salt);
    await open.write(header, 0);
    let end = header.length;
    for (const record of records) {
      const bytes = frame(salt, end, [record]);
      await open.write(bytes, end);
      end += bytes.length;
    }
    await open.sync();
    await files.rename(`${file}.new`, file);
    await files.syncFolder(path.dirname(file));
    return { open, scan: { salt, records, last: end, end } };
  } catch (error) {
    await open.close();
    throw error;
  }
}

interface Opened {
  readonly file: string;
  readonly about: LogWords;
  readonly machine: WalMachine;
  readonly open: OpenFile;
  readonly scan: Scan;
}

class FileWal implements Wal {
  readonly #opened: Opened;
  #open: OpenFile;
  #scan: Scan;
  #end: number;
  #failed = false;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#open = opened.open;
    this.#scan = opened.scan;
    this.#end = opened.scan.end;
  }

  records(): readonly Uint8Array[] {
    return this.#scan.records;
  }

  async append(records: readonly Uint8Array[]): Promise<void> {
    await this.#guarded('append to', async () => {
      const bytes = frame(this.#scan.salt, this.#end, records);
      await this.#open.write(bytes, this.#end);
      await this.#open.sync();
      this.#end += bytes.length;
    });
  }

  async reset(records: readonly Uint8Array[]): Promise<void> {
    await this.#guarded('replace', async () => {
      const { file, machine } = this.#opened;
      const { open, scan } = await writeLog(file, records, machine);
      await this.#open.close();
      this.#open = open;
      this.#scan = { ...scan, records: [] };
      this.#end = scan.end;
    });
  }

  async close(): Promise<void> {
    this.#failed = true;
    await this.#open.close();
  }

  async #guarded(doing: string, act: () => Promise<void>): Promise<void> {
    const { file, about } = this.#opened;
    if (this.#failed) throw ioError(doing, file, about, new Error('closed, or failed before'));
    try {
      await act();
    } catch (error) {
      this.#failed = true;
      throw ioError(doing, file, about, error);
    }
  }
}
