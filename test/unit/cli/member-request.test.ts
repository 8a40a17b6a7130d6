/** New keys of a member: where they are kept, and what becomes of those they replace. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { checkEntries } from '../../../src/cli/governance/voice.ts';
import { homePaths } from '../../../src/cli/home/home.ts';
import { readVotingKeys, settleNodeKey, settleVotingKey } from '../../../src/cli/home/own-keys.ts';
import { requestsIn } from '../../../src/cli/home/requests.ts';
import { readKeyFile } from '../../../src/cli/keys/key-file.ts';
import { equalBytes } from '../../../src/common/bytes.ts';
import { verify } from '../../../src/common/signature.ts';
import { openCounter } from '../../../src/consensus/guard/counter.ts';
import type { Member } from '../../../src/ledger/genesis.ts';
import { ACTION, type Action } from '../../../src/ledger/governance.ts';
import { makeMemberRequest, verifyMemberRequest } from '../../../src/ledger/requests.ts';
import { resultOf, ztc } from '../../e2e/support/cli.ts';

let home: string;
const paths = () => homePaths(home);

beforeEach(async () => {
  home = path.join(await mkdtemp(path.join(tmpdir(), 'ztc-request-')), 'home');
  const words = ['--member', 'acme', '--name', 'ACME', '--announce', '/ip4/127.0.0.1/tcp/1'];
  assert.equal((await ztc(['init', ...words, '--home', home])).exit, 0);
});
afterEach(() => rm(path.dirname(home), { recursive: true }));

const request = (...words: string[]) =>
  ztc(['member', 'request', '--home', home, ...words, '--json']);
const publicKeyIn = async (file: string) => (await readKeyFile(file)).keys.publicKey;
const keyFiles = async () => (await readdir(path.join(home, 'keys'))).sort();

describe('ztc member request', () => {
  test('makes the next validator key once, with a counter that says 0', async () => {
    const first = resultOf(await request('--new-validator-key'));
    const again = resultOf(await request('--new-validator-key'));
    assert.equal(again.validatorKey, first.validatorKey);
    assert.deepEqual(
      [first.file, again.file].map((file) => path.basename(file)),
      ['acme-2.member.json', 'acme-3.member.json'],
    );
    const keys = await readVotingKeys(paths(), () => {});
    assert.equal(keys.length, 2);
    for (const { counterFile } of keys) assert.equal((await openCounter(counterFile)).value, 0);
  });

  test('goes on from the newest request, and signs with the key that it names', async () => {
    await request('--new-validator-key');
    const moved = resultOf(await request('--announce', '/ip4/127.0.0.1/tcp/2'));
    const next = await publicKeyIn(paths().nextValidatorKey);
    assert.ok(moved.validatorKey.length > 0);
    const [, own] = await readVotingKeys(paths(), () => {});
    assert.ok(own && equalBytes(own.pair.publicKey, next));
    const gone = resultOf(await request('--observer'));
    assert.deepEqual([gone.role, gone.validatorKey], ['observer', null]);
    assert.equal(resultOf(await request('--name', 'ACME & Co')).role, 'observer');
    assert.equal(resultOf(await request('--new-validator-key')).role, 'validator');
  });

  test('refuses what makes no sense, and a home without the member key', async () => {
    assert.equal((await request('--observer', '--new-validator-key')).exit, 2);
    assert.equal((await request('--announce', 'nonsense')).exit, 2);
    await rename(paths().keys.member, path.join(home, 'safe.json'));
    assert.notEqual((await request('--name', 'X')).exit, 0);
    const elsewhere = await request('--name', 'X', '--member-key', path.join(home, 'safe.json'));
    assert.equal(elsewhere.exit, 0, elsewhere.stdout);
  });
});

describe('another member key', () => {
  test('is asked for with both keys at hand, and its holder may vote for the entry', async () => {
    const next = path.join(path.dirname(home), 'next.key');
    assert.equal((await ztc(['key', 'new', next, '--member'])).exit, 0);
    const made = resultOf(await request('--new-member-key', next));
    const [, asked] = await requestsIn(home);
    assert.ok(asked && equalBytes(asked.member.memberKey, await publicKeyIn(next)));
    assert.equal(path.basename(made.file), 'acme-2.member.json');
    assert.ok(verifyMemberRequest(asked, verify).ok);
    const actions: Action[] = [{ action: ACTION.MEMBER_PUT, request: asked }];
    for (const file of [paths().keys.member, next]) {
      await checkEntries(actions, home, (await readKeyFile(file)).keys);
    }
    await rm(made.file);
    await assert.rejects(
      checkEntries(actions, home, (await readKeyFile(paths().keys.member)).keys),
      { code: 'OWN_ENTRY' },
    );
    assert.equal((await request('--new-member-key', paths().keys.node)).exit, 2);
  });
});

/** A proposal to put this entry of the home's member, as all its keys ask for it. */
async function actionsWith(changes: Partial<Member>): Promise<Action[]> {
  const keys = [paths().keys.member, paths().keys.node, paths().keys.validator];
  const signers = await Promise.all(keys.map(async (file) => (await readKeyFile(file)).keys));
  const [own] = await requestsIn(home);
  assert.ok(own);
  const made = makeMemberRequest(own.created, { ...own.member, ...changes }, signers);
  return [{ action: ACTION.MEMBER_PUT, request: made }];
}

describe('a member votes', () => {
  const check = async (actions: readonly Action[]) =>
    checkEntries(actions, home, (await readKeyFile(paths().keys.member)).keys);

  test('for an entry of its own that its home asked for', async () => {
    await check(await actionsWith({}));
  });

  test('and for no other, nor for keys that did not sign', async () => {
    await assert.rejects(check(await actionsWith({ name: 'Someone' })), { code: 'OWN_ENTRY' });
    const [action] = await actionsWith({});
    assert.ok(action?.action === ACTION.MEMBER_PUT);
    const request = { ...action.request, signatures: action.request.signatures.slice(1) };
    const forged = [{ action: ACTION.MEMBER_PUT, request }];
    await assert.rejects(check(forged), { code: 'REQUEST_SIGNATURE' });
  });
});

describe('ztc join', () => {
  const join = (dir: string, ...words: string[]) =>
    ztc(['join', '--home', dir, '--genesis', path.join(home, 'config.toml'), ...words]);

  test('asks who it is for a new home, makes it, and then starts', async () => {
    const dir = path.join(path.dirname(home), 'new');
    assert.match((await join(dir)).stderr, /is no home yet/);
    const who = ['--member', 'echo', '--name', 'Echo', '--announce', '/ip4/127.0.0.1/tcp/1'];
    const made = await join(dir, ...who, '--p2p-peers', '/ip4/127.0.0.1/tcp/2');
    assert.match(made.stderr, /ztc gov propose --put .*echo\.member\.json/);
    assert.match(made.stderr, /GENESIS_FILE/, 'this is none');
    assert.equal((await requestsIn(dir)).length, 1);
    assert.match(await readFile(path.join(dir, 'config.toml'), 'utf8'), /127\.0\.0\.1\/tcp\/2/);
    const again = await join(dir);
    assert.match(again.stderr, /GENESIS_FILE/);
    assert.doesNotMatch(again.stderr, /gov propose/);
  });
});

test('the next node key takes the old one’s place, also after a crash on the way', async () => {
  await request('--new-node-key');
  const { keys, nextNodeKey, retiredKey } = paths();
  const [old, next] = [await publicKeyIn(keys.node), await publicKeyIn(nextNodeKey)];
  await settleNodeKey(paths(), old);
  assert.ok((await keyFiles()).includes('node-next.json'), 'it is not in force yet');
  await copyFile(keys.node, retiredKey('node', old));
  await settleNodeKey(paths(), next);
  assert.deepEqual(await publicKeyIn(keys.node), next);
  assert.deepEqual(await publicKeyIn(retiredKey('node', old)), old);
  assert.equal((await keyFiles()).includes('node-next.json'), false);
  await settleNodeKey(paths(), next);
  assert.deepEqual(await publicKeyIn(keys.node), next);
});

describe('the next validator key', () => {
  test('takes the place of the old one, which stays under another name', async () => {
    await request('--new-validator-key');
    const [old, next] = [
      await publicKeyIn(paths().keys.validator),
      await publicKeyIn(paths().nextValidatorKey),
    ];
    await settleVotingKey(paths(), old);
    assert.ok((await keyFiles()).includes('validator-next.json'), 'it is not in force yet');
    await settleVotingKey(paths(), next);
    assert.deepEqual(await publicKeyIn(paths().keys.validator), next);
    assert.deepEqual(await publicKeyIn(paths().retiredKey('validator', old)), old);
    assert.equal((await keyFiles()).includes('validator-next.json'), false);
  });

  test('also after a crash between the two steps, and where there was none before', async () => {
    await request('--new-validator-key');
    const next = await publicKeyIn(paths().nextValidatorKey);
    await rename(paths().keys.validator, path.join(home, 'gone.json'));
    await settleVotingKey(paths(), next);
    assert.deepEqual(await publicKeyIn(paths().keys.validator), next);
    await settleVotingKey(paths(), next);
    assert.deepEqual(await publicKeyIn(paths().keys.validator), next);
  });
});
