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
/** Now and then of zeros alone, as a disk shows what was never written. */
const record = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 700 }),
  fc.nat({ max: 1_500 }).map((length) => new Uint8Array(length)),
);
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

  it('refuses any flipped bit, in the last write too', async () => {
    const flip = fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) });
    await fc.assert(
      fc.asyncProperty(batches, flip, async (all, { at, bit }) => {
        const file = nextFile();
        const sizes = await written(file, all);
        const content = await readFile(file);
        const place = at % (sizes.at(-1) ?? 1);
        content[place] = (content[place] ?? 0) ^ (1 << bit);
        await writeFile(file, content);
        await assert.rejects(openWal(file), (error: unknown) => {
          assert.ok(error instanceof ZtcError && error.code === 'WAL_DAMAGED');
          assert.match(error.hint ?? '', /mv '/);
          return true;
        });
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a damaged head in front of a write that a crash interrupted', async () => {
    const file = nextFile();
    const [start = 0, end = 0] = await written(file, [[bytes(1)]]);
    const content = await readFile(file);
    const torn = Buffer.concat([content, new Uint8Array(2_000)]);
    await writeFile(file, torn);
    assert.deepEqual(await reread(file), [bytes(1)]);
    for (let at = start; at < end; at++) {
      torn.set(content);
      torn[at] = (content[at] ?? 0) ^ 1;
      await writeFile(file, torn);
      await assert.rejects(openWal(file), { code: 'WAL_DAMAGED' }, `byte ${at}`);
    }
  });

  it('accepts nothing after a failure or the close', async () => {
    const file = nextFile();
    const wal = await openWal(file);
    await wal.close();
    await assert.rejects(wal.append([bytes(1)]), { code: 'WAL_IO' });
    await assert.rejects(wal.reset([bytes(1)]), { code: 'WAL_IO' });
  });
});
