import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createCounter, openCounter, resetCounter } from '../../../src/consensus/guard/counter.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ztc-counter-'));
});
after(() => rm(folder, { recursive: true }));

const fileOf = (name: string): string => path.join(folder, name);
const valueIn = async (name: string): Promise<number | undefined> =>
  (await openCounter(fileOf(name))).value;

describe('the counter of a voting key', () => {
  it('is made as 0, keeps what was set, and is not made twice', async () => {
    await createCounter(fileOf('a'));
    assert.equal(await valueIn('a'), 0);
    const counter = await openCounter(fileOf('a'));
    await counter.set(7);
    assert.equal(counter.value, 7);
    await createCounter(fileOf('a'));
    assert.equal(await valueIn('a'), 7);
  });

  it('is unknown where it is missing, and where the file is a copy', async () => {
    assert.equal(await valueIn('nothing'), undefined);
    await createCounter(fileOf('b'));
    await copyFile(fileOf('b'), fileOf('copy'));
    assert.equal(await valueIn('copy'), undefined);
    await copyFile(fileOf('b'), fileOf('backup'));
    await (await openCounter(fileOf('b'))).set(3);
    await copyFile(fileOf('backup'), fileOf('b')); // an older copy over the file in place
    assert.equal(await valueIn('b'), undefined);
  });

  it('moves with its file, and begins anew when told to', async () => {
    await createCounter(fileOf('c'));
    await (await openCounter(fileOf('c'))).set(2);
    await rename(fileOf('c'), fileOf('moved'));
    assert.equal(await valueIn('moved'), 2);
    await copyFile(fileOf('moved'), fileOf('elsewhere'));
    await resetCounter(fileOf('elsewhere'));
    assert.equal(await valueIn('elsewhere'), 0);
  });

  it('is refused in words where it is damaged', async () => {
    await writeFile(fileOf('d'), 'x');
    await assert.rejects(openCounter(fileOf('d')), { code: 'COUNTER_DAMAGED' });
  });
});
