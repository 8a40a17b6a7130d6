/**
 * Machines, each a network namespace, cabled to one bridge; faults are the kernel's own, put on the
 * bridge's ports with `tc`, so that each direction of each pair has its own, and packets vanish or
 * wait as on a real line: nobody is told. The bridge itself is ours: tests reach every machine by
 * it, whatever the machines can't hear of each other.
 */
import { spawnSync } from 'node:child_process';
import { run } from './stage.ts';

const BRIDGE = 'br0';
const SUBNET = '10.77.0';
const BRIDGE_ADDRESS = `${SUBNET}.254`;

/** What a line does to the packets of one direction. */
export type Fault =
  | { readonly kind: 'cut' }
  /** One packet in so many is lost; a power of two. */
  | { readonly kind: 'loss'; readonly oneIn: 2 | 4 | 8 | 16 }
  /** Packets pass one by one, each of them after so many ms, with a jitter where netem is there. */
  | { readonly kind: 'slow'; readonly ms: number };

/** Every packet counts as no less, so that a rate in bits is one in packets too. */
const PACKET_BYTES = 2_000;
const BITS_PER_BYTE = 8;
const QUEUE_PACKETS = 200;
const FULL = 'rate 10gbit quantum 60000';
/** Class and filter of the packets from machine `i`; 1 is the class of what is well. */
const minorOf = (machine: number): number => 16 + machine;

export const namespaceOf = (machine: number): string => `n${machine}`;
export const addressOf = (machine: number): string => `${SUBNET}.${machine + 1}`;
const portOf = (machine: number): string => `port${machine}`;

/** Machines with good lines between all of them, and nothing left of an earlier test's. */
export class TestNetwork {
  readonly machines: number;
  /** `slow` is a delay with jitter; else it is a rate, which delays by queueing. */
  readonly hasNetem: boolean;

  constructor(machines: number) {
    this.machines = machines;
    removeAll();
    run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
    run('ip', 'addr', 'add', `${BRIDGE_ADDRESS}/24`, 'dev', BRIDGE);
    run('ip', 'link', 'set', BRIDGE, 'up');
    for (let machine = 0; machine < machines; machine++) this.#cable(machine);
    this.hasNetem = tc([`qdisc replace dev ${portOf(0)} parent 1:1 netem delay 1ms`]);
    if (this.hasNetem) tc([`qdisc del dev ${portOf(0)} parent 1:1`]);
  }

  #cable(machine: number): void {
    const namespace = namespaceOf(machine);
    const port = portOf(machine);
    run('ip', 'netns', 'add', namespace);
    const peer = ['peer', 'name', 'eth0', 'netns', namespace];
    run('ip', 'link', 'add', port, 'type', 'veth', ...peer);
    run('ip', 'link', 'set', port, 'master', BRIDGE, 'up');
    const inside = (...words: string[]) => run('ip', '-n', namespace, ...words);
    inside('addr', 'add', `${addressOf(machine)}/24`, 'dev', 'eth0');
    inside('link', 'set', 'lo', 'up');
    inside('link', 'set', 'eth0', 'up');
    mustTc([
      `qdisc add dev ${port} root handle 1: htb default 1`,
      `class add dev ${port} parent 1: classid 1:1 htb ${FULL}`,
      ...this.#others(machine).map((from) => {
        const minor = minorOf(from);
        return `class add dev ${port} parent 1: classid 1:${minor} htb ${FULL}`;
      }),
    ]);
  }

  #others(machine: number): number[] {
    return Array.from({ length: this.machines }, (_, i) => i).filter((i) => i !== machine);
  }

  /** Puts a fault on what `to` hears from `from`; undefined makes it well. */
  line(from: number, to: number, fault: Fault | undefined): void {
    const port = portOf(to);
    const minor = minorOf(from);
    tc([`filter del dev ${port} parent 1: prio ${minor}`]);
    if (fault === undefined) return;
    const flow = `flowid 1:${minor}`;
    const source = `match ip src ${addressOf(from)}/32`;
    // The low bits of a connection's packet counter (the identification of RFC 791).
    const some =
      fault.kind === 'loss' ? `match u16 0 0x${(fault.oneIn - 1).toString(16)} at 4` : '';
    mustTc([
      ...this.#treatment(port, minor, fault),
      `filter add dev ${port} parent 1: protocol ip prio ${minor} u32 ${source} ${some} ${flow}`,
    ]);
  }

  #treatment(port: string, minor: number, fault: Fault): string[] {
    const queue = `qdisc replace dev ${port} parent 1:${minor}`;
    const change = `class change dev ${port} parent 1: classid 1:${minor} htb`;
    const full = `${change} ${FULL}`;
    // A queue without room drops all.
    if (fault.kind !== 'slow') return [full, `${queue} pfifo limit 0`];
    const { ms } = fault;
    if (this.hasNetem) return [full, `${queue} netem delay ${ms}ms ${Math.ceil(ms / 3)}ms`];
    const rate = Math.ceil((PACKET_BYTES * BITS_PER_BYTE * 1000) / ms);
    const shape = `rate ${rate}bit burst 1 cburst 1 mpu ${PACKET_BYTES} quantum 1514`;
    return [`${change} ${shape}`, `${queue} pfifo limit ${QUEUE_PACKETS}`];
  }

  /** The same fault on every line, both ways, for which `isHit` holds. */
  lines(fault: Fault | undefined, isHit: (from: number, to: number) => boolean = () => true): void {
    for (let to = 0; to < this.machines; to++) {
      for (const from of this.#others(to)) if (isHit(from, to)) this.line(from, to, fault);
    }
  }

  /** Only those within one group hear each other. */
  split(groups: readonly (readonly number[])[]): void {
    const group = (machine: number) => groups.findIndex((each) => each.includes(machine));
    this.lines({ kind: 'cut' }, (from, to) => group(from) !== group(to));
  }

  /** Pulls a machine's cable: unlike a cut, its system sees that. */
  unplug(machine: number): void {
    run('ip', 'link', 'set', portOf(machine), 'down');
  }

  /** All lines are well again, and all cables in. */
  heal(): void {
    this.lines(undefined);
    for (let i = 0; i < this.machines; i++) run('ip', 'link', 'set', portOf(i), 'up');
  }
}

/** A test file that was killed leaves machines, and processes in them. */
function removeAll(): void {
  for (const line of run('ip', 'netns', 'list').split('\n').filter(Boolean)) {
    const name = line.split(' ')[0] as string;
    const pids = run('ip', 'netns', 'pids', name).split('\n').filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    run('ip', 'netns', 'del', name);
  }
  const links = JSON.parse(run('ip', '-json', 'link')) as readonly { readonly ifname: string }[];
  const ours = links.map(({ ifname }) => ifname).filter((name) => /^(br0|port\d+)$/.test(name));
  // Some go with their machine, which takes the kernel a moment.
  for (const name of ours) spawnSync('ip', ['link', 'del', name]);
}

/** Runs commands of `tc` at once; whether all were done. */
function tc(commands: readonly string[]): boolean {
  return batch(commands).status === 0;
}

function mustTc(commands: readonly string[]): void {
  const { status, stderr } = batch(commands);
  if (status !== 0) throw new Error(`tc: ${stderr}\n${commands.join('\n')}`);
}

function batch(commands: readonly string[]) {
  return spawnSync('tc', ['-batch', '-'], { input: `${commands.join('\n')}\n`, encoding: 'utf8' });
}
