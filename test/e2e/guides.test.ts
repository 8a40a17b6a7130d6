/**
 * The guides do what they say: from no key to the first verified release (docs/publishers.md), and
 * from an empty host to a voting validator (docs/members.md), with the commands that stand there.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { rpc } from './support/devnet.ts';
import { allReady, found, type Host, hostAt, PORTS, resulting, startAt } from './support/found.ts';
import { follow, type Shell, type Step, shellIn, stepsOf } from './support/guide.ts';
import { freePorts, killAll, type Running, until } from './support/processes.ts';

const MEMBERS = ['alpha', 'bravo', 'charlie', 'delta'];
/** In the guides a member has ten ports, from 7700 on. */
const GUIDE_PORT = /\b77(\d)(\d)\b/g;

const home = process.cwd();
let dir: string;
let hosts: Host[];
let nodes: Running[];
let shell: Shell;
let from: number;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-guides-'));
  process.chdir(dir);
  from = await freePorts(PORTS * (MEMBERS.length + 1));
  hosts = MEMBERS.map((id, i) => hostAt(id, id, from + PORTS * i));
  nodes = await found(hosts);
  const [alpha] = hosts as [Host];
  const { chain } = await rpc(alpha.rpc, 'chain_status');
  await resulting('trust', 'add', alpha.rpc, '--fingerprint', chain.slice(2));
  const ports = (text: string): string =>
    text.replaceAll(GUIDE_PORT, (_, member, port) => String(from + PORTS * +member + +port));
  shell = await shellIn(dir, path.resolve('trust.json'), ports);
});
after(async () => {
  await killAll();
  process.chdir(home);
  await rm(dir, { recursive: true });
});

/** The guides call every home `node`, each on its own host. */
async function as(member: string): Promise<void> {
  await rm('node', { force: true });
  await symlink(path.resolve(member), 'node');
}

/** Takes the steps up to the first one about `word`, that one included; gives what they said. */
async function upTo(word: string, steps: Step[], cwd = dir): Promise<string> {
  const at = steps.findIndex(({ command }) => command.includes(word));
  assert.ok(at >= 0, `a step about ${word}`);
  const said: string[] = [];
  for (const step of steps.splice(0, at + 1)) said.push(await follow(step, { ...shell, cwd }));
  return said.join('');
}

test('docs/publishers.md: from nothing to the first verified release', async () => {
  const steps = stepsOf('publishers.md', '## A key', '## Keys over time');
  await upTo('cat acme.publisher.json', steps);
  await as('alpha');
  await upTo('publisher register', steps);
  await as('bravo');
  await upTo('publisher vouch', steps);
  await resulting('publisher', 'vouch', 'acme', '--home', 'charlie');
  await writeFile('app-1.0.tgz', 'release 1.0');
  await upTo('ztc authenticate', steps);
  assert.deepEqual(steps, [], 'nothing is left out');
});

/** Its operator lets the new node in by its peer id, as the guide says. */
async function letIn(peerId: string): Promise<void> {
  const [alpha] = hosts as [Host];
  await nodes[0]?.end('SIGTERM');
  nodes[0] = startAt(alpha, '--p2p-allow', peerId);
  await allReady([alpha], [nodes[0]]);
}

test('docs/members.md: from an empty host to a voting validator', async () => {
  const steps = stepsOf('members.md', '## Add a validator', '## A key without a line');
  const echo = hostAt('echo', 'node', from + PORTS * MEMBERS.length);
  const joiner = path.join(dir, 'joiner');
  await mkdir(joiner);
  await copyFile('signed.json', path.join(joiner, 'signed.json'));
  const made = await upTo('ztc init', steps, joiner);
  await letIn(/12D3KooW\w+/.exec(made)?.[0] as string);
  await upTo('ztc join', steps, joiner);
  await until('the joined node to follow', async () => {
    const status = await rpc(echo.rpc, 'chain_status').catch(() => undefined);
    return status !== undefined && status.head.height > 0 && !status.syncing;
  });
  await upTo('ztc status', steps, joiner);
  await copyFile(path.join(joiner, 'node/echo.member.json'), 'echo.member.json');
  await as('alpha');
  await upTo('gov propose', steps);
  await upTo('gov list', steps);
  await resulting('gov', 'vote', '1', '--home', 'bravo');
  await as('charlie');
  await upTo('gov vote', steps);
  await until('the new validator to vote', async () => {
    const log = await readFile(path.join(joiner, 'node.log'), 'utf8');
    const status = await rpc(echo.rpc, 'node_info');
    return /"ready: this key/.test(log) && status.consensus.voting;
  });
  await upTo('ztc status', steps, joiner);
  assert.deepEqual(steps, [], 'nothing is left out');
});
