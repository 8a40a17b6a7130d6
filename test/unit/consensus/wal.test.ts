import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ZtcError } from '../../../src/common/errors.ts';
import { openWal } from '../../../src/consensus/wal/wal.ts';

let folder = '';
let files = 0;
const nextFile = (): string => path.join(folder, `wal-${files++}`);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ztc-wal-'));
});
after(() => rm(folder, { recursive: true }));

/** Appends each batch by itself and returns the file's size after each. */
async function written(file: string, batches: readonly Uint8Array[][]): Promise<number[]> {
  const wal = await openWal(file);
  const sizes = [(await readFile(file)).length];
  for (const batch of batches) {
    await wal.append(batch);
    sizes.push((await readFile(file)).length);
  }
  await wal.close();
  return sizes;
}

async function reread(file: string): Promise<Uint8Array[]> {
  const wal = await openWal(file);
  await wal.close();
  return wal.records().map((record) => new Uint8Array(record));
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
/** No record is zeros alone, as none of ours is: each starts with a kind. */
const record = fc
  .uint8Array({ minLength: 1, maxLength: 700 })
  .map((content) => Uint8Array.of(1, ...content));
const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
});

describe('the log file', () => {
  it('gives back what was appended, across openings', async () => {
    const file = nextFile();
    await written(file, [[bytes(1), bytes(2, 3)], [bytes(4)]]);
    await written(file, [[bytes(5)]]);
    assert.deepEqual(await reread(file), [bytes(1), bytes(2, 3), bytes(4), bytes(5)]);
  });

  it('is replaced as a whole by a reset', async () => {
    const file = nextFile();
    const wal = await openWal(file);
    await wal.append([bytes(1), bytes(2)]);
    await wal.reset([bytes(9)]);
    await wal.append([bytes(10)]);
    await wal.close();
    await writeFile(`${file}.new`, 'left by a crash before the rename');
    assert.deepEqual(await reread(file), [bytes(9), bytes(10)]);
  });

  it('cuts the last write off wherever a crash ended it, and nothing before it', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.double({ min: 0, max: 1, noNaN: true }), async (all, where) => {
        const file = nextFile();
        const sizes = await written(file, all);
        const whole = sizes.at(-1) ?? 0;
        const kept = sizes.at(-2) ?? 0;
        const cut = kept + Math.floor(where * (whole - kept - 1));
        await writeFile(file, (await readFile(file)).subarray(0, cut));
        assert.deepEqual(await reread(file), all.slice(0, -1).flat());
        // What follows is appended where the torn write began.
        await written(file, [[bytes(7)]]);
        assert.deepEqual(await reread(file), [...all.slice(0, -1).flat(), bytes(7)]);
      }),
      { numRuns: 40 },
    );
  });

  it('takes a last write of full length with unwritten sectors for torn', async () => {
    const file = nextFile();
    const [, kept = 0] = await written(file, [[bytes(1)], [new Uint8Array(5_000).fill(7)]]);
    const content = await readFile(file);
    content.fill(0, Math.ceil(kept / 512) * 512 + 512);
    await writeFile(file, content);
    assert.deepEqual(await reread(file), [bytes(1)]);
  });

  it('refuses any changed byte in what was synced before the last write', async () => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (all, at, change) => {
          const file = nextFile();
          const sizes = await written(file, [...all, [bytes(1, 2, 3)]]);
          const content = await readFile(file);
          const place = at % (sizes.at(-2) ?? 1);
          content[place] = (content[place] ?? 0) ^ change;
          await writeFile(file, content);
          await assert.rejects(openWal(file), (error: unknown) => {
            assert.ok(error instanceof ZtcError && error.code === 'WAL_DAMAGED');
            assert.match(error.hint ?? '', /mv '/);
            return true;
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses a damaged last write that was written in full', async () => {
    const file = nextFile();
    await written(file, [[bytes(1)], [new Uint8Array(100).fill(7)]]);
    const content = await readFile(file);
    content[content.length - 1] = 8;
    await writeFile(file, content);
    await assert.rejects(openWal(file), { code: 'WAL_DAMAGED' });
  });

  it('accepts nothing after a failure or the close', async () => {
    const file = nextFile();
    const wal = await openWal(file);
    await wal.close();
    await assert.rejects(wal.append([bytes(1)]), { code: 'WAL_IO' });
    await assert.rejects(wal.reset([bytes(1)]), { code: 'WAL_IO' });
  });
});
