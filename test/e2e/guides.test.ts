/**
 * The guides do what they say: from no key to releases and what publishers do with them
 * (docs/publishers.md), and from an empty host to a voting validator and its way out
 * (docs/members.md), with the commands that stand there. `ZTC_WRITE_DOCS=1` writes what they said.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dnsServer } from '../support/dns.ts';
import { rpc } from './support/devnet.ts';
import { allReady, found, type Host, hostAt, PORTS, resulting, startAt } from './support/found.ts';
import { portsStand, Shell, type Stand, type Step, stepsOf, writePages } from './support/guide.ts';
import { freePorts, killAll, type Running, until } from './support/processes.ts';

const MEMBERS = ['alpha', 'bravo', 'charlie', 'delta'];
/** Addresses in the guides where nobody, or no node, answers. */
const OTHERS = 3;
/** The resolver that the guides name. */
const RESOLVER = '9.9.9.9';
/** But for the one that is wrong on purpose. */
const FINGERPRINT = /(?<=--fingerprint |ZTC_GENESIS=)(?!5be1)[0-9a-f]{64}/;
const TIMES = /(?<=--since )\S+Z/;
const TRANSACTION = /(?<=tx wait )0x[0-9a-f]{64}/;

const home = process.cwd();
let dir: string;
let hosts: Host[];
let nodes: Running[];
let shell: Shell;
let from: number;
let ports: Stand;
let chain: string;
let resolver = '';
let hook: Server;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-guides-'));
  process.chdir(dir);
  from = await freePorts(PORTS * (MEMBERS.length + 1) + OTHERS);
  hosts = MEMBERS.map((id, i) => hostAt(id, id, from + PORTS * i));
  nodes = await found(hosts);
  await copyFile('signed.json', 'genesis.json');
  chain = (await rpc((hosts[0] as Host).rpc, 'chain_status')).chain.slice(2);
  await mkdir('gnupg', { mode: 0o700 });
  ports = portsStand(from, MEMBERS.length + 1, OTHERS);
  const variables = { ZTC_TRUST: path.resolve('trust.json'), GNUPGHOME: path.resolve('gnupg') };
  const real = (text: string): string => ports.real(text).replaceAll(RESOLVER, resolver);
  shell = await Shell.in(dir, variables, { ...ports, real });
  hook = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) =>
    hook.listen(Number(ports.real('7799')), '127.0.0.1', resolve),
  );
});
after(async () => {
  hook?.close();
  await killAll();
  process.chdir(home);
  await rm(dir, { recursive: true });
  writePages();
});

/** The guides call every home `node`, each on its own host. */
async function as(member: string): Promise<void> {
  await rm('node', { force: true });
  await symlink(path.resolve(member), 'node');
}

/** Takes the steps up to the first one with `word`, that one included; gives what they said. */
async function upTo(
  word: string,
  steps: Step[],
  { cwd = dir, values = [] }: { cwd?: string; values?: [RegExp, string][] } = {},
): Promise<string> {
  const at = steps.findIndex(({ text }) => (text.split('\n')[0] as string).includes(word));
  assert.ok(at >= 0, `a step about ${word}`);
  const said: string[] = [];
  const known: [RegExp, string][] = [[FINGERPRINT, chain], ...values];
  for (const step of steps.splice(0, at + 1)) said.push(await shell.follow(step, cwd, known));
  return said.join('');
}

/** While two of four stand still nothing becomes final, however fast the machine is. */
async function withoutQuorum<T>(act: () => Promise<T>): Promise<T> {
  const some = nodes.slice(2, MEMBERS.length).map(({ child }) => child);
  for (const child of some) child.kill('SIGSTOP');
  try {
    return await act();
  } finally {
    for (const child of some) child.kill('SIGCONT');
  }
}

async function all(steps: Step[], values: [RegExp, string][] = []): Promise<void> {
  const known: [RegExp, string][] = [[FINGERPRINT, chain], ...values];
  for (const step of steps) await shell.follow(step, dir, known);
}

const file = (name: string, content = name): Promise<void> => writeFile(name, content);

test('docs/publishers.md: from nothing to the first verified release', async () => {
  const steps = stepsOf('publishers.md', '## A key', '## Keys over time');
  await upTo('cat acme.publisher.json', steps);
  await as('alpha');
  await upTo('publisher register', steps);
  await as('bravo');
  await upTo('publisher vouch', steps);
  await resulting('publisher', 'vouch', 'acme', '--home', 'charlie');
  await file('app-1.0.tgz');
  await all(steps);
});

test('docs/publishers.md: keys over time, several for a release, and a stolen one', async () => {
  const steps = stepsOf(
    'publishers.md',
    '## Keys over time',
    '## Coming from PGP, a certificate or a domain',
  );
  await upTo('mv acme-2027.key', steps);
  for (const name of ['app-1.1.tgz', 'app-1.2.tgz', 'app-6.6.6.tgz']) await file(name);
  await upTo('publisher set --approvals 1', steps);
  const since = new Date().toISOString();
  await resulting('notarize', 'app-6.6.6.tgz', '--key', 'ci.key');
  await all(steps, [[TIMES, since]]);
});

function hasTools(): boolean {
  try {
    execFileSync('gpg', ['--version'], { stdio: 'ignore' });
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function openssl(words: string): void {
  execFileSync('openssl', words.split(' '), { stdio: 'ignore' });
}

/** Keys and certificates as who comes from there has them. */
function oldWorld(): void {
  const who = 'ACME Releases <releases@acme.example>';
  const gpg = ['--batch', '--passphrase', '', '--quick-gen-key', who, 'ed25519', 'sign', '1y'];
  execFileSync('gpg', gpg, {
    stdio: 'ignore',
    env: { ...process.env, GNUPGHOME: path.resolve('gnupg') },
  });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 30 -subj /CN=ACME-Root-CA`);
  openssl(`req ${key} -keyout cert.key -out cert.csr -subj /CN=ACME-Ltd`);
  const by = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -extfile ext.cnf';
  openssl(`x509 -req -in cert.csr ${by} -out cert.pem`);
}

/** The authority revokes the certificate, in a later second than whatever was stated so far. */
async function revoke(): Promise<void> {
  const parts = ['database=revoked.txt', 'default_md=sha256', 'default_crl_days=30'];
  await writeFile('ca.cnf', ['[ca]', 'default_ca=list', '[list]', ...parts, ''].join('\n'));
  await file('revoked.txt', '');
  await sleep(1_000);
  const authority = 'ca -config ca.cnf -keyfile ca.key -cert ca.pem';
  openssl(`${authority} -revoke cert.pem`);
  openssl(`${authority} -gencrl -out ca.crl`);
  await file('setup-1.5.exe');
}

test('docs/publishers.md: PGP, certificates and domains', { skip: !hasTools() }, async () => {
  const title = '## Coming from PGP, a certificate or a domain';
  const steps = stepsOf('publishers.md', title, '## Notarizing in CI');
  await writeFile('ext.cnf', 'extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\n');
  oldWorld();
  await file('app-1.4.tgz');
  await file('setup-1.4.exe');
  await upTo('ztc trust root', steps);
  await revoke();
  await upTo('publisher bind --domain', steps);
  const record = `ztc-publisher=acme ledger=0x${chain}`;
  const dns = await dnsServer('_ztc.acme.example', [record]);
  resolver = `127.0.0.1:${dns.address().port}`;
  const looked = ['publisher', 'attest-domain', 'acme', 'acme.example', '--resolver', resolver];
  await resulting(...looked, '--home', 'bravo');
  await as('charlie');
  await all(steps);
  dns.close();
  execFileSync('gpgconf', ['--homedir', path.resolve('gnupg'), '--kill', 'all']);
});

test('docs/publishers.md: in CI, folders, taking back, private, receipts, watching', async () => {
  const ci = stepsOf(
    'publishers.md',
    '## Notarizing in CI',
    '## Folders, commits, images, packages',
  );
  await mkdir('dist');
  await file('dist/app-1.4.0.tgz');
  await file('dist/app-1.4.0.zip');
  await upTo('echo late', ci);
  const late = await withoutQuorum(() => upTo('--timeout 1ms', ci));
  const id = /0x[0-9a-f]{64}/.exec(late.slice(late.indexOf('late.txt')))?.[0] as string;
  await all(ci, [[TRANSACTION, id]]);
  await all(stepsOf('publishers.md', '## Folders, commits, images, packages', '## Taking it back'));
  await file('dist/app-1.4.0.zip');
  await file('app-1.4.0.tgz', 'the package itself');
  await file('prototype.bin');
  await all(stepsOf('publishers.md', '## Taking it back', '## Beside the download'));
  await all(stepsOf('publishers.md', '## Beside the download'));
});

/** Its operator lets the new node in by its peer id, as the guide says. */
async function letIn(peerId: string): Promise<void> {
  const [alpha] = hosts as [Host];
  await nodes[0]?.end('SIGTERM');
  nodes[0] = startAt(alpha, '--p2p-allow', peerId);
  await allReady([alpha], [nodes[0]]);
}

const vote = async (number: number, ...members: string[]): Promise<void> => {
  for (const id of members) await resulting('gov', 'vote', String(number), '--home', id);
};

test('docs/members.md: from an empty host to a voting validator', async () => {
  const steps = stepsOf('members.md', '## Add a validator', '## A key without a line');
  const echo = hostAt('echo', 'node', from + PORTS * MEMBERS.length);
  const joiner = path.join(dir, 'joiner');
  await mkdir(joiner);
  await copyFile('signed.json', path.join(joiner, 'signed.json'));
  const made = await upTo('ztc init', steps, { cwd: joiner });
  await letIn(/12D3KooW\w+/.exec(made)?.[0] as string);
  await upTo('ztc join', steps, { cwd: joiner });
  await until('the joined node to follow', async () => {
    const status = await rpc(echo.rpc, 'chain_status').catch(() => undefined);
    return status !== undefined && status.head.height > 0 && !status.syncing;
  });
  await upTo('ztc status', steps, { cwd: joiner });
  await copyFile(path.join(joiner, 'node/echo.member.json'), 'echo.member.json');
  await as('alpha');
  await upTo('gov propose', steps);
  await upTo('gov list', steps);
  await vote(1, 'bravo');
  await as('charlie');
  await upTo('gov vote', steps);
  await until('the new validator to vote', async () => {
    const log = await readFile(path.join(joiner, 'node.log'), 'utf8');
    const status = await rpc(echo.rpc, 'node_info');
    return /"ready: this key/.test(log) && status.consensus.voting;
  });
  await upTo('ztc status', steps, { cwd: joiner });
  assert.deepEqual(steps, [], 'nothing is left out');
});

test('docs/members.md: a key without a line, leaving, and other keys', async () => {
  const offline = stepsOf('members.md', '## A key without a line', '## Leave');
  await as('alpha');
  await upTo('gov propose', offline);
  await vote(2, 'charlie', 'delta');
  await as('bravo');
  await all(offline);
  const leave = stepsOf('members.md', '## Leave', '## Replace a validator key');
  await as('charlie');
  await upTo('gov propose', leave);
  await vote(3, 'alpha', 'bravo');
  await as('joiner/node');
  await all(leave);
  const validator = stepsOf('members.md', '## Replace a validator key', '## Replace a node key');
  await as('bravo');
  await upTo('gov propose', validator);
  await vote(4, 'alpha', 'charlie');
  await until('the old key to be put aside', async () => {
    return (await readdir('bravo/keys')).some((name) => name.startsWith('validator-retired'));
  });
  await all(validator);
  await nodeKey(stepsOf('members.md', '## Replace a node key', '## Replace the member key'));
  await as('bravo');
  await all(
    stepsOf('members.md', '## Replace the member key', '## When a quorum is lost for good'),
  );
});

async function nodeKey(steps: Step[]): Promise<void> {
  const charlie = hosts[2] as Host;
  await as('charlie');
  await upTo('member request', steps);
  await resulting('gov', 'propose', '--put', 'charlie/charlie-2.member.json', '--home', 'charlie');
  await vote(5, 'alpha', 'bravo');
  await until('its node to say so', async () => {
    await writeFile('node.log', nodes[2]?.stdout ?? '');
    return /new node key/.test(nodes[2]?.stdout ?? '');
  });
  await all(steps);
  await until('it to be among them again', async () => {
    const { peers } = await rpc(charlie.rpc, 'node_peers').catch(() => ({ peers: [] }));
    return peers.filter(({ connected }: { connected: boolean }) => connected).length >= 2;
  });
}
