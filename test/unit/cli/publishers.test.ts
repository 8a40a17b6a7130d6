/** A publisher's life by commands: a key, a verified release, a new key, and a stolen one. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import { keysOf } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const at = (name: string): string => path.join(world.dir, name);
/** Nothing of the environment but where the node is. */
const env = () => ({ ZTC_RPC: world.env.ZTC_RPC ?? '', ZTC_TRUST: world.env.ZTC_TRUST ?? '' });
const run = (...words: string[]) => ztc([...words, '--json'], env());

async function result(...words: string[]) {
  const { exit, stdout, json } = await run(...words);
  assert.equal(exit, 0, stdout);
  return json.result;
}

async function code(...words: string[]) {
  const { exit, json } = await run(...words);
  return [exit, json.error.code];
}

function memberKey(id: string): string[] {
  const key = { purpose: 'member', publisher: undefined, keys: keysOf(`member ${id}`) } as const;
  return ['--key', world.file(`${id}.member.key`, formatKeyFile(key))];
}

const newKey = (name: string) => result('key', 'new', at(name), '--publisher', 'newco');

async function verdict(file: string) {
  const { exit, json } = await run('authenticate', file, '--publisher', 'newco');
  const [{ status, reason, publisher }] = json.result.items;
  return [exit, status, reason, publisher?.level];
}

test('from a key to the first verified release', async () => {
  await newKey('newco.key');
  const words = ['--id', 'newco', '--name', 'New Co', '--key', at('newco.key')];
  const request = at('newco.publisher.json');
  await result('publisher', 'request', ...words, '-o', request);
  assert.deepEqual(await code('publisher', 'show', 'newco'), [10, 'NOT_FOUND']);
  const registered = await result('publisher', 'register', request, ...memberKey('ada'));
  assert.deepEqual([registered.publisher, registered.level], ['newco', 0]);
  assert.deepEqual(await code('publisher', 'register', request, ...memberKey('bob')), [
    7,
    'PUBLISHER_ID_USED',
  ]);
  const vouched = await result('publisher', 'vouch', 'newco', ...memberKey('ada'));
  assert.deepEqual(vouched.vouchers, ['ada']);
  const until = ['--until', '2999-01-01T00:00:00Z'];
  await result('publisher', 'vouch', 'newco', ...until, ...memberKey('bob'));
  assert.deepEqual(await code('publisher', 'vouch', 'newco', '--until', 'soon'), [2, 'USAGE']);
  const release = world.file('release.bin', 'release 1');
  await result('notarize', release, '--key', at('newco.key'));
  assert.deepEqual(await verdict(release), [0, 'TRUSTED', null, 2]);
  const { publishers } = await result('publisher', 'list');
  assert.deepEqual(publishers.at(-1), { id: 'newco', name: 'New Co', level: 2 });
  const less = await result('publisher', 'unvouch', 'newco', ...memberKey('bob'));
  assert.deepEqual(less.vouchers, ['ada']);
  const shown = await ztc(['authenticate', release, '--publisher', 'newco'], env());
  assert.match(
    shown.stdout,
    /^TRUSTED .*\n {2}by New Co \(newco, level 1: ada\) .*\n {2}first: newco/,
  );
  assert.match(shown.stdout, /at that time 2 of today's members vouched, now 1 do/);
});

test('what a publisher used of its quota is shown, proven', async () => {
  await world.close(Date.now() + 1);
  const { quota } = await result('publisher', 'show', 'acme');
  assert.ok(quota.operations.burst > quota.operations.perSecond);
  const shown = await ztc(['publisher', 'show', 'acme'], env());
  assert.match(shown.stdout, /quota {4}\d+ of \d+ operations used; \d+ come back in a second/);
});

test('a name like another’s takes a vote', async () => {
  const own = ['--key', at('newco.key')];
  const request = (id: string, name: string, file: string) =>
    ['publisher', 'request', '--id', id, '--name', name, ...own, '-o', file] as const;
  assert.deepEqual(await code(...request('newco', 'New\u115fCo', at('bad.json'))), [2, 'USAGE']);
  await result('key', 'new', at('like.key'), '--publisher', 'newc0');
  const like = at('newc0.publisher.json');
  const words = ['--id', 'newc0', '--name', 'NEW CO', '--key', at('like.key'), '-o', like];
  await result('publisher', 'request', ...words);
  const alone = await code('publisher', 'register', like, ...memberKey('ada'));
  assert.deepEqual(alone, [7, 'NAME_COLLIDES']);
  const proposed = await result('gov', 'propose', '--register', like, ...memberKey('ada'));
  assert.equal(proposed.status, 'OPEN');
  const shown = await result('gov', 'show', String(proposed.proposal));
  assert.match(
    shown.actions[0],
    /registers the publisher newc0 \(NEW CO\), which looks like newco:/,
  );
  assert.equal(shown.requestsSigned, true);
});

test('keys are added with a scope, rotated and revoked', async () => {
  await newKey('ci.key');
  const own = ['--key', at('newco.key')];
  const scope = ['--label', 'build farm', '--only', 'app-*'];
  const added = await result('publisher', 'key', 'add', at('ci.key'), ...scope, ...own);
  assert.deepEqual(
    [added.keys[1].label, added.keys[1].names, added.keys.length],
    ['build farm', ['app-*'], 2],
  );
  const app = world.file('app-1.bin', 'app 1');
  const tool = world.file('tool-1.bin', 'tool 1');
  await result('notarize', app, '--key', at('ci.key'));
  const out = await run('notarize', tool, '--key', at('ci.key'));
  assert.deepEqual([out.exit, out.json.result.items[0].error.code], [7, 'OUT_OF_SCOPE']);
  await newKey('newco-2.key');
  const rotated = await result('publisher', 'key', 'rotate', at('newco-2.key'), ...own);
  assert.notEqual(rotated.keys[0].validUntil, null);
  await world.close();
  const old = await run('notarize', tool, '--key', at('newco.key'));
  assert.equal(old.json.result.items[0].error.code, 'UNAUTHORISED_KEY');
  await result('notarize', tool, '--key', at('newco-2.key'));
  assert.deepEqual((await verdict(at('release.bin'))).slice(0, 2), [0, 'TRUSTED']);
  const text = await ztc(['publisher', 'show', 'newco'], env());
  assert.match(text.stdout, /build farm {2}only app-\*/);
  assert.match(text.stdout, /until \d{4}-/);
});

test('a stolen key is declared compromised since a time, by the recovery key', async () => {
  await newKey('safe.key');
  const own = ['--key', at('newco-2.key')];
  const named = await result('publisher', 'set', '--new-recovery', at('safe.key'), ...own);
  assert.equal(named.recovery, true);
  const since = new Date().toISOString();
  await world.close(Date.parse(since));
  const malware = world.file('app-2.bin', 'malware');
  await result('notarize', malware, '--key', at('ci.key'));
  assert.deepEqual((await verdict(malware)).slice(0, 2), [0, 'TRUSTED']);
  const words = ['publisher', 'key', 'compromised', at('ci.key'), '--since'];
  assert.deepEqual(await code(...words, since), [2, 'USAGE'], 'needs the recovery key');
  const declared = await result(...words, since, '--recovery', at('safe.key'));
  assert.equal(declared.keys[1].compromisedSince, since);
  assert.deepEqual((await verdict(malware)).slice(0, 3), [11, 'UNTRUSTED', 'KEY_COMPROMISED']);
  assert.deepEqual((await verdict(at('app-1.bin'))).slice(0, 2), [0, 'TRUSTED']);
  const later = [...words, '2999-01-01T00:00:00Z', '--recovery', at('safe.key')];
  assert.deepEqual(await code(...later), [7, 'TIME_INVALID']);
});

test('two keys sign together where the publisher asks for it', async () => {
  await newKey('two.key');
  const own = ['--key', at('newco-2.key')];
  await result('publisher', 'key', 'add', at('two.key'), ...own);
  const set = await result('publisher', 'set', '--approvals', '2', ...own);
  assert.equal(set.approvals, 2);
  await newKey('three.key');
  const add = ['publisher', 'key', 'add', at('three.key')];
  assert.deepEqual(await code(...add, ...own), [7, 'APPROVALS_MISSING']);
  await result(...add, '--key', at('newco-2.key'), at('two.key'));
  const release = world.file('release-2.bin', 'release 2');
  const alone = await run('notarize', release, ...own);
  assert.equal(alone.json.result.items[0].error.code, 'APPROVALS_MISSING');
  const twice = await run('notarize', release, ...own, '--cosign', at('newco-2.key'));
  assert.match(twice.json.result.items[0].error.message, /is given twice/);
  await result('notarize', release, ...own, '--cosign', at('two.key'));
  assert.deepEqual((await verdict(release)).slice(0, 2), [0, 'TRUSTED']);
});

test('members declare a key compromised by vote', async () => {
  const { publicKey } = await result('key', 'show', at('two.key'));
  const given = ['--compromised', `newco,${publicKey},${new Date(Date.now() - 1).toISOString()}`];
  const made = await result('gov', 'propose', ...given, ...memberKey('ada'));
  await result('gov', 'vote', String(made.proposal), ...memberKey('bob'));
  await result('gov', 'vote', String(made.proposal), ...memberKey('cyd'));
  const { keys } = await result('publisher', 'show', 'newco');
  assert.ok(keys.find(({ key }: { key: string }) => key === publicKey).compromisedSince);
  assert.deepEqual(await code('gov', 'propose', '--compromised', 'newco'), [2, 'USAGE']);
});
