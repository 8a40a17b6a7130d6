/** Nodes, links and clients on one virtual time. One seed gives one run. */
import { genesisBlock } from '../../src/ledger/block.ts';
import type { Parameters } from '../../src/ledger/parameters.ts';
import { faultsTolerated } from '../../src/ledger/validators.ts';
import { ARCHIVE, type Retention } from '../../src/state/pruning/retention.ts';
import { AgreedChain } from './chain.ts';
import { Consortium, GENESIS_TIME, type SentTransaction } from './consortium.ts';
import { type Frame, Links } from './links.ts';
import { Monitor, Violation } from './monitor.ts';
import { SimNode } from './node.ts';
import { Prng } from './prng.ts';
import type { ClockSkew } from './run.ts';
import { Schedule } from './schedule.ts';
import { fakeSignatures, realSignatures } from './signatures.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly validators: number;
  readonly observers?: number;
  /** Nodes of those who may become members. */
  readonly joiners?: number;
  /** Numbers of members. */
  readonly byzantine?: readonly number[];
  /** Of the Byzantine ones: each has a second node with the same keys. */
  readonly twins?: readonly number[];
  readonly parameters?: Partial<Parameters>;
  readonly realSignatures?: boolean;
  readonly skewOf?: (slot: number) => ClockSkew;
  readonly walRecordsMax?: number;
  /** Of a slot; by default everything is kept. */
  readonly retentionOf?: (slot: number) => Retention;
  /** Larger blocks are proposed by the names of their transactions, in bytes. */
  readonly wholeBytesMax?: number;
}

/** Frames that nodes may send a virtual second for each pair of them: ten times a busy chain's. */
const FRAMES_PER_PAIR_MAX = 3_000;
const MS_PER_SECOND = 1_000;
/** Frames that one turn may have before promises are let go on. */
const TURN_EVENTS_MAX = 64;

export class World {
  readonly schedule: Schedule;
  readonly random: Prng;
  readonly consortium: Consortium;
  readonly monitor: Monitor;
  readonly chain: AgreedChain;
  readonly links: Links;
  readonly nodes: readonly SimNode[];
  readonly validators: number;
  /** How many Byzantine or lost validators the run may have in all. */
  readonly tolerated: number;
  /** Faults by what they are. */
  readonly faults = new Map<string, number>();
  /** Slots that hear each other, of those that run twice; undefined: all do. */
  reaches: (from: number, to: number) => boolean = () => true;
  events = 0;
  #failure: unknown;
  #second = { since: 0, frames: 0 };
  readonly #members: (number | undefined)[];

  constructor(options: WorldOptions) {
    const { seed, validators, observers = 0, joiners = 0, byzantine = [], twins = [] } = options;
    const root = new Prng(seed);
    this.random = root.fork('world');
    this.validators = validators;
    this.tolerated = faultsTolerated(validators);
    this.schedule = new Schedule(root.fork('schedule'));
    this.consortium = new Consortium({
      validators,
      signatures: options.realSignatures === true ? realSignatures : fakeSignatures,
      ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
    });
    this.monitor = new Monitor({ consortium: this.consortium, byzantine: new Set(byzantine) });
    const { chain, validators: set } = this.consortium;
    this.chain = new AgreedChain(this.monitor, genesisBlock(chain, GENESIS_TIME, set).hash);
    this.#members = [
      ...Array.from({ length: validators }, (_, member) => member),
      ...twins,
      ...Array.from({ length: joiners }, (_, i) => validators + i),
      ...Array.from({ length: observers }, () => undefined),
    ];
    this.links = new Links({
      count: this.#members.length,
      schedule: this.schedule,
      random: root.fork('links'),
      deliver: (from, to, frame) => this.#deliver(from, to, frame),
      tally: (what) => this.count(what),
    });
    this.nodes = this.#members.map(
      (member, slot) =>
        new SimNode({
          slot,
          member,
          consortium: this.consortium,
          schedule: this.schedule,
          random: root.fork(`node ${slot}`),
          monitor: this.monitor,
          chain: this.chain,
          skew: options.skewOf?.(slot) ?? { offsetMs: 0, rate: 1 },
          walRecordsMax: options.walRecordsMax ?? 40,
          retention: options.retentionOf?.(slot) ?? ARCHIVE,
          wholeBytesMax: options.wholeBytesMax,
          others: [...this.#members.keys()].filter(
            (other) => other !== slot && (member === undefined || this.#members[other] !== member),
          ),
          slotsOf: (wanted) =>
            [...this.#members.keys()].filter((other) => this.#members[other] === wanted),
          memberAt: (other) => this.#members[other],
          send: (to, frame) => this.#send(slot, to, frame),
          count: (what) => this.count(what),
          failed: (error) => this.fail(error),
        }),
    );
  }

  /** Virtual ms since the start. */
  get now(): number {
    return this.schedule.now;
  }

  count(what: string): void {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
  }

  /** Ends the run: the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  startAll(): void {
    for (const node of this.nodes) node.start();
  }

  /** Runs until `until` virtual ms, or until `done` says so; throws the first violation. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await settled(); // what the caller did has its consequences now, not at the next event
    this.#throwFailure();
    while (!done() && this.schedule.runNext(until)) {
      this.events += 1;
      // What comes at one moment is taken in one turn, as from one read of a socket.
      for (let turn = 1; turn < TURN_EVENTS_MAX && this.schedule.runSame(); turn++) this.events++;
      await settled();
      this.#checkEgress();
      this.#throwFailure();
    }
  }

  /** Nobody's answers may call for more answers without end. */
  #checkEgress(): void {
    const { frames } = this.links;
    if (frames - this.#second.frames > FRAMES_PER_PAIR_MAX * this.nodes.length ** 2) {
      this.fail(new Violation(`${frames - this.#second.frames} frames within a second`));
    }
    if (this.now - this.#second.since >= MS_PER_SECOND) this.#second = { since: this.now, frames };
  }

  /** A client sends a transaction to one node; true if it was taken. */
  async submit(transaction: SentTransaction, slot: number): Promise<boolean> {
    const life = this.nodes[slot]?.life;
    if (life === undefined) return false;
    const answer = await life.mempool.submit(transaction.bytes);
    return answer.ok;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(from: number, to: number, frame: Frame): void {
    if (this.reaches(from, to)) this.links.send(from, to, frame);
  }

  #deliver(from: number, to: number, frame: Frame): void {
    const { audit } = this.monitor;
    audit.number(this.now * 4);
    audit.number(from * 64 + to);
    audit.bytes(frame.bytes);
    this.nodes[to]?.receive(from, frame);
  }
}

/** Lets all promises that can go on go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
