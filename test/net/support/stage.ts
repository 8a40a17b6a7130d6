/**
 * Where the network tests run: network, mounts and process ids of their own, seen by nobody else.
 * What they make there, nodes, links and disks, is gone with the first process in it, however that
 * ends: there is nothing to clean up, and no packet leaves the machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';

/** Says to a process that it is inside. */
const INSIDE = 'ZTC_TEST_STAGE';
/** Ends when the process outside does, however that ends. */
const LIFELINE_FD = 3;
const KILLED = 137;
/** Where the tools are, for those who aren't root too. */
const SEARCHED = `${process.env.PATH}:/sbin:/usr/sbin`;

export type Permission =
  | { readonly kind: 'permitted' }
  /** Something can be installed. */
  | { readonly kind: 'missing'; readonly why: string }
  /** Nothing that a test could do about it. */
  | { readonly kind: 'forbidden'; readonly why: string };

const HOW = 'Linux with iproute2 and util-linux, as root or with user namespaces';

function unshareWords(): string[] {
  // Whoever isn't root becomes it in a user namespace, where the system lets them.
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return [...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** What the tests can't do without, tried for real: a bridge, a cable, a shaped queue, a disk. */
const PROBE = `set -e
mount -t tmpfs tmpfs /run && mkdir /run/netns
ip link set lo up
ip netns add probe
ip link add br0 type bridge
ip link add v0 type veth peer name eth0 netns probe
ip link set v0 master br0 up
tc qdisc add dev v0 root handle 1: htb default 1
tc class add dev v0 parent 1: classid 1:2 htb rate 1mbit mpu 1000
tc qdisc add dev v0 parent 1:2 pfifo limit 0
tc filter add dev v0 parent 1: protocol ip prio 1 u32 match ip src 10.77.0.1/32 flowid 1:2
ip netns exec probe true`;

/** Whether this machine lets us make networks, found out by making one. */
export function permission(): Permission {
  if (process.platform !== 'linux') return { kind: 'forbidden', why: `it takes ${HOW}` };
  const missing = ['unshare', 'ip', 'tc', 'mount'].filter((tool) => !isThere(tool));
  if (missing.length > 0) {
    const install = 'apt-get install iproute2 util-linux';
    return { kind: 'missing', why: `${missing.join(', ')} not found: ${install}` };
  }
  const options = { encoding: 'utf8', env: { ...process.env, PATH: SEARCHED } } as const;
  const tried = spawnSync('unshare', [...unshareWords(), 'sh', '-c', PROBE], options);
  if (tried.status === 0) return { kind: 'permitted' };
  const said = (tried.stderr || String(tried.error ?? '')).trim().split('\n').at(-1);
  return { kind: 'forbidden', why: `this machine forbids it (${said}): it takes ${HOW}` };
}

function isThere(tool: string): boolean {
  return SEARCHED.split(':').some((folder) => existsSync(`${folder}/${tool}`));
}

export function isOnStage(): boolean {
  return process.env[INSIDE] !== undefined;
}

/** Runs this very command again on a stage of its own; its exit code. */
export function runOnStage(): Promise<number> {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', [...unshareWords(), ...again], {
    env: { ...process.env, [INSIDE]: '1', PATH: SEARCHED },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The first process inside takes no signal without a handler, but ends with its parent.
    process.on(signal, () => child.kill('SIGKILL'));
  }
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? KILLED));
  });
}

/** For the first process inside: folders of its own, and an end with the process outside. */
export function prepareStage(): void {
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
  lifeline.once('close', () => process.exit(KILLED)).resume();
  lifeline.unref();
  run('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  run('mkdir', '/run/netns');
  run('ip', 'link', 'set', 'lo', 'up');
}

/** Runs a system tool; fails with what it said. */
export function run(command: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${words.join(' ')}: ${stderr || stdout}`);
}
