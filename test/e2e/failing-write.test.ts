/**
 * A disk that takes no more: the node stops with a message that says so, and the next start has
 * everything that was final. The limit is the system's on the size of a file (RLIMIT_FSIZE).
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { resultOf, ztc } from './support/cli.ts';
import { at, hostsOf, initAt, type MemberHost, readyAt, startAt } from './support/consortium.ts';
import { freePorts, killAll, ROOT, Running, within } from './support/processes.ts';

/** `ulimit -f` counts in units of 512 bytes: the log and the tables of a young chain fit. */
const FILE_UNITS_MAX = 256;
const ATTEMPTS_MAX = 500;

let dir: string;
let host: MemberHost;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-write-'));
  host = hostsOf(dir, [{ id: 'solo' }], await freePorts(3))[0] as MemberHost;
  await initAt(host);
  await at(host, 'key', 'new', 'acme.key', '--publisher', 'acme');
  await at(host, 'publisher', 'request', '--id', 'acme', '--name', 'ACME', '--key', 'acme.key');
  const requests = ['home/solo.member.json', '--publisher', 'acme.publisher.json'];
  await at(host, 'genesis', 'build', '--name', 'solo', ...requests);
  await at(host, 'genesis', 'sign', 'genesis.json', '--home', 'home');
});
after(async () => {
  await killAll();
  await rm(dir, { recursive: true });
});

const env = () => ({ ZTC_TRUST: path.join(dir, 'trust.json') });
const common = () => ['--rpc', host.rpc, '--genesis', path.join(host.dir, 'genesis.json')];

const digest = (i: number): string => `sha256:${i.toString(16).padStart(64, '0')}`;

/** Notarizes until the node can't write any more; what was said to be final until then. */
async function fillUp(node: Running): Promise<string[]> {
  const final: string[] = [];
  for (let i = 1; i < ATTEMPTS_MAX && node.ended === undefined; i++) {
    const key = ['--key', path.join(host.dir, 'acme.key'), '--timeout', '5s'];
    const done = await ztc(['notarize', '--hash', digest(i), ...key, ...common()], env());
    if (done.exit === 0) final.push(digest(i));
  }
  return final;
}

test('a failing write stops the node in words, and a restart loses nothing final', async () => {
  const first = ['--genesis', 'genesis.json', '--signatures', 'solo.sig.json'];
  const command = [path.join(ROOT, 'bin', 'ztc'), 'start', '--home', 'home', ...first].join(' ');
  const limited = `ulimit -f ${FILE_UNITS_MAX}; exec ${command}`;
  const node = new Running('ztc start, limited', 'sh', ['-c', limited], { cwd: host.dir });
  await readyAt(host, node);
  const final = await fillUp(node);
  assert.equal(await within('the node to stop', node.exit), 1, node.tail());
  assert.ok(final.length > 0, 'some were final before');
  assert.match(node.stderr, /\((DATABASE_FAILED|WAL_IO)\)/);
  assert.match(node.stderr, /space/, 'what to do about it');
  assert.match(node.stdout, /"level":60.*(DATABASE_FAILED|WAL_IO)/);

  await readyAt(host, startAt(host));
  const hashes = final.flatMap((each) => ['--hash', each]);
  const words = ['authenticate', ...hashes, '--publisher', 'acme', '--json', ...common()];
  const answer = await ztc(words, env());
  assert.equal(answer.exit, 0, answer.stdout.slice(0, 1_000) + answer.stderr);
  assert.equal(resultOf(answer).items.length, final.length);
});
