/**
 * A consortium founded the way members do it: each with a home of its own, exchanging only public
 * files, every step a run of the real `ztc`.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isReady } from './devnet.ts';
import { type Running, runZtc, spawnZtc, until } from './processes.ts';

const HOST = '127.0.0.1';
const PORTS_PER_MEMBER = 3;

export interface MemberSpec {
  readonly id: string;
  readonly observer?: boolean;
}

/** A member's machine: nothing of it but `public` files is ever read by another. */
export interface MemberHost {
  readonly id: string;
  readonly dir: string;
  readonly home: string;
  readonly rpc: string;
  readonly admin: string;
  readonly p2p: string;
}

export function hostsOf(
  dir: string,
  members: readonly MemberSpec[],
  basePort: number,
): MemberHost[] {
  return members.map(({ id }, i) => {
    const port = basePort + i * PORTS_PER_MEMBER;
    return {
      id,
      dir: path.join(dir, id),
      home: path.join(dir, id, 'home'),
      p2p: `/ip4/${HOST}/tcp/${port}`,
      rpc: `http://${HOST}:${port + 1}`,
      admin: `http://${HOST}:${port + 2}`,
    };
  });
}

/** Runs `ztc` in the member's folder and expects exit 0; the result of its JSON document. */
// biome-ignore lint/suspicious/noExplicitAny: every command has another result
export async function at(host: MemberHost, ...words: string[]): Promise<any> {
  const done = await runZtc([...words, '--json'], { cwd: host.dir });
  assert.equal(done.exit, 0, `${host.id}: ztc ${words.join(' ')}\n${done.stdout}${done.stderr}`);
  return (JSON.parse(done.stdout) as { result: unknown }).result;
}

export async function initAt(host: MemberHost, observer = false): Promise<void> {
  await mkdir(host.dir, { recursive: true });
  const listens = [
    ...['--p2p-listen', host.p2p],
    ...['--rpc-listen', host.rpc.replace('http://', '')],
    ...['--admin-listen', host.admin.replace('http://', '')],
  ];
  const who = ['--member', host.id, '--name', `${host.id} Ltd`, '--announce', host.p2p];
  const role = observer ? ['--observer'] : [];
  await at(host, 'init', ...who, ...role, '--home', 'home', ...listens);
}

/** Sends public files from one to others, as by mail. */
export async function send(
  from: MemberHost,
  file: string,
  to: readonly MemberHost[],
): Promise<void> {
  for (const { dir } of to) {
    const target = path.join(dir, path.basename(file));
    const source = path.join(from.dir, file);
    if (target !== source) await copyFile(source, target);
  }
}

/** As `startAt`, by the command for who comes later; the home may be made already. */
export function joinAt(host: MemberHost, ...words: string[]): Running {
  return spawnZtc(['join', '--home', 'home', ...words], { cwd: host.dir });
}

export function startAt(host: MemberHost, ...words: string[]): Running {
  return spawnZtc(['start', '--home', 'home', ...words], { cwd: host.dir });
}

export async function readyAt(host: MemberHost, node: Running): Promise<void> {
  await until(`${host.id} to be ready`, () => {
    if (node.ended !== undefined) throw new Error(`${host.id} ended\n${node.tail()}`);
    return isReady(host.admin);
  });
}
