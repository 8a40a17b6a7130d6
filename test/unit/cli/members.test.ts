/** A change of the members on its way: proposed, signed by all, submitted in its time. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import { keysOf, MEMBER_IDS } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

const HOUR_MS = 3_600_000;

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const member = (words: readonly string[], now?: number) =>
  ztc(['member', ...words, '--json'], world.env, now === undefined ? {} : { now: () => now });
const at = (name: string): string => path.join(world.dir, name);

async function propose(name: string, ...words: string[]): Promise<string> {
  const proposed = await member(['propose', ...words, '-o', at(name)]);
  assert.equal(proposed.exit, 0, proposed.stdout);
  return at(name);
}

/** Signatures of these members, as files. */
async function signed(change: string, ids: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const id of ids) {
    const text = formatKeyFile({
      purpose: 'member',
      publisher: undefined,
      keys: keysOf(`member ${id}`),
    });
    const key = world.file(`${id}.key`, text);
    const done = await member(['sign', change, '--key', key]);
    assert.equal(done.exit, 0, done.stdout);
    assert.equal(done.json.result.member, id);
    files.push(done.json.result.file);
  }
  return files;
}

test('nothing, strangers and the last validators are refused at once', async () => {
  assert.equal((await member(['propose', '-o', at('x')])).exit, 2);
  const stranger = await member(['propose', '--remove', 'zoe', '-o', at('x')]);
  assert.match(stranger.json.error.message, /zoe is no active member/);
  const all = await member(['propose', '--remove', ...MEMBER_IDS, '-o', at('x')]);
  assert.match(all.json.error.message, /nobody would be left to vote/);
});

test('a change that is meant for later is refused before and after its time', async () => {
  const change = await propose('later.json', '--remove', 'dan', '--in', '2h');
  const signatures = await signed(change, MEMBER_IDS);
  const early = await member(['submit', change, ...signatures]);
  assert.deepEqual([early.exit, early.json.error.code], [2, 'CHANGE_EARLY']);
  const late = await member(['submit', change, ...signatures], Date.now() + 3 * HOUR_MS);
  assert.deepEqual([late.exit, late.json.error.code], [7, 'TX_EXPIRED']);
});

test('all have to sign, nobody else, and only this change', async () => {
  const change = await propose('leave.json', '--remove', 'dan');
  const signatures = await signed(change, ['ada', 'bob', 'cyd']);
  const missing = await member(['submit', change, ...signatures]);
  assert.deepEqual([missing.exit, missing.json.error.missing], [2, ['dan']]);
  const other = await propose('other.json', '--remove', 'cyd');
  const theirs = await signed(other, ['dan']);
  const mixed = await member(['submit', change, ...signatures, ...theirs]);
  assert.deepEqual([mixed.exit, mixed.json.error.code], [20, 'CHANGE_SIGNATURE']);

  signatures.push(...(await signed(change, ['dan'])));
  const done = await member(['submit', change, ...signatures]);
  assert.equal(done.exit, 0, done.stdout);
  const { members, epoch, validators } = done.json.result;
  assert.deepEqual(members, ['ada', 'bob', 'cyd']);
  assert.equal(epoch, 2);
  assert.equal(validators.length, 3);
  const list = await ztc(['member', 'list'], world.env);
  assert.match(list.stdout, /members {2}3\n/);
  assert.match(list.stdout, /quorum {3}3 of 3 validators; 0 may fail or lie/);
  const again = await member(['submit', change, ...signatures]);
  assert.equal(again.json.error.code, 'CHANGE_SIGNATURE', 'dan is no member any more');
});
