/**
 * A node of a run: its machine outlives its processes. Knows what may be expected of it after
 * everything that was done to it.
 */
import { equalBytes, utf8 } from '../../src/common/bytes.ts';
import { ZtcError } from '../../src/common/errors.ts';
import { decodeMessage, MESSAGE, type Message } from '../../src/consensus/messages.ts';
import { decodeRecord, RECORD } from '../../src/consensus/records.ts';
import { scanFile } from '../../src/consensus/wal/framing.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import type { BlockSource } from '../../src/p2p/sync/range-server.ts';
import type { Retention } from '../../src/state/pruning/retention.ts';
import type { AgreedChain } from './chain.ts';
import { type Consortium, KEYS_MAX, memberId } from './consortium.ts';
import { SimDisk } from './disk.ts';
import { SimKv } from './kv.ts';
import { COUNTER_FOLDER, counterFile, type Life, startLife, WAL_FILE, WAL_FOLDER } from './life.ts';
import type { Frame } from './links.ts';
import { checkKept } from './log-kept.ts';
import { type Monitor, Violation } from './monitor.ts';
import type { Prng } from './prng.ts';
import { type ClockSkew, Run } from './run.ts';
import type { Schedule } from './schedule.ts';

/** What dies: the process alone, or the machine under it. */
export type Death = 'process' | 'power';

/** A Byzantine node's way with what its real parts want to say. */
export interface Behaviour {
  outgoing(to: number | 'all', message: Message, bytes: Uint8Array): void;
  /** Called every 50 ms of its life. */
  tick?(): void;
  source?(blocks: BlockSource): BlockSource;
}

export interface NodeOptions {
  readonly slot: number;
  readonly member: number | undefined;
  readonly consortium: Consortium;
  readonly schedule: Schedule;
  readonly random: Prng;
  readonly monitor: Monitor;
  readonly chain: AgreedChain;
  readonly skew: ClockSkew;
  readonly walRecordsMax: number;
  readonly retention: Retention;
  readonly wholeBytesMax: number | undefined;
  readonly others: readonly number[];
  readonly slotsOf: (member: number) => readonly number[];
  readonly memberAt: (slot: number) => number | undefined;
  readonly send: (to: number, frame: Frame) => void;
  readonly count: (what: string) => void;
  /** Ends the run. */
  readonly failed: (error: unknown) => void;
}

const FATAL_OF_DISKS = ['WAL_IO', 'COUNTER_IO', 'DATABASE_FAILED'];
const TICK_MS = 50;
/** An operator, or systemd, starts what ended. */
const RESTART_MS = 700;

export interface Backup {
  readonly consensus: ReadonlyMap<string, Uint8Array>;
  readonly counters: ReadonlyMap<string, Uint8Array>;
  readonly chain: ReadonlyMap<string, Uint8Array>;
  readonly height: number;
  /** Of the log. */
  readonly generation: number;
  /** The log was rotten already. */
  readonly damaged: boolean;
}

export class SimNode {
  readonly options: NodeOptions;
  readonly disk: SimDisk;
  readonly kv: SimKv;
  behaviour: Behaviour | undefined;
  life: Life | undefined;
  /** Probability of a kill at each effect. */
  killAtEffect = 0;
  /** The record of its votes is gone: it may follow, and not vote. */
  guardLost = false;
  /** The log was damaged: opening it has to fail. */
  damaged = false;
  /** Stays down. */
  retired = false;
  lives = 0;
  #run: Run | undefined;
  #told = 0;
  /** The newest in the log, and what the counter has at least. */
  #generation = 0;
  #counted = 0;
  /** Records that were acknowledged since the log was last replaced. */
  #records: Uint8Array[] = [];
  /** What the log is being replaced by: a crash leaves the one or the other. */
  #replacing: readonly Uint8Array[] | undefined;

  constructor(options: NodeOptions) {
    this.options = options;
    const { random, count } = options;
    const point = (): void => this.#point();
    this.disk = new SimDisk({ random: random.fork('disk'), point, count });
    this.kv = new SimKv({ random: random.fork('kv'), disk: this.disk, point, count });
    // As `ztc init` leaves them.
    for (let key = 0; key < KEYS_MAX; key++) {
      this.disk.install(counterFile(key), (inode) => utf8(`0 ${inode} 0\n`));
    }
  }

  get member(): number | undefined {
    return this.options.member;
  }

  get honest(): boolean {
    return this.member === undefined || this.options.monitor.isHonest(this.member);
  }

  /** Of its final head, also while it is down. */
  get height(): number {
    return Math.max(this.#told, this.life?.ledger.head.header.height ?? 0);
  }

  get down(): boolean {
    return this.#run === undefined;
  }

  start(): void {
    if (this.#run !== undefined || this.retired) return;
    const run = new Run(this.options.schedule, this.options.skew);
    this.#run = run;
    this.lives += 1;
    this.#boot(run).catch((error: unknown) => this.#ended(run, error));
  }

  /** SIGKILL or a power cut. */
  kill(death: Death): void {
    if (this.#run === undefined) return;
    this.options.count(death === 'power' ? 'power cut' : 'kill');
    if (this.isWriting) this.options.count(`${death} lost above an unwritten block`);
    this.#die(death);
    if (death === 'power') this.disk.powerCut();
  }

  /** Its consensus is above what its ledger has. */
  get isWriting(): boolean {
    const life = this.life;
    return life !== undefined && life.engine.status().height > life.ledger.head.header.height;
  }

  /** SIGTERM: the node stops in order, and its process ends. */
  async stop(): Promise<void> {
    const life = this.life;
    if (life === undefined || !life.run.alive) return;
    this.options.count('clean stop');
    life.sync.stop();
    try {
      await life.engine.stop();
    } catch (error) {
      this.#ended(life.run, error);
      return;
    }
    life.mempool.stop();
    await life.ledger.close();
    if (this.#run === life.run) this.#die();
  }

  pause(ms: number): void {
    const run = this.#run;
    if (run === undefined) return;
    this.options.count('pause');
    run.pause();
    this.options.schedule.after(ms, () => run.resume());
  }

  /** An operator takes data away; the process is down. */
  wipe(what: 'all' | 'chain' | 'consensus'): void {
    this.options.count(`wipe of ${what}`);
    if (what !== 'chain') {
      this.#loseLog(new Map());
    }
    if (what !== 'consensus') {
      this.kv.replace(new Map());
      this.#told = 0;
    }
  }

  backup(): Backup {
    const { disk, kv, height } = this;
    return {
      consensus: disk.copy(WAL_FOLDER),
      counters: disk.copy(COUNTER_FOLDER),
      chain: kv.copy(),
      height,
      generation: this.#generation,
      damaged: this.damaged,
    };
  }

  /**
   * Whether a copy of the log alone is older than the counter must be: one from after the counter
   * was set can't be told from what a crash leaves.
   */
  isOlder({ generation }: Backup): boolean {
    return generation + 1 < this.#counted;
  }

  /** Puts an older copy back, of the log alone or of the whole home; the process is down. */
  restore(backup: Backup, what: 'log' | 'home'): void {
    this.options.count(`older ${what}`);
    this.#loseLog(backup.consensus);
    this.damaged = backup.damaged;
    if (what === 'log') return;
    this.disk.replace(COUNTER_FOLDER, backup.counters);
    this.kv.replace(backup.chain);
    this.#told = backup.height;
  }

  /** Flips a bit in what the log holds; the process is down. False: nothing there. */
  rot(random: Prng): boolean {
    const content = this.disk.content(WAL_FILE);
    if (content === undefined || this.#records.length === 0) return false;
    // Where a crash left a part of a write behind the whole ones, nobody misses that.
    const scanned = scanFile(content);
    if (!scanned.ok || !this.disk.isDurable(WAL_FILE)) return false;
    this.disk.rot(WAL_FILE, random.between(0, scanned.value.end - 1), random.between(0, 7));
    this.options.count('bit rot');
    this.damaged = true;
    this.guardLost = true;
    return true;
  }

  receive(from: number, frame: Frame): void {
    const life = this.life;
    life?.run.enter(() => {
      if (frame.channel === 'consensus') {
        life.engine.receive(memberIdAt(this.options.memberAt(from)), frame.bytes);
      } else if (frame.channel === 'batch') {
        life.mempool.receiveBatch(String(from), frame.bytes);
      } else life.peers.receive(from, frame);
    });
  }

  /** Sends as this node, if it lives. */
  transmit(to: number, bytes: Uint8Array): void {
    this.#transmit(this.#run, to, { channel: 'consensus', bytes });
  }

  async #boot(run: Run): Promise<void> {
    const { slot, member, consortium, random, monitor, chain, failed } = this.options;
    const life = await startLife({
      slot,
      member,
      run,
      disk: this.disk,
      kv: this.kv,
      random: random.fork(`life ${this.lives}`),
      consortium,
      monitor,
      chain,
      walRecordsMax: this.options.walRecordsMax,
      retention: this.options.retention,
      wholeBytesMax: this.options.wholeBytesMax,
      others: this.options.others,
      slotsOf: this.options.slotsOf,
      send: (to, frame) => this.#transmit(run, to, frame),
      consensus: (to, bytes) => this.#speak(run, to, bytes),
      source: (blocks) => this.behaviour?.source?.(blocks) ?? blocks,
      fatal: (error) => this.#ended(run, error),
      told: (height) => {
        this.#told = Math.max(this.#told, height);
      },
      guarded: (act) => {
        try {
          act();
        } catch (error) {
          failed(error);
        }
      },
      guardLost: () => this.guardLost,
      opened: (records) => this.#opened(records),
      replacing: (records, final) => {
        if (this.honest && !this.guardLost) checkKept(slot, final, this.#records, records);
        this.#replacing = records;
      },
      acknowledged: (records, fresh) => {
        if (fresh && this.guardLost) this.#regained();
        this.#generation = Math.max(this.#generation, ...records.map(generationIn));
        this.#replacing = undefined;
        this.#records = fresh ? [...records] : [...this.#records, ...records];
      },
    });
    if (!run.alive) return;
    this.life = life;
    this.#checkStart(life);
    if (this.behaviour?.tick !== undefined) this.#tick(run);
  }

  /** What is in its place is no record of what was said. */
  #loseLog(instead: ReadonlyMap<string, Uint8Array>): void {
    this.disk.replace(WAL_FOLDER, instead);
    this.#records = [];
    this.#replacing = undefined;
    this.damaged = false;
    this.guardLost = true;
  }

  /** The others told where they stand: the log is a record again. */
  #regained(): void {
    this.guardLost = false;
    this.options.count('votes again');
  }

  /** Whatever was acknowledged is there. */
  #opened(records: readonly Uint8Array[]): void {
    if (!this.honest) return;
    const replacing = this.#replacing;
    if (this.guardLost) {
      // A crash may have come between the new log and the word of it.
      const whole = replacing?.every((record, i) => isSame(record, records[i]));
      if (whole !== true || replacing?.length !== records.length) return;
      this.#regained();
    }
    const kept = [this.#records, this.#replacing ?? this.#records].some((known) =>
      known.every((record, i) => records[i] !== undefined && equalBytes(record, records[i])),
    );
    if (!kept) {
      const { slot } = this.options;
      throw new Violation(`node ${slot}: a record of ${this.#records.length} is lost`);
    }
    this.#records = [...records];
    this.#replacing = undefined;
  }

  #checkStart({ engine, ledger }: Life): void {
    if (!this.honest) return;
    const { slot } = this.options;
    const { height } = ledger.head.header;
    if (height < this.#told) {
      this.options.failed(new Violation(`node ${slot}: back at ${height} after ${this.#told}`));
    }
    if (this.member === undefined) return;
    const why = engine.status().notVoting;
    // A life that votes has set the counter before it began.
    if (why === null) this.#counted = this.#generation;
    const listed = this.#listedKey(ledger.epoch.validators);
    if (this.damaged) {
      this.options.failed(new Violation(`node ${slot}: took a damaged log`));
    } else if (listed !== undefined && this.#knows(listed) !== (why === null)) {
      const what = why === null ? 'votes without its record' : `does not vote: ${why.code}`;
      this.options.failed(new Violation(`node ${slot}: ${what}`));
    }
  }

  /** Whose votes the log holds: after the chain was wiped maybe not those of the key listed. */
  get #logKey(): number | undefined {
    const first = this.#records[0];
    const record = first && decodeRecord(first);
    if (!record?.ok || record.value.kind !== RECORD.FLOOR) return undefined;
    return this.#keyNumber(record.value.key);
  }

  #keyNumber(publicKey: Uint8Array): number {
    const { consortium } = this.options;
    const member = this.member as number;
    const keys = Array.from({ length: KEYS_MAX }, (_, key) => consortium.keysOf(member, key));
    return keys.findIndex((pair) => equalBytes(pair.publicKey, publicKey));
  }

  /** The one of its keys that stands in a set. */
  #listedKey(validators: ValidatorSet): number | undefined {
    const member = this.member as number;
    const listed = validators.find((validator) => validator.member === memberId(member));
    return listed === undefined ? undefined : this.#keyNumber(listed.key);
  }

  /** Whether what a key signed is on record; a new one signed nothing. */
  #knows(key: number): boolean {
    const file = counterFile(key);
    const [value, inode] = String.fromCharCode(...(this.disk.content(file) ?? [])).split(' ');
    // A counter out of a backup doesn't count.
    if (Number(inode) !== this.disk.inodeOf(file)) return false;
    if (Number(value) === 0) return true;
    return !this.guardLost && this.#logKey === key;
  }

  #tick(run: Run): void {
    run.elapsed.after(TICK_MS, () => {
      this.behaviour?.tick?.();
      this.#tick(run);
    });
  }

  #speak(run: Run, to: number | 'all', bytes: Uint8Array): void {
    if (!run.alive) return;
    const { member, monitor, failed, others, slot } = this.options;
    const message = decodeMessage(bytes);
    if (!message.ok) {
      failed(new Violation(`node ${slot} said what nobody can read: ${message.message}`));
      return;
    }
    if (this.behaviour !== undefined) {
      this.behaviour.outgoing(to, message.value, bytes);
      return;
    }
    if (member !== undefined && this.honest) {
      try {
        monitor.sent(member, message.value, this.guardLost);
        if (message.value.kind === MESSAGE.EVIDENCE) monitor.told(slot, message.value);
      } catch (error) {
        failed(error);
      }
    }
    const frame = { channel: 'consensus', bytes } as const;
    if (to !== 'all') this.#transmit(run, to, frame);
    else for (const other of others) this.#transmit(run, other, frame);
  }

  #transmit(run: Run | undefined, to: number, frame: Frame): void {
    if (!run?.alive) return;
    this.#point();
    if (run.alive) this.options.send(to, frame);
  }

  /** Before and after each effect. */
  #point(): void {
    const { random } = this.options;
    if (this.killAtEffect === 0 || !random.chance(this.killAtEffect)) return;
    this.kill(random.chance(0.5) ? 'power' : 'process');
    this.options.schedule.after(RESTART_MS, () => this.start());
  }

  #die(death: Death = 'process'): void {
    this.#run?.end();
    this.#run = undefined;
    this.life = undefined;
    this.kv.crash(death);
  }

  /** The process ended by itself. */
  #ended(run: Run, error: unknown): void {
    if (this.#run !== run) return;
    const code = error instanceof ZtcError ? error.code : '';
    const { faults, full } = this.disk;
    const excused = FATAL_OF_DISKS.includes(code) && (full || faults.syncFails > 0);
    this.#die();
    if (code === 'WAL_DAMAGED' && this.damaged) {
      // The operator does as the message says.
      this.#loseLog(new Map());
      this.options.count('refused log');
    } else if (excused) {
      this.options.count('node stopped by its disk');
    } else if (this.honest) {
      this.options.failed(error);
      return;
    }
    this.options.schedule.after(RESTART_MS, () => this.start());
  }
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && equalBytes(a, b);
}

/** The number in a record that counts; 0 in any other. */
function generationIn(bytes: Uint8Array): number {
  const record = bytes.length < 32 ? decodeRecord(bytes) : undefined;
  return record?.ok && record.value.kind === RECORD.GENERATION ? record.value.generation : 0;
}

function memberIdAt(member: number | undefined): string | undefined {
  return member === undefined ? undefined : memberId(member);
}
