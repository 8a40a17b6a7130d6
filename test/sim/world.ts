/** A cluster of real engines on virtual time, network and disks. One seed gives one run. */
import { utf8 } from '../../src/common/bytes.ts';
import { sha256Of } from '../../src/common/hash.ts';
import type { KeyPair, Verify } from '../../src/common/signature.ts';
import { createEngine, type Engine } from '../../src/consensus/engine.ts';
import type { Clock, Counter } from '../../src/consensus/ports.ts';
import { genesisBlock } from '../../src/ledger/block.ts';
import { DEFAULT_PARAMETERS, type Parameters } from '../../src/ledger/parameters.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import { memoryCounter } from '../support/memory-counter.ts';
import { type ChainDisk, rangeOf, SimApplication } from './application.ts';
import { crashWal, memoryWal, type WalDisk } from './memory-wal.ts';
import { Monitor, Violation } from './monitor.ts';
import { type LinkFaults, SimNetwork } from './network.ts';
import { Prng } from './prng.ts';
import { Schedule } from './schedule.ts';
import { silentLog } from './silent-log.ts';

const CHAIN = sha256Of(utf8('simulated chain'));
const GENESIS_TIME = 1_750_000_000_000;
const SYNC_BLOCKS = 64;
const SYNC_DELAY_MS = 20;
const FSYNC_MS_MAX = 2;
/** So few that logs are replaced many times in a run. */
const WAL_RECORDS_MAX = 40;

export const SIM_PARAMETERS: Parameters = {
  ...DEFAULT_PARAMETERS,
  heartbeatMs: 5_000,
  minBlockIntervalMs: 20,
  viewTimeoutMs: 400,
  viewTimeoutMaxMs: 4_000,
};

export interface WorldOptions {
  readonly seed: number;
  /** Validators. */
  readonly count: number;
  readonly faults: LinkFaults;
  readonly parameters?: Parameters;
  /** The last validator runs twice with one key; each half speaks to its part of the others. */
  readonly twin?: boolean;
}

/** One process; a twin has the index of its sibling and another slot. */
interface Slot {
  readonly index: number;
  readonly wal: WalDisk;
  readonly evidence: WalDisk;
  readonly counter: Counter;
  readonly chain: ChainDisk;
  running: { engine: Engine; application: SimApplication; alive: { yes: boolean } } | undefined;
}

/** Stands for Ed25519: as deterministic, and much faster. */
function fakeSign(message: Uint8Array, { publicKey }: KeyPair): Uint8Array {
  const half = sha256Of(publicKey, message);
  const signature = new Uint8Array(65);
  signature[0] = 1;
  signature.set(half, 1);
  signature.set(half, 33);
  return signature;
}

const fakeVerify: Verify = (signature, message, publicKey) => {
  const expected = fakeSign(message, { publicKey, secretKey: publicKey });
  return signature.every((byte, i) => byte === expected[i]);
};

export class World {
  readonly schedule: Schedule;
  readonly network: SimNetwork;
  readonly monitor: Monitor;
  readonly random: Prng;
  readonly count: number;
  readonly slots: Slot[];
  readonly #validators: ValidatorSet;
  readonly #keys: KeyPair[];
  readonly #parameters: Parameters;
  readonly #fsync: Prng;
  #failure: unknown;

  constructor(options: WorldOptions) {
    const { seed, count, faults, twin = false } = options;
    const root = new Prng(seed);
    this.random = root.fork('world');
    this.#fsync = root.fork('fsync');
    this.schedule = new Schedule(root.fork('schedule'));
    this.count = count;
    this.#parameters = options.parameters ?? SIM_PARAMETERS;
    this.#keys = Array.from({ length: count }, (_, i) => {
      const secretKey = sha256Of(utf8(`key ${i}`));
      return { secretKey, publicKey: Uint8Array.of(1, ...secretKey) };
    });
    this.#validators = this.#keys.map(({ publicKey: key }, i) => ({
      member: `member-${String(i).padStart(3, '0')}`,
      key,
    }));
    this.monitor = new Monitor(new Set(twin ? [count - 1] : []));
    this.network = new SimNetwork({
      faults,
      schedule: this.schedule,
      random: root.fork('network'),
      deliver: (from, to, bytes) => this.#deliver(from, to, bytes),
    });
    this.slots = Array.from({ length: count + (twin ? 1 : 0) }, (_, i) => ({
      index: Math.min(i, count - 1),
      wal: { durable: [], inFlight: [] },
      evidence: { durable: [], inFlight: [] },
      counter: memoryCounter(),
      chain: {
        blocks: [genesisBlock(CHAIN, GENESIS_TIME, this.#validators)],
        certificates: new Map(),
      },
      running: undefined,
    }));
  }

  /** Runs until `until` virtual ms, or until `done` says so; throws the first violation. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await settled(); // what the caller did has its consequences now, not at the next event
    while (!done() && this.schedule.runNext(until)) {
      await settled();
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  startAll(): void {
    for (const slot of this.slots.keys()) this.start(slot);
  }

  start(number: number): void {
    const slot = this.slots[number];
    if (slot === undefined || slot.running !== undefined) return;
    const alive = { yes: true };
    const application = new SimApplication({
      disk: slot.chain,
      validators: this.#validators,
      parameters: this.#parameters,
      onFinal: (block) => this.#guarded(() => this.monitor.final(slot.index, block)),
    });
    const pair = this.#keys[slot.index] as KeyPair;
    const engine = createEngine({
      chain: CHAIN,
      application,
      network: {
        send: (to, bytes) => this.#send(number, alive, [this.#position(to)], bytes),
        broadcast: (bytes) => this.#send(number, alive, this.#others(slot.index), bytes),
      },
      clock: this.#clock(alive),
      wal: this.#wal(slot.wal, alive, (records) => this.monitor.wrote(slot.index, records)),
      evidence: this.#wal(slot.evidence, alive, (records) =>
        this.monitor.accused(slot.index, records),
      ),
      signer: {
        member: this.#validators[slot.index]?.member ?? '',
        keys: [{ pair, counter: slot.counter }],
      },
      nonce: sha256Of(utf8(`nonce ${number} ${this.schedule.now}`)).subarray(0, 16),
      log: silentLog,
      fatal: (error) =>
        this.#guarded(() => {
          throw error;
        }),
      signatures: { sign: fakeSign, verify: fakeVerify },
      walRecordsMax: WAL_RECORDS_MAX,
    });
    slot.running = { engine, application, alive };
    engine.onBehind(() => this.#sync(number));
    engine.start().catch((error: unknown) =>
      this.#guarded(() => {
        throw error;
      }),
    );
  }

  /** SIGKILL: what was not synced is lost, or survives in part. */
  crash(number: number): void {
    const slot = this.slots[number];
    if (slot?.running === undefined) return;
    slot.running.alive.yes = false;
    slot.running = undefined;
    const surviving = this.random.between(0, slot.wal.inFlight.length);
    this.monitor.wrote(slot.index, crashWal(slot.wal, surviving));
    this.monitor.accused(slot.index, crashWal(slot.evidence, slot.evidence.inFlight.length));
    this.monitor.note(`crash ${number}`);
  }

  /** Gives a transaction to all mempools, as gossip would; those that are down miss it. */
  submit(transaction: Uint8Array): void {
    for (const slot of this.slots) this.#give(slot, transaction);
    // The halves of a twin know different transactions, so what they propose differs, too.
    const twin = this.slots[this.count];
    if (twin !== undefined) this.#give(twin, sha256Of(transaction));
  }

  #give(slot: Slot, transaction: Uint8Array): void {
    const hex = Buffer.from(transaction).toString('hex');
    slot.running?.application.pending.set(hex, transaction);
    slot.running?.engine.work();
  }

  height(number: number): number {
    return (this.slots[number]?.chain.blocks.length ?? 1) - 1;
  }

  /** Of those that count: the lowest final height. */
  lowest(): number {
    return Math.min(...Array.from({ length: this.count }, (_, i) => this.height(i)));
  }

  #position(member: string): number {
    return this.#validators.findIndex((validator) => validator.member === member);
  }

  #others(index: number): number[] {
    return Array.from({ length: this.count }, (_, i) => i).filter((i) => i !== index);
  }

  #send(number: number, alive: { yes: boolean }, to: number[], bytes: Uint8Array): void {
    if (!alive.yes) return;
    const from = this.slots[number]?.index ?? number;
    this.#guarded(() => this.monitor.sent(from, bytes));
    for (const each of to) {
      if (this.#reaches(number, each)) this.network.send(number, each, bytes);
    }
  }

  /** The halves of a twin hear everything; node 0 hears both, the others one of them. */
  #reaches(slot: number, node: number): boolean {
    const half = slot - (this.count - 1);
    if (this.slots.length === this.count || half < 0) return true;
    return node === 0 || node % 2 !== half;
  }

  #deliver(from: number, to: number, bytes: Uint8Array): void {
    const sender = this.slots[from]?.index ?? from;
    this.monitor.note(`${Math.round(this.schedule.now * 1000)} ${from}>${to}`, bytes);
    for (const slot of this.slots) {
      if (slot.index === to) {
        slot.running?.engine.receive(this.#validators[sender]?.member, bytes);
      }
    }
  }

  #clock(alive: { yes: boolean }): Clock {
    return {
      now: () => GENESIS_TIME + Math.floor(this.schedule.now),
      after: (ms, callback) => {
        let wanted = true;
        this.schedule.after(ms, () => {
          if (wanted && alive.yes) callback();
        });
        return () => {
          wanted = false;
        };
      },
    };
  }

  #wal(disk: WalDisk, alive: { yes: boolean }, written: (records: readonly Uint8Array[]) => void) {
    return memoryWal({
      disk,
      sync: () =>
        new Promise((resolve) => {
          this.schedule.after(this.#fsync.next() * FSYNC_MS_MAX, () => {
            if (alive.yes) resolve();
          });
        }),
      onDurable: (records) => this.#guarded(() => written(records)),
    });
  }

  /** Block sync from whoever is furthest. */
  #sync(number: number): void {
    this.schedule.after(SYNC_DELAY_MS, () => {
      const slot = this.slots[number];
      const running = slot?.running;
      if (slot === undefined || running === undefined) return;
      const from = running.application.head.header.height + 1;
      const peers = this.slots.filter((peer, i) => i < this.count && peer.running !== undefined);
      const [first = slot] = peers;
      const best = peers.reduce(
        (a, b) => (b.chain.blocks.length > a.chain.blocks.length ? b : a),
        first,
      );
      const range = rangeOf(best.chain, from, SYNC_BLOCKS);
      if (range.length === 0) return;
      running.engine.importRange(range).then(
        (result) => {
          if (result.ok && running.alive.yes) this.#sync(number);
        },
        (error: unknown) =>
          this.#guarded(() => {
            throw error;
          }),
      );
    });
  }

  /** The engines must not see what we find: a violation ends the run. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Violation(String(error));
    }
  }
}

/** Lets all promises that can go on go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
