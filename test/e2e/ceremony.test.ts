/**
 * The genesis ceremony in separate homes without any of the devnet's code, exchanging only public
 * files; then the chain that it founds, an observer included.
 */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  at,
  hostsOf,
  initAt,
  type MemberHost,
  type MemberSpec,
  readyAt,
  send,
  startAt,
} from './support/consortium.ts';
import { freePorts, killAll, type Running, runZtc, until, within } from './support/processes.ts';

const MEMBERS: readonly MemberSpec[] = [
  { id: 'acme' },
  { id: 'bolt' },
  { id: 'cobalt' },
  { id: 'dune' },
  { id: 'eye', observer: true },
];
const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;

let dir: string;
let hosts: MemberHost[];
let acme: MemberHost;
let bolt: MemberHost;
let eye: MemberHost;
const nodes = new Map<string, Running>();

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-ceremony-'));
  hosts = hostsOf(dir, MEMBERS, await freePorts(3 * MEMBERS.length));
  [acme, bolt, eye] = [hosts[0], hosts[1], hosts[4]] as [MemberHost, MemberHost, MemberHost];
});
after(async () => {
  await killAll();
  await rm(dir, { recursive: true });
});

/** Runs `ztc` in a member's folder and expects it to refuse. */
async function refused(host: MemberHost, exit: number, says: RegExp, ...words: string[]) {
  const done = await runZtc(words, { cwd: host.dir });
  assert.equal(done.exit, exit, `${words.join(' ')}: ${done.stdout}${done.stderr}`);
  assert.match(done.stderr, says);
}

async function makeHomes(): Promise<void> {
  await Promise.all(hosts.map((host, i) => initAt(host, MEMBERS[i]?.observer)));
  for (const host of hosts) {
    const keys = await readdir(path.join(host.home, 'keys'));
    const expected = ['member.json', 'node.json', ...(host === eye ? [] : ['validator.json'])];
    assert.deepEqual(keys.sort(), expected);
    for (const key of keys) {
      const { mode } = await stat(path.join(host.home, 'keys', key));
      assert.equal(mode & PERMISSIONS, OWNER_ONLY, `${key} is its owner's`);
    }
  }
  await refused(
    acme,
    2,
    /home already/,
    ...'init --member acme --name A --home home'.split(' '),
    '--announce',
    acme.p2p,
  );
}

async function makePublisher(): Promise<void> {
  await at(acme, 'key', 'new', 'acme.key', '--publisher', 'acme');
  const words = ['--id', 'acme', '--name', 'ACME Software', '--key', 'acme.key'];
  await at(acme, 'publisher', 'request', ...words);
}

/** Everybody builds it from what was sent, in another order, and comes to the same bytes. */
async function buildEverywhere(): Promise<string> {
  for (const host of hosts) await send(host, `home/${host.id}.member.json`, hosts);
  await send(acme, 'acme.publisher.json', hosts);
  const requests = MEMBERS.map(({ id }) => `${id}.member.json`);
  const built = hosts.map((host, i) => {
    const order = [...requests.slice(i), ...requests.slice(0, i)];
    const words = ['--name', 'trust', ...order, '--publisher', 'acme.publisher.json'];
    return at(host, 'genesis', 'build', ...words);
  });
  const fingerprints = new Set((await Promise.all(built)).map(({ chain }) => chain as string));
  const files = await Promise.all(
    hosts.map((host) => readFile(path.join(host.dir, 'genesis.json'), 'utf8')),
  );
  assert.equal(new Set(files).size, 1, 'the same bytes for any order');
  assert.equal(fingerprints.size, 1);
  await refused(
    acme,
    2,
    /two requests are for the id/,
    'genesis',
    'build',
    '--name',
    'x',
    ...requests,
    requests[0] as string,
    '-o',
    'x.json',
  );
  return [...fingerprints][0]?.replace('0x', '') as string;
}

/** What a member doesn't recognize as its own is not signed. */
async function refuseForeignEntries(): Promise<void> {
  const file = path.join(bolt.home, 'bolt.member.json');
  const good = await readFile(file, 'utf8');
  await writeFile(path.join(bolt.dir, 'forged.json'), good.replace('bolt Ltd', 'Bolt Ltd'));
  await refused(
    bolt,
    20,
    /signature on it is not good/,
    'genesis',
    'build',
    '--name',
    'x',
    'forged.json',
    '-o',
    'x.json',
  );
  await at(acme, 'genesis', 'build', '--name', 'x', 'acme.member.json', '-o', 'less.json');
  await send(acme, 'less.json', [eye]);
  await refused(
    eye,
    2,
    /does not list the member eye/,
    'genesis',
    'sign',
    'less.json',
    '--home',
    'home',
  );
}

async function signEverywhere(fingerprint: string): Promise<void> {
  const signing = hosts.map(async (host) => {
    const signed = await at(host, 'genesis', 'sign', 'genesis.json', '--home', 'home');
    assert.equal(signed.chain, `0x${fingerprint}`);
    assert.deepEqual([signed.validators, signed.quorum, signed.faultsTolerated], [4, 3, 1]);
    await send(host, `${host.id}.sig.json`, hosts);
  });
  await Promise.all(signing);
  const signatures = MEMBERS.map(({ id }) => `${id}.sig.json`);
  const words = ['genesis', 'verify', 'genesis.json', ...signatures];
  const verified = await at(acme, ...words, '-o', 'signed.json');
  assert.deepEqual(
    verified.signatures,
    MEMBERS.map(({ id }) => id),
  );
  const less = signatures.slice(1);
  await refused(acme, 20, /acme is missing/, 'genesis', 'verify', 'genesis.json', ...less);
  const start = ['start', '--home', 'home', '--genesis', 'genesis.json', '--signatures', ...less];
  await refused(acme, 20, /acme is missing/, ...start);
}

/** No node needs its member's key: it is elsewhere when they start. */
async function startEverywhere(): Promise<void> {
  const signatures = MEMBERS.map(({ id }) => `${id}.sig.json`);
  await refused(acme, 2, /has no genesis.json yet/, 'start', '--home', 'home');
  for (const host of hosts) {
    await rename(path.join(host.home, 'keys', 'member.json'), path.join(host.dir, 'safe.json'));
    const words =
      host === bolt
        ? ['--genesis', 'signed.json']
        : ['--genesis', 'genesis.json', '--signatures', ...signatures];
    if (host === bolt) await send(acme, 'signed.json', [bolt]);
    nodes.set(host.id, startAt(host, ...words));
  }
  for (const host of hosts) await readyAt(host, nodes.get(host.id) as Running);
  await refused(acme, 2, /another process( \(\d+\))? has the database/, 'start', '--home', 'home');
}

/** Later starts need neither genesis nor signatures. */
async function startAgain(): Promise<void> {
  assert.equal(await nodes.get('bolt')?.end('SIGTERM'), 0);
  for (const name of ['genesis.json', 'signed.json']) await rm(path.join(bolt.dir, name));
  const node = startAt(bolt);
  nodes.set('bolt', node);
  await readyAt(bolt, node);
  await until('the ready line', () => /"msg":"ready"/.test(node.stdout));
}

async function notarizeAndAuthenticate(fingerprint: string): Promise<void> {
  const trust = { ZTC_TRUST: path.join(dir, 'trust.json') };
  const run = (...words: string[]) => runZtc(words, { cwd: dir, env: trust });
  await writeFile(path.join(dir, 'app.tgz'), 'release 1.0');
  await chmod(path.join(acme.dir, 'acme.key'), OWNER_ONLY);

  const other = `${fingerprint.slice(1)}0`;
  assert.notEqual((await run('trust', 'add', bolt.rpc, '--fingerprint', other)).exit, 0);
  const added = await run('trust', 'add', bolt.rpc, '--fingerprint', fingerprint);
  assert.equal(added.exit, 0, added.stderr);
  assert.match(added.stdout, /cobalt/);

  const key = path.join(acme.dir, 'acme.key');
  const notarized = await run('notarize', 'app.tgz', '--rpc', acme.rpc, '--key', key);
  assert.equal(notarized.exit, 0, notarized.stderr);
  const unpinned = await run('authenticate', 'app.tgz', '--rpc', bolt.rpc);
  assert.equal(unpinned.exit, 12, `TRUSTED, but nobody chose acme: ${unpinned.stdout}`);
  assert.equal((await run('trust', 'pin', 'acme')).exit, 0);
  for (const { rpc, id } of hosts) {
    const answer = await run('authenticate', 'app.tgz', '--rpc', rpc, '--json');
    assert.equal(answer.exit, 0, `${id}: ${answer.stdout}${answer.stderr}`);
    const [item] = JSON.parse(answer.stdout).result.items;
    assert.deepEqual([item.status, item.trust, item.verified], ['TRUSTED', 'pinned', true]);
    assert.equal(item.publisher.level, MEMBERS.length, 'the members vouch by signing the genesis');
  }
}

test('five members found a chain by exchanging public files, and it works', async () => {
  await makeHomes();
  await makePublisher();
  const fingerprint = await buildEverywhere();
  await refuseForeignEntries();
  await signEverywhere(fingerprint);
  await startEverywhere();
  await startAgain();
  await notarizeAndAuthenticate(fingerprint);
  for (const node of nodes.values()) node.kill('SIGTERM');
  for (const [id, node] of nodes) assert.equal(await within(`${id} to stop`, node.exit), 0);
});
