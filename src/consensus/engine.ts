/**
 * Runs the consensus core: one serial loop takes what came in, lets the core decide, writes what
 * must be written with one sync, and only then sends, finalizes and builds. A log or a ledger that
 * fails to write ends it: nothing is sent after that.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ZtcError } from '../common/errors.ts';
import type { Result } from '../common/result.ts';
import { failure, success } from '../common/result.ts';
import { sign as signEd25519, type Verify, verify as verifyEd25519 } from '../common/signature.ts';
import { encodeBlock } from '../ledger/block.ts';
import type { Parameters } from '../ledger/parameters.ts';
import { VOTE_NAMES, type VoteSubject, voteHash } from '../ledger/vote.ts';
import type { Effect, Evidence } from './core/effect.ts';
import type { Input } from './core/input.ts';
import { snapshotOf } from './core/snapshot.ts';
import { step } from './core/step.ts';
import { Elapsed } from './elapsed.ts';
import { type ImportCode, type ImportedBlock, readRange, type Segment } from './import.ts';
import { Inbox } from './inbox.ts';
import { type Intake, takeMessage } from './intake.ts';
import { encodeMessage } from './messages.ts';
import type { ConsensusMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import type { Application, Clock, Counter, Network, Wal } from './ports.ts';
import { encodeRecord, RECORD } from './records.ts';
import { Reports } from './reports.ts';
import { type NotVoting, prepare, type Signer, type Started } from './start.ts';
import { type ConsensusStatus, statusOfState } from './status.ts';

/** Messages of one iteration: enough to share a sync, few enough that nobody waits long. */
const ITERATION_MESSAGES_MAX = 64;
/** The log is replaced once it holds this much that is final by now. */
const WAL_RECORDS_MAX = 4_096; // some hundred blocks: a fraction of a second to read
const WAL_BYTES_MAX = 64 * 1024 * 1024;

export interface EngineOptions {
  readonly chain: Uint8Array;
  readonly application: Application;
  readonly network: Network;
  readonly clock: Clock;
  /** Closed by `stop`. */
  readonly wal: Wal;
  readonly counter: Counter;
  /** Undefined for an observer. */
  readonly signer: Signer | undefined;
  readonly parameters: Parameters;
  readonly metrics?: ConsensusMetrics;
  readonly log: Logger;
  /** Called once if the engine can't go on; the process has to end. */
  fatal(error: ZtcError): void;
  /** Records after which the log is replaced. */
  readonly walRecordsMax?: number;
  /** Replaced by the simulator only. */
  readonly signatures?: { readonly sign: typeof signEd25519; readonly verify: Verify };
}

export interface Engine {
  /** Throws ZtcError WAL_DAMAGED or WAL_IO. */
  start(): Promise<void>;
  /** Sends nothing more, waits for what is being written, and closes the log. */
  stop(): Promise<void>;
  /** A message of the validator at this position; undefined: of somebody else, dropped. */
  receive(from: number | undefined, message: Uint8Array): void;
  /** The mempool has something. */
  work(): void;
  /** Takes a range of final blocks from block sync, starting at or below the next height. */
  importRange(range: readonly ImportedBlock[]): Promise<Result<{ height: number }, ImportCode>>;
  status(): ConsensusStatus;
  /** Called when a final block exists above what can be fetched one by one. */
  onBehind(listener: (height: number) => void): () => void;
  /** The latest contradictions of validators seen since the start. */
  evidence(): readonly Evidence[];
}

export function createEngine(options: EngineOptions): Engine {
  return new SimplexEngine(options);
}

interface ImportJob {
  readonly range: readonly ImportedBlock[];
  readonly resolve: (result: Result<{ height: number }, ImportCode>) => void;
}

type FinalizeEffect = Extract<Effect, { type: 'finalize' }>;
type BuildEffect = Extract<Effect, { type: 'build' }>;

class SimplexEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #metrics: ConsensusMetrics | undefined;
  readonly #log: Logger;
  readonly #signatures: { readonly sign: typeof signEd25519; readonly verify: Verify };
  readonly #elapsed: Elapsed;
  readonly #started: Started;
  readonly #intake: Intake;
  readonly #inbox = new Inbox();
  readonly #outbox = new Outbox();
  readonly #reports: Reports;
  #inputs: Input[] = [];
  #finals: FinalizeEffect[] = [];
  #build: BuildEffect | undefined;
  #import: ImportJob | undefined;
  #tickDue = false;
  #workDue = false;
  #cancelTimer = (): void => {};
  #looping = false;
  #loop = Promise.resolve();
  #phase: 'created' | 'running' | 'stopped' = 'created';
  #walRecords = 0;
  #walBytes = 0;
  #generation: number;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#metrics = options.metrics;
    this.#log = options.log;
    this.#signatures = options.signatures ?? { sign: signEd25519, verify: verifyEd25519 };
    this.#elapsed = new Elapsed(options.clock.now());
    this.#started = prepare(options, 0);
    const { generation, state } = this.#started;
    this.#generation = generation;
    this.#reports = new Reports({ state, metrics: options.metrics, log: options.log });
    this.#intake = {
      state,
      verify: this.#signatures.verify,
      feed: (input) => this.#feed(input),
      dropped: (from, reason, detail) => this.#reports.dropped(from, reason, detail),
    };
  }

  async start(): Promise<void> {
    const { fresh, notVoting, restored, state } = this.#started;
    if (notVoting === null && fresh) await this.#resetWal();
    await this.#nextGeneration();
    if (notVoting !== null && state.self !== undefined) {
      this.#log.error({ ...notVoting }, 'this validator does not vote');
    }
    this.#phase = 'running';
    this.#inputs.push({ type: 'start', restored });
    this.#wake();
  }

  async stop(): Promise<void> {
    const clean = this.#phase === 'running';
    this.#halt();
    await this.#loop;
    if (clean) await this.#nextGeneration();
    await this.#options.wal.close();
  }

  /** The log first: a crash in between leaves it ahead of the counter, which is trusted as well. */
  async #nextGeneration(): Promise<void> {
    const { counter, wal } = this.#options;
    if (this.#started.notVoting !== null) return;
    this.#generation += 1;
    const record = { kind: RECORD.GENERATION, version: 1, generation: this.#generation } as const;
    await wal.append([encodeRecord(record)]);
    await counter.set(this.#generation);
  }

  #halt(): void {
    this.#phase = 'stopped';
    this.#cancelTimer();
    this.#import?.resolve(failure('ENGINE_STOPPED', 'consensus was stopped'));
    this.#import = undefined;
  }

  receive(from: number | undefined, message: Uint8Array): void {
    if (this.#phase === 'stopped') return;
    if (from === undefined || from === this.#started.state.self) {
      this.#reports.dropped(from, 'stranger');
      return;
    }
    if (!this.#inbox.push({ from, bytes: message })) this.#reports.dropped(from, 'queue-full');
    this.#wake();
  }

  work(): void {
    this.#workDue = true;
    this.#wake();
  }

  importRange(range: readonly ImportedBlock[]): Promise<Result<{ height: number }, ImportCode>> {
    if (this.#phase !== 'running') {
      return Promise.resolve(failure('ENGINE_STOPPED', 'consensus is not running'));
    }
    if (this.#import !== undefined) {
      return Promise.resolve(failure('SYNC_BUSY', 'another range is being imported'));
    }
    return new Promise((resolve) => {
      this.#import = { range, resolve };
      this.#wake();
    });
  }

  status(): ConsensusStatus {
    const elapsed = this.#elapsed.at(this.#options.clock.now());
    return statusOfState(this.#started.state, elapsed, this.#notVoting());
  }

  #notVoting(): NotVoting | null {
    const { diverged } = this.#started.state;
    if (diverged === undefined) return this.#started.notVoting;
    return {
      code: 'DIVERGED',
      message:
        `the others accepted block ${diverged.header.height}, which does not follow from the ` +
        'state here; nothing was deleted: keep this folder, and tell the other members',
    };
  }

  onBehind(listener: (height: number) => void): () => void {
    return this.#reports.onBehind(listener);
  }

  evidence(): readonly Evidence[] {
    return this.#reports.evidence;
  }

  #wake(): void {
    if (this.#phase !== 'running' || this.#looping) return;
    this.#looping = true;
    this.#loop = this.#run().catch((error: unknown) => this.#fail(error));
  }

  async #run(): Promise<void> {
    while (this.#phase === 'running') {
      if (!this.#takeInputs()) break;
      await this.#flush();
      await this.#importDue();
      if (this.#inbox.size >= ITERATION_MESSAGES_MAX) await nextTurn();
    }
    // In the same turn as the last look at the inputs, so that none is left lying.
    this.#looping = false;
  }

  #fail(error: unknown): void {
    this.#looping = false;
    if (this.#phase === 'stopped') return;
    this.#halt();
    const known = error instanceof ZtcError;
    this.#options.fatal(
      known ? error : new ZtcError('CONSENSUS_FAILED', String(error), { cause: error }),
    );
  }

  /** Feeds everything that waits, up to an iteration's worth; false if nothing did. */
  #takeInputs(): boolean {
    let any = this.#import !== undefined || this.#inputs.length > 0;
    for (const input of this.#inputs.splice(0)) this.#feed(input);
    if (this.#tickDue) {
      this.#tickDue = false;
      any = true;
      this.#feed({ type: 'tick' });
    }
    if (this.#workDue) {
      this.#workDue = false;
      any = true;
      this.#feed({ type: 'work-appeared' });
    }
    for (let count = 0; count < ITERATION_MESSAGES_MAX; count++) {
      const message = this.#inbox.shift();
      if (message === undefined) break;
      any = true;
      const kind = takeMessage(this.#intake, message.from, message.bytes);
      if (kind !== undefined) this.#metrics?.received.inc({ kind });
    }
    return any;
  }

  /** Runs the core, and whatever it asks for at once, until it has nothing more to say. */
  #feed(first: Input): void {
    const waiting: Input[] = [first];
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      const wall = this.#options.clock.now();
      const now = { elapsed: this.#elapsed.at(wall), wall };
      for (const effect of step(this.#started.state, input, now)) {
        const answer = this.#perform(effect);
        if (answer !== undefined) waiting.push(answer);
      }
    }
  }

  #perform(effect: Effect): Input | undefined {
    switch (effect.type) {
      case 'persist':
        if (this.#started.notVoting === null) this.#outbox.persist(effect.record, effect.sync);
        return undefined;
      case 'send':
        this.#outbox.send(effect.to, effect.message);
        return undefined;
      case 'broadcast':
        this.#outbox.send('all', effect.message);
        return undefined;
      case 'sign':
        return this.#sign(effect.subject);
      case 'check':
        return {
          type: 'checked',
          hash: effect.block.hash,
          judgement: this.#options.application.check(effect.block),
        };
      case 'ask-work':
        return {
          type: 'work',
          parent: effect.parent,
          waiting: this.#options.application.hasWork(effect.parent),
        };
      case 'build':
        this.#build = effect;
        return undefined;
      case 'finalize':
        this.#finals.push(effect);
        return undefined;
      case 'timer':
        this.#setTimer(effect.at);
        return undefined;
      default:
        this.#reports.take(effect);
        return undefined;
    }
  }

  #sign(subject: VoteSubject): Input | undefined {
    const { guard, state } = this.#started;
    const { signer } = this.#options;
    const allowed = guard.allows(subject);
    if (!allowed.ok || signer === undefined || state.self === undefined) {
      const code = allowed.ok ? 'OBSERVER' : allowed.code;
      this.#metrics?.guardRefused.inc({ code });
      this.#log.warn(
        { code, view: subject.view, kind: VOTE_NAMES[subject.kind] },
        'the sign guard refused',
      );
      return undefined;
    }
    guard.note(subject);
    const signature = this.#signatures.sign(voteHash(subject), signer.keys);
    this.#metrics?.votes.inc({ kind: VOTE_NAMES[subject.kind] });
    return { type: 'signed', vote: { ...subject, validator: state.self, signature } };
  }

  #setTimer(at: number): void {
    this.#cancelTimer();
    const elapsed = this.#elapsed.at(this.#options.clock.now());
    this.#cancelTimer = this.#options.clock.after(Math.max(0, Math.ceil(at - elapsed)), () => {
      this.#elapsed.reached(at);
      this.#tickDue = true;
      this.#wake();
    });
  }

  /** Writes, then sends, then finalizes, then builds. */
  async #flush(): Promise<void> {
    const records = this.#outbox.takeRecords();
    if (records.length > 0) await this.#append(records);
    if (this.#phase !== 'running') return;
    const { network } = this.#options;
    for (const { to, message } of this.#outbox.takeMessages()) {
      const bytes = encodeMessage(message);
      if (to === 'all') network.broadcast(bytes);
      else network.send(to, bytes);
    }
    for (const final of this.#finals.splice(0)) await this.#finalize(final);
    this.#buildDue();
    this.#setGauges();
  }

  async #append(records: readonly Uint8Array[]): Promise<void> {
    const end = this.#metrics?.walSeconds.startTimer();
    await this.#options.wal.append(records);
    end?.();
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    this.#metrics?.walBytes.inc(bytes);
    this.#walBytes += bytes;
    this.#walRecords += records.length;
  }

  async #finalize({ blocks, certificate }: FinalizeEffect): Promise<void> {
    const end = this.#metrics?.finalizeSeconds.startTimer();
    await this.#options.application.finalize(blocks, certificate);
    end?.();
    this.#metrics?.finalized.inc(blocks.length);
    await this.#raiseFloor();
    const { height, view } = this.#options.application.head.header;
    this.#log.debug({ height, view, count: blocks.length }, 'blocks are final');
  }

  /** What is durably final needs no flags any more, and in the end no log. */
  async #raiseFloor(): Promise<void> {
    const { guard, notVoting, state } = this.#started;
    const { header } = this.#options.application.head;
    if (header.epoch === state.epoch) guard.raise(header.epoch, header.view);
    const full =
      this.#walRecords >= (this.#options.walRecordsMax ?? WAL_RECORDS_MAX) ||
      this.#walBytes >= WAL_BYTES_MAX;
    if (full && notVoting === null) await this.#resetWal();
  }

  async #resetWal(): Promise<void> {
    const { signer, wal } = this.#options;
    if (signer === undefined) return;
    const { publicKey } = signer.keys;
    const { guard, state } = this.#started;
    const records = snapshotOf(state, publicKey, this.#generation, guard.floor);
    await wal.reset(records.map(encodeRecord));
    this.#outbox.forgetRecords();
    this.#walRecords = 0;
    this.#walBytes = 0;
  }

  #buildDue(): void {
    const build = this.#build;
    if (build === undefined) return;
    this.#build = undefined;
    const { view } = build.context;
    if (view !== this.#started.state.view) return;
    const block = this.#options.application.propose(build.parent, build.context);
    this.#inputs.push({ type: 'built', view, block, bytes: encodeBlock(block) });
  }

  async #importDue(): Promise<void> {
    const job = this.#import;
    if (job === undefined || this.#phase !== 'running' || this.#inputs.length > 0) return;
    const { application, chain } = this.#options;
    const { head, epoch } = application;
    const range = readRange(job.range, {
      chain,
      head: { hash: head.hash, height: head.header.height },
      epoch: epoch.number,
      validators: epoch.validators,
      verify: this.#signatures.verify,
    });
    let result: Result<{ height: number }, ImportCode> = range.ok
      ? success({ height: head.header.height })
      : range;
    for (const segment of range.ok ? range.value : []) {
      if (result.ok) result = await this.#importSegment(segment);
    }
    this.#import = undefined;
    job.resolve(result);
  }

  async #importSegment(segment: Segment): Promise<Result<{ height: number }, ImportCode>> {
    const { application } = this.#options;
    const { certificate } = segment;
    // The core may have finalized some by itself meanwhile.
    const above = application.head.header.height;
    const blocks = segment.blocks.filter(({ header }) => header.height > above);
    if (blocks.length === 0) return success({ height: above });
    for (const block of blocks) {
      const judgement = application.check(block);
      if (judgement === 'valid') continue;
      const what = `final block ${block.header.height} is ${judgement} here`;
      if (judgement === 'unknown-parent') return failure('SYNC_LINK', what);
      this.#feed({ type: 'refused', block, judgement });
      return failure('SYNC_DIVERGED', what);
    }
    await this.#finalize({ type: 'finalize', blocks, certificate });
    const last = blocks.at(-1);
    if (last !== undefined) this.#feed({ type: 'imported', block: last, certificate });
    await this.#flush();
    return success({ height: last?.header.height ?? 0 });
  }

  #setGauges(): void {
    const { state } = this.#started;
    const { height } = state.head.header;
    this.#metrics?.height.set(height);
    this.#metrics?.unfinalized.set(Math.max(0, (state.tip?.height ?? height) - height));
    this.#metrics?.voting.set(state.voting ? 1 : 0);
    this.#metrics?.queue.set(this.#inbox.size);
  }
}
