/**
 * The counter of a voting key in a file of its own, outside the folder of the log. The file also
 * names itself, by inode and time of birth: a copy is another file, so a home that was copied, or
 * put back from a backup, has no counter that counts.
 */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { fromUtf8 } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import { readIfThere, syncFolder } from '../files.ts';
import type { Counter } from '../ports.ts';

const FILE_MODE = 0o600;
/** Value, inode and time of birth in ms (0 where the file system has none). */
const TEXT_PATTERN = /^([0-9]{1,15}) ([0-9]{1,20}) ([0-9]{1,20})\n$/;

/** Makes the counter of a new key, as 0; one that is there stays. Throws ZtcError COUNTER_IO. */
export async function createCounter(file: string): Promise<void> {
  const present = await readIfThere(file).catch((error: unknown) => {
    throw ioError('read', file, error);
  });
  if (present === undefined) await writeCounter(file, 0);
}

/** Says that the key has signed nothing that matters, whatever is known of it. */
export async function resetCounter(file: string): Promise<void> {
  await writeCounter(file, 0);
}

/** Opens the counter. Throws ZtcError COUNTER_DAMAGED or COUNTER_IO. */
export async function openCounter(file: string): Promise<Counter> {
  let value = await readCounter(file);
  return {
    get value() {
      return value;
    },
    async set(next) {
      await writeCounter(file, next);
      value = next;
    },
  };
}

async function readCounter(file: string): Promise<number | undefined> {
  const bytes = await readIfThere(file).catch((error: unknown) => {
    throw ioError('read', file, error);
  });
  if (bytes === undefined) return undefined;
  const [, value, ...self] = TEXT_PATTERN.exec(fromUtf8(bytes) ?? '') ?? [];
  if (value !== undefined) return (await isItself(file, self)) ? Number(value) : undefined;
  throw new ZtcError('COUNTER_DAMAGED', `${file} does not hold a counter`, {
    hint:
      `Check the disk, then remove ${file}: the node votes again once the others have told where ` +
      'they stand.',
  });
}

async function isItself(file: string, [inode, born]: readonly string[]): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const own = await identityOf(handle);
    return own.inode === inode && own.born === born;
  } finally {
    await handle.close();
  }
}

async function identityOf(handle: { stat(options: { bigint: true }): Promise<FileIdentity> }) {
  const { ino, birthtimeMs } = await handle.stat({ bigint: true });
  return { inode: String(ino), born: String(birthtimeMs) };
}

interface FileIdentity {
  readonly ino: bigint;
  readonly birthtimeMs: bigint;
}

/** After a crash at any point the old or the new value is there. */
async function writeCounter(file: string, value: number): Promise<void> {
  try {
    const handle = await open(`${file}.new`, 'w', FILE_MODE);
    try {
      const { inode, born } = await identityOf(handle);
      await handle.writeFile(`${value} ${inode} ${born}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    throw ioError('write', file, error);
  }
}

function ioError(doing: string, file: string, cause: unknown): ZtcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ZtcError('COUNTER_IO', `cannot ${doing} ${file}: ${why}`, {
    hint: 'Check free space and permissions of the home, then start the node again.',
    cause,
  });
}
