/** The counter in a file of its own, outside the folder of the log. */
import path from 'node:path';
import { fromUtf8, utf8 } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import { type Files, systemFiles } from '../files.ts';
import type { Counter } from '../ports.ts';

const TEXT_PATTERN = /^[0-9]{1,15}\n$/;

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

async function readCounter(file: string, files: Files): Promise<number> {
  const bytes = await files.read(file).catch((error: unknown) => {
    throw ioError('read', file, error);
  });
  if (bytes === undefined) return 0;
  const text = fromUtf8(bytes) ?? '';
  if (TEXT_PATTERN.test(text)) return Number(text);
  throw new ZtcError('COUNTER_DAMAGED', `${file} does not hold a number`, {
    hint: 'Check the disk. Put the file back from the newest backup of this very node.',
  });
}

/** After a crash at any point the old or the new value is there. */
async function writeCounter(file: string, value: number, files: Files): Promise<void> {
  try {
    const open = await files.open(`${file}.new`, 'new');
    try {
      await open.write(utf8(`${value}\n`), 0);
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
