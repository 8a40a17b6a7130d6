/**
 * Members change while load runs through several nodes: one joins as an observer and becomes a
 * validator, one gets another validator key, one another node key, one leaves. Nothing that was
 * answered final is lost, and the genesis is still all that a reader has to know.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readKeyFile } from '../../src/cli/keys/key-file.ts';
import { peerIdOf } from '../../src/ledger/peer-id.ts';
import {
  at,
  hostsOf,
  initAt,
  joinAt,
  type MemberHost,
  readyAt,
  send,
  startAt,
} from './support/consortium.ts';
import { isReady, rpc } from './support/devnet.ts';
import { Load } from './support/load.ts';
import { freePorts, killAll, type Running, runZtc, until } from './support/processes.ts';

const IDS = ['acme', 'bolt', 'cobalt', 'dune', 'echo', 'fox'] as const;
/** The members at the end of the joining; fox only follows. */
const MEMBERS = 5;
const WRITERS_PER_NODE = 2;
/** Blocks looked at for a validator's signature, newest first. */
const CERTIFICATES_MAX = 20;

let dir: string;
let hosts: MemberHost[];
let acme: MemberHost;
let bolt: MemberHost;
let cobalt: MemberHost;
let dune: MemberHost;
let echo: MemberHost;
let fox: MemberHost;
let chain: string;
let load: Load;
const nodes = new Map<string, Running>();

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-members-'));
  hosts = hostsOf(
    dir,
    IDS.map((id) => ({ id })),
    await freePorts(3 * IDS.length),
  );
  [acme, bolt, cobalt, dune, echo, fox] = hosts as [
    MemberHost,
    MemberHost,
    MemberHost,
    MemberHost,
    MemberHost,
    MemberHost,
  ];
});
after(async () => {
  await killAll();
  await rm(dir, { recursive: true });
});

async function found(): Promise<void> {
  await Promise.all([acme, bolt, cobalt, dune].map((host) => initAt(host)));
  await at(acme, 'key', 'new', 'acme.key', '--publisher', 'acme');
  await at(acme, ...'publisher request --id acme --name ACME --key acme.key'.split(' '));
  const founders = hosts.slice(0, 4);
  for (const host of founders) await send(host, `home/${host.id}.member.json`, [acme]);
  const requests = founders.map(({ id }) => `${id}.member.json`);
  const publisher = ['--publisher', 'acme.publisher.json'];
  ({ chain } = await at(acme, 'genesis', 'build', '--name', 'trust', ...requests, ...publisher));
  await send(acme, 'genesis.json', founders);
  for (const host of founders) {
    await at(host, 'genesis', 'sign', 'genesis.json', '--home', 'home');
    await send(host, `${host.id}.sig.json`, [acme]);
  }
  const signatures = founders.map(({ id }) => `${id}.sig.json`);
  await at(acme, 'genesis', 'verify', 'genesis.json', ...signatures, '-o', 'signed.json');
}

async function peerIdAt({ home }: MemberHost): Promise<string> {
  return peerIdOf((await readKeyFile(path.join(home, 'keys', 'node.json'))).keys.publicKey);
}

async function start(host: MemberHost, ...words: string[]): Promise<void> {
  const node = startAt(host, ...words);
  nodes.set(host.id, node);
  await readyAt(host, node);
}

/** The whole way of a change: proposed by acme, and voted for by the others until it is decided. */
async function change(name: string, members: readonly MemberHost[], ...what: string[]) {
  const file = `${name}.json`;
  const at_ = (host: MemberHost) => ['--rpc', host.rpc, '--genesis', 'signed.json'];
  const previewed = await at(acme, 'gov', 'preview', ...what, '-o', file, ...at_(acme));
  assert.equal(previewed.members, members.length);
  const words = [file, '--home', 'home', ...at_(acme)];
  const { proposal, votesNeeded } = await at(acme, 'gov', 'propose', ...words);
  let done = { status: 'OPEN', members: [] as string[] };
  for (const host of members.filter((each) => each !== acme).slice(0, votesNeeded - 1)) {
    assert.equal(done.status, 'OPEN');
    await send(acme, 'signed.json', [host]);
    done = await at(host, 'gov', 'vote', String(proposal), '--home', 'home', ...at_(host));
  }
  assert.equal(done.status, 'EXECUTED');
  return done;
}

async function validatorsAt(host: MemberHost): Promise<Map<string, string>> {
  const { validators } = await rpc(host.rpc, 'chain_validators');
  return new Map(
    validators.map(({ member, key }: { member: string; key: string }) => [member, key]),
  );
}

/** Its node says that it votes, and blocks of the current epoch are final by its signature. */
async function votes(host: MemberHost, key?: string): Promise<void> {
  await until(`${host.id} to vote`, async () => {
    const { consensus } = await rpc(host.rpc, 'node_info');
    return consensus.voting;
  });
  await until(`a certificate with the vote of ${host.id}`, async () => {
    const { head } = await rpc(acme.rpc, 'chain_status');
    const { firstHeight } = await rpc(acme.rpc, 'chain_validators');
    const lowest = Math.max(firstHeight, head.height - CERTIFICATES_MAX);
    for (let height = head.height; height >= lowest; height--) {
      const found = await rpc(acme.rpc, 'chain_getCertificate', { height });
      const signed = (found?.signatures ?? []).find(
        ({ member }: { member: string }) => member === host.id,
      );
      if (signed !== undefined && (key === undefined || signed.key === key)) return true;
    }
    return false;
  });
}

/** Load goes on: so many more are answered final. */
async function loadGoesOn(): Promise<void> {
  const before = load.answered.length;
  await until('load to go on', () => load.answered.length > before + 20);
}

async function joins(): Promise<void> {
  await send(acme, 'signed.json', [echo]);
  const { firstHeight: begun } = await rpc(acme.rpc, 'chain_validators');
  const allow = ['--p2p-allow', await peerIdAt(fox)];
  const joining = joinAt(echo, '--genesis', 'signed.json', '--p2p-peers', acme.p2p, ...allow);
  nodes.set(echo.id, joining);
  await readyAt(echo, joining);
  const follows = await rpc(echo.rpc, 'node_info');
  assert.deepEqual([follows.role, follows.consensus.voting], ['observer', false]);
  const { head } = await rpc(echo.rpc, 'chain_status');
  assert.ok(await rpc(echo.rpc, 'chain_getBlock', { at: head.height }), 'it serves what it has');

  // Nobody else lets it in: all its blocks come from a node without a vote.
  await send(acme, 'signed.json', [fox]);
  await start(fox, '--genesis', 'signed.json', '--p2p-peers', echo.p2p);
  const { peers } = await rpc(fox.rpc, 'node_peers');
  const heard = peers.filter(({ head }: { head: object | null }) => head !== null);
  assert.deepEqual(
    heard.map(({ peerId }: { peerId: string }) => peerId),
    [await peerIdAt(echo)],
  );

  await send(echo, 'home/echo.member.json', [acme]);
  await change('join', [acme, bolt, cobalt, dune], '--put', 'echo.member.json');
  await until('echo to be a validator', async () => (await validatorsAt(acme)).has('echo'));
  const { firstHeight } = await rpc(acme.rpc, 'chain_validators');
  assert.ok(firstHeight > begun, 'in a later epoch');
  await votes(echo);
  assert.equal((await rpc(echo.rpc, 'node_info')).role, 'validator');
  await loadGoesOn();
}

async function rotatesValidatorKey(): Promise<void> {
  const before = (await validatorsAt(acme)).get('bolt');
  const request = await at(bolt, 'member', 'request', '--new-validator-key', '--home', 'home');
  assert.notEqual(request.validatorKey, before);
  await send(bolt, request.file, [acme]);
  await change('rotate', hosts.slice(0, MEMBERS), '--put', path.basename(request.file));
  await until('the new key of bolt to be in force', async () => {
    return (await validatorsAt(acme)).get('bolt') === request.validatorKey;
  });
  await votes(bolt, request.validatorKey);
  const keys = path.join(bolt.home, 'keys');
  await until('the old key file to be put aside', async () => {
    const names = await readdir(keys);
    return names.some((name) => name.startsWith('validator-retired-'));
  });
  assert.equal((await readdir(keys)).includes('validator-next.json'), false);
  assert.equal(nodes.get('bolt')?.ended, undefined, 'without a restart');
  await loadGoesOn();
}

async function rotatesNodeKey(): Promise<void> {
  const { peerId: old } = await rpc(cobalt.rpc, 'node_info');
  const node = nodes.get('cobalt');
  const request = await at(cobalt, 'member', 'request', '--new-node-key', '--home', 'home');
  await send(cobalt, request.file, [acme]);
  await change('node-key', hosts.slice(0, MEMBERS), '--put', path.basename(request.file));
  await until('cobalt to go on under the new node key', async () => {
    return (await rpc(cobalt.rpc, 'node_info')).peerId === request.peerId;
  });
  for (const host of [acme, bolt, dune, echo]) {
    await until(
      `${host.id} to be connected to cobalt under that, and no more to the old`,
      async () => {
        const { peers } = await rpc(host.rpc, 'node_peers');
        const now = peers.find(({ member }: { member: string | null }) => member === 'cobalt');
        const stale = peers.some(({ peerId }: { peerId: string }) => peerId === old);
        return now.peerId === request.peerId && now.connected && !stale;
      },
    );
  }
  await votes(cobalt);
  await until('the old key file to be put aside', async () => {
    const names = await readdir(path.join(cobalt.home, 'keys'));
    return (
      names.some((name) => name.startsWith('node-retired-')) && !names.includes('node-next.json')
    );
  });
  assert.deepEqual([nodes.get('cobalt'), node?.ended], [node, undefined], 'without a restart');
  await loadGoesOn();
}

async function leaves(): Promise<void> {
  const done = await change('leave', hosts.slice(0, MEMBERS), '--remove', 'dune');
  assert.deepEqual(done.members, ['acme', 'bolt', 'cobalt', 'echo']);
  assert.equal(await nodes.get('dune')?.end('SIGTERM'), 0);
  assert.deepEqual([...(await validatorsAt(acme)).keys()], ['acme', 'bolt', 'cobalt', 'echo']);
  await loadGoesOn();
}

/** All that was answered final stands at its height on every node, and all states are equal. */
async function compare(left: readonly MemberHost[]): Promise<void> {
  const statuses = await until('all nodes at one height', async () => {
    const all = await Promise.all(left.map((host) => rpc(host.rpc, 'chain_status')));
    return new Set(all.map(({ head }) => head.height)).size === 1 ? all : undefined;
  });
  assert.equal(new Set(statuses.map(({ stateRoot }) => stateRoot)).size, 1);
  for (const host of left) {
    for (const { id, height } of load.answered) {
      const found = await rpc(host.rpc, 'tx_get', { hash: id });
      assert.equal(found?.height, height, `${id} at ${host.id}`);
    }
    const words = ['audit', 'replay', '--rpc', host.rpc, '--genesis', 'signed.json'];
    const audited = await at(acme, ...words);
    assert.equal(audited.stateRoot, statuses[0].stateRoot);
    assert.ok(audited.transactions > load.answered.length);
  }
}

async function authenticates(left: readonly MemberHost[]): Promise<void> {
  const env = { ZTC_TRUST: path.join(dir, 'trust.json') };
  const run = (...words: string[]) => runZtc(words, { cwd: acme.dir, env });
  await writeFile(path.join(acme.dir, 'app.tgz'), 'release 1.0');
  const key = ['--key', 'acme.key', '--genesis', 'signed.json', '--rpc', echo.rpc];
  const notarized = await run('notarize', 'app.tgz', ...key);
  assert.equal(notarized.exit, 0, notarized.stderr);
  for (const host of left) {
    const words = ['app.tgz', '--rpc', host.rpc, '--genesis', 'signed.json', '--json'];
    const answer = await run('authenticate', ...words);
    const [item] = JSON.parse(answer.stdout).result.items;
    assert.deepEqual([item.status, item.verified], ['TRUSTED', true], answer.stdout);
  }
}

test('members join, change their keys and leave, with load running', async () => {
  await found();
  await initAt(echo);
  await initAt(fox, true);
  const allow = ['--p2p-allow', await peerIdAt(echo)];
  for (const host of [bolt, cobalt, dune]) await send(acme, 'signed.json', [host]);
  const founders = [acme, bolt, cobalt, dune];
  await Promise.all(
    founders.map((host) =>
      start(host, '--genesis', 'signed.json', ...(host === acme ? allow : [])),
    ),
  );
  load = new Load({
    urls: [acme.rpc, bolt.rpc, cobalt.rpc, dune.rpc],
    writersPerUrl: WRITERS_PER_NODE,
    chain,
    publisher: 'acme',
    keys: (await readKeyFile(path.join(acme.dir, 'acme.key'))).keys,
  });
  await loadGoesOn();
  await joins();
  await rotatesValidatorKey();
  await rotatesNodeKey();
  await leaves();
  await load.end();
  const left = [acme, bolt, cobalt, echo, fox];
  await compare(left);
  await authenticates(left);
  for (const host of left) assert.ok(await isReady(host.admin), host.id);
  for (const host of left) assert.equal(await nodes.get(host.id)?.end('SIGTERM'), 0);
});
