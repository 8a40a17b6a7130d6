/** Tokens: shown once, kept as hashes for their owner only, gone when revoked or over. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { tokenSource } from '../../../src/cli/home/tokens.ts';
import { startWorld, type World, ztc } from './world.ts';

let dir: string;
let world: World;
let now = Date.parse('2026-11-24T12:00:00Z');
const tokens = { find: (token: string) => source.find(token) };
let source: ReturnType<typeof tokenSource>;

before(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-tokens-'));
  source = tokenSource(path.join(dir, 'tokens.json'), () => now);
  world = await startWorld({ server: { access: 'token', tokens } });
});
after(async () => {
  rmSync(dir, { recursive: true });
  await world.stop();
});

function token(...words: string[]) {
  return ztc(['token', ...words, '--home', dir, '--json'], {}, { now: () => now });
}

test('made, listed without themselves, taken, over in time, revoked', async () => {
  assert.deepEqual((await token('list')).json.result.items, []);
  const made = (await token('create', '--role', 'read', '--note', 'Lee', '--expires', '1h')).json;
  const { id, token: secret, expires } = made.result;
  assert.match(secret, /^ztc_[\w-]{43}$/);
  assert.equal(expires, '2026-11-24T13:00:00.000Z');
  const file = path.join(dir, 'tokens.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file, 'utf8').includes(secret), 'only its hash');
  assert.ok(!(await token('list')).stdout.includes(secret));
  now += 1_000;
  assert.deepEqual(source.find(secret), { id, role: 'read' });
  assert.equal(source.find(`${secret}x`), undefined);
  now += 3_600_000;
  assert.equal(source.find(secret), undefined, 'it is over');
  assert.equal((await token('list')).json.result.items[0].expired, true);
  const admin = (await token('create', '--role', 'admin')).json.result;
  now += 1_000;
  assert.deepEqual(source.find(admin.token), { id: admin.id, role: 'admin' });
  assert.equal((await token('revoke', admin.id)).exit, 0);
  now += 1_000;
  assert.equal(source.find(admin.token), undefined, 'it is revoked');
  assert.equal((await token('revoke', admin.id)).json.error.code, 'TOKEN_UNKNOWN');
  assert.equal((await token('create', '--role', 'king')).exit, 2);
});

test('a file that is none lets nobody in, and is not written over', async () => {
  const { token: secret } = (await token('create', '--role', 'read')).json.result;
  now += 1_000;
  assert.ok(source.find(secret));
  const file = path.join(dir, 'tokens.json');
  const kept = readFileSync(file, 'utf8');
  writeFileSync(file, kept.slice(0, -20));
  now += 1_000;
  assert.equal(source.find(secret), undefined);
  assert.equal((await token('create', '--role', 'read')).json.error.code, 'TOKENS_FILE');
  writeFileSync(file, kept);
  now += 1_000;
  assert.ok(source.find(secret));
});

test('commands take one from a file or from ZTC_TOKEN', async () => {
  const file = path.join(dir, 'lee.token');
  const made = await token('create', '--role', 'read', '-o', file);
  assert.equal(made.json.result.token, undefined, 'not printed then');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  now += 1_000;
  const words = ['rpc', 'node_info', '--rpc', world.url];
  assert.equal((await ztc([...words, '--token-file', file])).exit, 0);
  assert.equal((await ztc(words, { ZTC_TOKEN: readFileSync(file, 'utf8') })).exit, 0);
  const bad = await ztc([...words, '--json'], { ZTC_TOKEN: 'ztc_none' });
  assert.deepEqual([bad.exit, bad.json.error.code], [4, 'UNAUTHORIZED']);
  assert.equal((await ztc(words, { ZTC_TOKEN: 'two words' })).exit, 2);
  assert.equal((await ztc([...words, '--ca', file])).exit, 2, 'no certificate in it');
});
