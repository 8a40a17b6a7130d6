import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { homePaths } from '../../../src/cli/home/home.ts';
import { publicKeyFromText } from '../../../src/common/signature.ts';
import { openCounter } from '../../../src/consensus/guard/counter.ts';
import { ztc } from './world.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-guard-'));
const home = path.join(dir, 'home');
let key: string;

before(async () => {
  const announce = ['--announce', '/ip4/127.0.0.1/tcp/7900'];
  const made = await ztc(['init', '--member', 'alpha', '--name', 'A', '--home', home, ...announce]);
  assert.equal(made.exit, 0);
  const shown = await ztc(['key', 'show', homePaths(home).keys.validator, '--json']);
  key = JSON.parse(shown.stdout).result.publicKey;
});
after(() => rmSync(dir, { recursive: true, force: true }));

const counted = async (where: string): Promise<number | undefined> => {
  const publicKey = publicKeyFromText(key);
  assert.ok(publicKey.ok);
  return (await openCounter(homePaths(where).counter(publicKey.value))).value;
};

test('init makes a counter that says that the key never voted', async () => {
  assert.equal(await counted(home), 0);
});

test('a copied home counts as unknown until its operator vouches for the key', async () => {
  const copy = path.join(dir, 'copy');
  cpSync(home, copy, { recursive: true, preserveTimestamps: true });
  assert.equal(await counted(copy), undefined);
  const log = path.join(homePaths(copy).consensus, 'wal');
  mkdirSync(path.dirname(log), { recursive: true });
  writeFileSync(log, 'old');
  const refused = await ztc(['guard', 'reset', '--home', copy, '--never-voted', 'ed25519:other']);
  assert.equal(refused.exit, 2);
  assert.equal(await counted(copy), undefined);
  const reset = await ztc(['guard', 'reset', '--home', copy, '--never-voted', key]);
  assert.equal(reset.exit, 0);
  assert.equal(await counted(copy), 0);
  assert.equal(existsSync(log), false);
  assert.equal(readdirSync(path.dirname(log)).length, 1, 'the old log is kept');
});
