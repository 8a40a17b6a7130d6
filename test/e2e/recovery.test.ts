/**
 * A consortium loses three of four validators for good, homes and all. The survivor and new nodes
 * go on as a successor's chain, with the commands of docs/members.md: what was stated is still
 * proven, and an auditor replays both. `ZTC_WRITE_DOCS=1` writes what they said into the page.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { rpc } from './support/devnet.ts';
import {
  allReady,
  answers,
  found,
  type Host,
  hostAt,
  makeHome,
  PORTS,
  resulting,
  run,
  startAt,
} from './support/found.ts';
import { portsStand, Shell, type Step, stepsOf, writePages } from './support/guide.ts';
import { freePorts, killAll, type Running, until } from './support/processes.ts';

const OLD = ['alpha', 'bravo', 'charlie', 'delta'];
/** The nodes that come for those of bravo and charlie, and that of a new member. */
const NEW = ['bravo', 'charlie', 'echo'];
let dir: string;
let old: Host[];
let fresh: Host[];
let shell: Shell;
let steps: Step[];
const nodes: Running[] = [];
const home = process.cwd();
/** In the guide. */
const FINGERPRINT = /(?<=--fingerprint )[0-9a-f]{64}/;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-recovery-'));
  process.chdir(dir);
  const port = await freePorts(PORTS * (OLD.length + NEW.length));
  old = OLD.map((id, i) => hostAt(id, id, port + PORTS * i));
  const after = port + PORTS * OLD.length;
  fresh = NEW.map((id, i) => hostAt(id, `new-${id}`, after + PORTS * i));
  const ports = portsStand(port, OLD.length + NEW.length);
  shell = await Shell.in(dir, { ZTC_TRUST: path.resolve('trust.json') }, ports);
  steps = stepsOf('members.md', '## When a quorum is lost for good');
});
after(async () => {
  await killAll();
  process.chdir(home);
  await rm(dir, { recursive: true });
  writePages();
});

/** The next step of the guide, as it stands there. */
async function next(fingerprint = ''): Promise<void> {
  await shell.follow(steps.shift() as Step, dir, [[FINGERPRINT, fingerprint]]);
}

/** Four members and a publisher; their member keys are kept away from the nodes. */
async function foundOld(): Promise<void> {
  await resulting('key', 'new', 'acme.key', '--publisher', 'acme');
  await resulting('publisher', 'request', '--id', 'acme', '--name', 'ACME', '--key', 'acme.key');
  const publishers = ['--publisher', 'acme.publisher.json'];
  nodes.push(...(await found(old, { publishers, keysAway: true })));
}

async function notarize(name: string, node: Host): Promise<void> {
  await writeFile(name, name);
  const words = ['--key', 'acme.key', '--genesis', 'heir.json', '--rpc', node.rpc];
  const known = name.startsWith('before') ? words.with(3, 'signed.json') : words;
  await resulting('notarize', name, ...known);
}

const finalAt = async ({ rpc: url }: Host): Promise<number> =>
  (await rpc(url, 'chain_status')).head.height;

/**
 * While alpha is down the others go on, and then two of them die. A successor that began where
 * alpha ended would lose what bravo has: alpha fetches it first.
 */
async function loseTwo(): Promise<void> {
  const [alpha, bravo] = old as [Host, Host];
  const [, , ...lost] = nodes;
  assert.equal(await nodes[0]?.end('SIGTERM'), 0);
  await notarize('before-too.txt', bravo);
  for (const node of lost) await node.end('SIGKILL');
  const last = await finalAt(bravo);
  const early = await run('genesis', 'succeed', '--home', 'alpha', '--head', bravo.rpc, '-o', 'x');
  assert.equal(early.exit, 2, early.stdout);
  assert.match(early.stderr, /is final at .*SUCCESSOR_BEHIND[\s\S]*let it fetch the rest/);
  nodes[0] = startAt(alpha);
  await until('alpha to have what bravo has', async () => {
    const height = await finalAt(alpha).catch(() => 0);
    return height >= last;
  });
  assert.equal(await nodes[0].end('SIGTERM'), 0);
  const words = ['--home', 'alpha', '--head', bravo.rpc, '--keep', 'alpha', 'bravo'];
  const built = await resulting('genesis', 'succeed', ...words, '-o', 'of-two.json');
  assert.deepEqual(
    built.heads.map(({ member, height }: { member: string; height: number }) => [member, height]),
    [['bravo', await finalAt(bravo)]],
  );
  assert.deepEqual(built.silent, ['charlie', 'delta']);
  nodes[0] = startAt(alpha);
  await answers(alpha, nodes[0]);
}

/** Then bravo is gone as well. @returns what is final on the survivor */
async function loseThree(): Promise<number> {
  const [survivor, bravo] = nodes.splice(0);
  await bravo?.end('SIGKILL');
  for (const host of old.slice(1)) await rm(host.home, { recursive: true });
  const height = await finalAt(old[0] as Host);
  assert.equal(await survivor?.end('SIGTERM'), 0);
  return height;
}

/** Builds the successor and signs it with what is left of keys. @returns its fingerprint */
async function succeed(): Promise<string> {
  const requests = [];
  for (const host of fresh) requests.push(await makeHome(host));
  await next();
  const words = [...requests.toReversed(), '--home', 'alpha', '--keep', 'alpha'];
  const again = await resulting('genesis', 'succeed', ...words, '-o', 'again.json');
  assert.deepEqual(again.silent, ['bravo', 'charlie', 'delta']);
  assert.equal(again.successor.needed, 3);
  const [one, two] = await Promise.all(
    ['heir-unsigned.json', 'again.json'].map((name) => readFile(name, 'utf8')),
  );
  assert.equal(two, one, 'the same for any order');

  const file = 'heir-unsigned.json';
  const sign = (key: string) => run('genesis', 'sign', file, '--key', key);
  for (const id of OLD) await rm(`${id}.sig.json`);
  for (const id of ['alpha', 'bravo']) assert.equal((await sign(`${id}.safe.json`)).exit, 0);
  await next();
  const stranger = await sign('new-echo/keys/member.json');
  assert.equal(stranger.exit, 2);
  assert.match(stranger.stderr, /no member key of the genesis before/);
  assert.equal((await sign('charlie.safe.json')).exit, 0);
  await next();
  return (again.chain as string).replace('0x', '');
}

/** The survivor keeps its store; the others fetch and check both chains, and then vote. */
async function startAgain(height: number): Promise<void> {
  const [alpha] = old as [Host];
  const survivor = startAt(alpha, '--genesis', 'heir.json');
  nodes.push(survivor);
  await until('the successor to be served', async () => {
    if (survivor.ended !== undefined) throw new Error(survivor.tail());
    const status = await rpc(alpha.rpc, 'chain_status').catch(() => undefined);
    return status?.head.height === height + 1;
  });
  for (const [i, host] of fresh.entries()) {
    if (i === 0) {
      const early = await run('start', '--home', host.home, '--genesis', 'heir.json');
      assert.equal(early.exit, 1, 'what came before is not there yet');
      assert.match(early.stderr, /SUCCESSOR_STORE[\s\S]*ztc audit replay/);
    }
    const words = ['--genesis', 'heir.json', '--rpc', alpha.rpc];
    const dir = ['--dir', `${host.home}/data/chain`];
    const replayed = await resulting('audit', 'replay', ...words, ...dir);
    assert.equal(replayed.successors[0].first, height + 1);
    nodes.push(startAt(host, '--genesis', 'heir.json'));
    await answers(host, nodes.at(-1) as Running);
  }
  await allReady([alpha, ...fresh], nodes);
}

/** Nobody follows by himself; who decides to sees who signed. */
async function decide(fingerprint: string, [bravo]: readonly Host[]): Promise<void> {
  const url = bravo?.rpc as string;
  const unasked = await run('authenticate', 'before.txt', '--rpc', url);
  assert.equal(unasked.exit, 20, unasked.stderr);
  await next(fingerprint);
}

async function checkAnswers(): Promise<void> {
  for (const name of ['before.txt', 'before-too.txt', 'after.txt']) {
    for (const host of fresh) {
      const receipt = `${host.id}-${name}.ztc.json`;
      const words = [name, '--rpc', host.rpc, '--save-receipt', receipt];
      const { items } = await resulting('authenticate', ...words);
      const { status, trust, verified } = items[0];
      assert.deepEqual([status, trust, verified], ['TRUSTED', 'pinned', true]);
      const offline = await run(
        'authenticate',
        name,
        '--receipt',
        receipt,
        '--genesis',
        'heir.json',
      );
      assert.equal(offline.exit, 0, offline.stdout + offline.stderr);
    }
  }
  const old = ['--receipt', 'old.ztc.json', '--publisher', 'acme', '--genesis'];
  for (const genesis of ['signed.json', 'heir.json']) {
    const before = await run('authenticate', 'before.txt', ...old, genesis);
    assert.equal(before.exit, 0, before.stdout + before.stderr);
  }
}

test('a lost quorum is recovered by a successor that keeps everything', async () => {
  await foundOld();
  const [alpha] = old as [Host];
  const chain = (await rpc(alpha.rpc, 'chain_status')).chain.replace('0x', '');
  assert.equal((await run('trust', 'add', alpha.rpc, '--fingerprint', chain)).exit, 0);
  assert.equal((await run('trust', 'pin', 'acme')).exit, 0);
  await notarize('before.txt', alpha);
  await resulting('authenticate', 'before.txt', '--save-receipt', 'old.ztc.json');
  await loseTwo();
  const height = await loseThree();
  const fingerprint = await succeed();
  await startAgain(height);
  await notarize('after.txt', fresh[1] as Host);
  await decide(fingerprint, fresh);
  await checkAnswers();
  await next();
  assert.deepEqual(steps, [], 'nothing is left out');
});
