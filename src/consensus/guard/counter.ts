/**
 * The counter of a voting key in a file of its own, outside the folder of the log. The file also
 * names itself, by inode and time of birth: a copy is another file, so a home that was copied, or
 * put back from a backup, has no counter that counts.
 */
import path from 'node:path';
import { fromUtf8, utf8 } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import { type Files, systemFiles } from '../files.ts';
import type { Counter } from '../ports.ts';

/** Value, inode and time of birth in ms (0 where the file system has none). */
const TEXT_PATTERN = /^([0-9]{1,15}) ([0-9]{1,20}) ([0-9]{1,20})\n$/;

/** Makes the counter of a new key, as 0; one that is there stays. Throws ZtcError COUNTER_IO. */
export async function createCounter(file: string, files: Files = systemFiles): Promise<void> {
  const present = await files.read(file).catch((error: unknown) => {
    throw ioError('read', file, error);
  });
  if (present === undefined) await writeCounter(file, 0, files);
}

/** Says that the key has signed nothing that matters, whatever is known of it. */
export async function resetCounter(file: string, files: Files = systemFiles): Promise<void> {
  await writeCounter(file, 0, files);
}

/** Opens the counter. Throws ZtcError COUNTER_DAMAGED or COUNTER_IO. */
export async function openCounter(file: string, files: Files = systemFiles): Promise<Counter> {
  let value = await readCounter(file, files);
  return {
    get value() {
      return value;
    },
    async set(next) {
      await writeCounter(file, next, files);
      value = next;
    },
  };
}

async function readCounter(file: string, files: Files): Promise<number | undefined> {
  const bytes = await files.read(file).catch((error: unknown) => {
    throw ioError('read', file, error);
  });
  if (bytes === undefined) return undefined;
  const [, value, ...self] = TEXT_PATTERN.exec(fromUtf8(bytes) ?? '') ?? [];
  if (value !== undefined) return (await isItself(file, self, files)) ? Number(value) : undefined;
  throw new ZtcError('COUNTER_DAMAGED', `${file} does not hold a counter`, {
    hint:
      `Check the disk, then remove ${file}: the node votes again once the others have told where ` +
      'they stand.',
  });
}

async function isItself(
  file: string,
  [inode, born]: readonly string[],
  files: Files,
): Promise<boolean> {
  const open = await files.open(file, 'existing');
  try {
    const own = await open.identity();
    return own.inode === inode && own.born === born;
  } finally {
    await open.close();
  }
}

/** After a crash at any point the old or the new value is there. */
async function writeCounter(file: string, value: number, files: Files): Promise<void> {
  try {
    const open = await files.open(`${file}.new`, 'new');
    try {
      const { inode, born } = await open.identity();
      await open.write(utf8(`${value} ${inode} ${born}\n`), 0);
      await open.sync();
    } finally {
      await open.close();
    }
    await files.rename(`${file}.new`, file);
    await files.syncFolder(path.dirname(file));
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
