/**
 * Runs the consensus core: one serial loop takes what came in, lets the core decide, writes what
 * must be written with one sync, and only then sends, finalizes and builds. A log or a ledger that
 * fails to write ends it: nothing is sent after that.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ZtcError } from '../common/errors.ts';
import { failure } from '../common/result.ts';
import { sign as signEd25519, type Verify, verify as verifyEd25519 } from '../common/signature.ts';
import type { Block } from '../ledger/block.ts';
import { type Certificate, VOTE_NAMES, type VoteSubject } from '../ledger/vote.ts';
import { type Buffered, bufferedIn } from './buffered.ts';
import { Builder } from './builder.ts';
import { isAgreed } from './core/divergence.ts';
import type { Effect } from './core/effect.ts';
import type { Input } from './core/input.ts';
import type { CoreState } from './core/state.ts';
import { step } from './core/step.ts';
import { Elapsed } from './elapsed.ts';
import type { Engine, EngineOptions } from './engine-options.ts';
import { Accusations } from './evidence/accusations.ts';
import type { EvidenceRecord } from './evidence/record.ts';
import { type Farewell, farewellOf } from './farewell.ts';
import { Finalizer } from './finalizer.ts';
import type { ImportedBlock } from './import.ts';
import { Importer, type ImportResult } from './importer.ts';
import { Inbox } from './inbox.ts';
import { type Intake, takeMessage } from './intake.ts';
import { LogSize } from './log-size.ts';
import { encodeMessage, NONCE_BYTES } from './messages.ts';
import type { ConsensusMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { Outlines } from './outlines.ts';
import { Recovery } from './recovery.ts';
import { Reports } from './reports.ts';
import { divergedIn, nextCore, openCore, readRecords } from './start.ts';
import { type ConsensusStatus, statusOfState } from './status.ts';
import { type NotVoting, Voter } from './voter.ts';

/** Messages of one iteration: enough to share a sync, few enough that nobody waits long. */
const ITERATION_MESSAGES_MAX = 64;

export function createEngine(options: EngineOptions): Engine {
  return new SimplexEngine(options);
}

type FinalizeEffect = Extract<Effect, { type: 'finalize' }>;

class SimplexEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #metrics: ConsensusMetrics | undefined;
  readonly #log: Logger;
  readonly #signatures: { readonly sign: typeof signEd25519; readonly verify: Verify };
  readonly #elapsed: Elapsed;
  readonly #voter: Voter;
  readonly #intake: Intake;
  readonly #inbox = new Inbox();
  readonly #outbox = new Outbox();
  readonly #reports: Reports;
  readonly #accusations: Accusations;
  readonly #importer: Importer;
  readonly #recovery: Recovery;
  readonly #outlines: Outlines;
  /** Of the epoch that the ledger is in. */
  #core: CoreState;
  #farewell: Farewell | undefined;
  #inputs: Input[] = [];
  #finals: FinalizeEffect[] = [];
  readonly #finalizer: Finalizer;
  readonly #builder: Builder;
  #tickDue = false;
  #workDue = false;
  #cancelTimer = (): void => {};
  #looping = false;
  #loop = Promise.resolve();
  #phase: 'created' | 'running' | 'stopped' = 'created';
  readonly #logSize: LogSize;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#metrics = options.metrics;
    this.#log = options.log;
    this.#logSize = new LogSize(options.walRecordsMax);
    this.#signatures = options.signatures ?? { sign: signEd25519, verify: verifyEd25519 };
    this.#elapsed = new Elapsed(options.clock.now());
    const { application, wal } = options;
    const records = readRecords(wal.records(), options.chain);
    const { sign, verify } = this.#signatures;
    this.#voter = new Voter({ ...options, records, sign }, application);
    this.#core = openCore(options, this.#voter, divergedIn(records), 0);
    this.#farewell = farewellOf(application);
    this.#inputs.push({ type: 'start', restored: this.#voter.restored });
    const core = (): CoreState => this.#core;
    this.#reports = new Reports({ core, metrics: options.metrics, log: options.log });
    const nonce = options.nonce ?? new Uint8Array(randomBytes(NONCE_BYTES));
    this.#recovery = new Recovery({ ...options, nonce, verify });
    this.#importer = this.#createImporter();
    this.#finalizer = new Finalizer({
      ...options,
      done: () => this.#wake(),
      failed: (error) => this.#fail(error),
    });
    this.#accusations = new Accusations({ ...options, core, file: options.evidence, verify });
    const feed = (input: Input): void => this.#feed(input);
    this.#builder = new Builder(application);
    this.#outlines = new Outlines({ ...options, core, feed });
    this.#intake = {
      get state() {
        return core();
      },
      verify,
      feed,
      late: (member, epoch) => this.#sayFarewell(member, epoch),
      answered: (from, answer) => this.#recovery.take(from, answer),
      dropped: (from, reason, detail) => this.#reports.dropped(from, reason, detail),
      accusations: this.#accusations,
      outlines: this.#outlines,
    };
  }

  #createImporter(): Importer {
    const { application, chain } = this.#options;
    return new Importer({
      chain,
      application,
      verify: this.#signatures.verify,
      isRunning: () => this.#phase === 'running',
      epoch: () => this.#core.epoch,
      finalize: async (blocks, certificate) => {
        await this.#finalize(blocks, certificate);
        await this.#written();
      },
      feed: (input) => this.#feed(input),
      flush: async () => {
        await this.#flush();
        await this.#written(); // what the core made final meanwhile is not imported again
      },
    });
  }

  async start(): Promise<void> {
    await this.#voter.start(this.#core);
    this.#phase = 'running';
    this.#takeStand();
    this.#wake();
  }

  async stop(): Promise<void> {
    const clean = this.#phase === 'running';
    this.#halt();
    await this.#loop;
    await this.#finalizer.stop();
    if (clean) await this.#voter.stop();
    await this.#options.wal.close();
    await this.#options.evidence.close();
  }

  /** A validator that doesn't know what it signed says so, and asks the others. */
  #takeStand(): void {
    this.#recovery.stop();
    const { inDoubt, position } = this.#voter;
    const notVoting = this.#notVoting();
    if (notVoting !== null && position !== undefined) {
      this.#log.error({ ...notVoting }, 'this validator does not vote');
    }
    if (inDoubt) this.#recovery.begin(this.#options.application.epoch);
  }

  #halt(): void {
    this.#phase = 'stopped';
    this.#cancelTimer();
    this.#importer.stop();
    this.#recovery.stop();
    this.#outlines.clear();
  }

  receive(from: string | undefined, message: Uint8Array): void {
    if (this.#phase === 'stopped') return;
    if (from === undefined || from === this.#options.signer?.member) {
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

  prepareRange(range: readonly ImportedBlock[]): void {
    this.#importer.prepare(range).catch((error: unknown) => this.#fail(error));
  }

  importRange(range: readonly ImportedBlock[]): Promise<ImportResult> {
    if (this.#phase !== 'running') {
      return Promise.resolve(failure('ENGINE_STOPPED', 'consensus is not running'));
    }
    if (this.#importer.isBusy) {
      return Promise.resolve(failure('SYNC_BUSY', 'another range is being imported'));
    }
    const imported = this.#importer.take(range);
    this.#wake();
    return imported;
  }

  status(): ConsensusStatus {
    const elapsed = this.#elapsed.at(this.#options.clock.now());
    const { givenUp } = this.#reports;
    const answersMissing = this.#recovery.missing ?? null;
    const extras = { answersMissing, notVoting: this.#notVoting(), givenUp };
    return statusOfState(this.#core, elapsed, extras);
  }

  buffered(): Buffered {
    return bufferedIn(this.#core, this.#inbox.size, this.#outlines.size);
  }

  #notVoting(): NotVoting | null {
    const { diverged } = this.#core;
    if (diverged === undefined) return this.#voter.notVoting;
    return {
      code: 'DIVERGED',
      message:
        `the others accepted block ${diverged.height}, which does not follow from the ` +
        'state here; nothing was deleted: keep this folder, and tell the other members',
    };
  }

  onBehind(listener: (height: number) => void): () => void {
    return this.#reports.onBehind(listener);
  }

  evidence(): readonly EvidenceRecord[] {
    return this.#accusations.items;
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
      if (this.#phase === 'running' && this.#inputs.length === 0) await this.#import();
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
    let any = this.#importer.isBusy || this.#inputs.length > 0 || this.#finalizer.isDone;
    for (const input of this.#inputs.splice(0)) this.#feed(input);
    if (this.#tickDue) {
      this.#tickDue = false;
      any = true;
      this.#feed({ type: 'tick' });
    }
    if (this.#workDue) {
      this.#workDue = false;
      any = true;
      this.#outlines.look();
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
      for (const effect of step(this.#core, input, now)) {
        const answer = this.#perform(effect);
        if (answer !== undefined) waiting.push(answer);
      }
    }
  }

  #perform(effect: Effect): Input | undefined {
    switch (effect.type) {
      case 'persist':
        if (this.#voter.notVoting === null) this.#outbox.persist(effect.record, effect.sync);
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
        return this.#check(effect.block);
      case 'ask-work':
        this.#builder.ask(effect.parent);
        return undefined;
      case 'build':
        this.#builder.want(effect);
        return undefined;
      case 'finalize':
        this.#finals.push(effect);
        return undefined;
      case 'evidence':
        this.#accusations.found(effect.evidence);
        return undefined;
      case 'timer':
        this.#setTimer(effect.at);
        return undefined;
      default:
        this.#reports.take(effect);
        return undefined;
    }
  }

  #check(block: Block): Input {
    const { application } = this.#options;
    const judgement = application.check(block);
    const boundary = judgement === 'valid' && application.isBoundary(block.hash);
    return { type: 'checked', hash: block.hash, judgement, boundary };
  }

  #sign(subject: VoteSubject): Input | undefined {
    const vote = this.#voter.sign(subject);
    const kind = VOTE_NAMES[subject.kind];
    if (vote.ok) {
      this.#metrics?.votes.inc({ kind });
      return { type: 'signed', vote: vote.value };
    }
    const { code } = vote;
    this.#metrics?.guardRefused.inc({ code });
    const fields = { code, view: subject.view, kind };
    this.#log.warn(fields, 'the sign guard refused');
    return undefined;
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

  async #import(): Promise<void> {
    if (!this.#importer.isBusy) return;
    await this.#written();
    await this.#importer.run();
  }

  /** Writes, then sends, then looks for work, then begins to finalize, then builds. */
  async #flush(): Promise<void> {
    const records = this.#outbox.takeRecords();
    if (records.length > 0) await this.#append(records);
    await this.#accusations.flush(this.#outbox);
    if (this.#phase !== 'running') return;
    const { network } = this.#options;
    for (const { to, message } of this.#outbox.takeMessages()) {
      const bytes = encodeMessage(message);
      const member = to === 'all' ? undefined : this.#core.validators[to]?.member;
      if (to === 'all') network.broadcast(bytes);
      else if (member !== undefined) network.send(member, bytes);
    }
    this.#push(this.#builder.lookForWork());
    if (this.#finalizer.isDone) await this.#written();
    for (const { blocks, certificate } of this.#finals.splice(0)) {
      await this.#finalize(blocks, certificate);
    }
    // What follows an epoch's last block is for the next core. And a full log is replaced only
    // while nothing is being written, which under load would never be.
    if (this.#core.ended || this.#logSize.full) await this.#written();
    await this.#regainDue();
    this.#push(this.#builder.build(this.#core));
    this.#reports.gauge(this.#inbox.size);
  }

  #push(input: Input | undefined): void {
    if (input !== undefined) this.#inputs.push(input);
  }

  async #append(records: readonly Uint8Array[]): Promise<void> {
    const end = this.#metrics?.walSeconds.startTimer();
    await this.#options.wal.append(records);
    end?.();
    this.#metrics?.walBytes.inc(this.#logSize.add(records));
  }

  /**
   * Begins to make blocks final, after those before. The core goes on above them while the disk
   * works: its votes are in the log, which has all that it takes to come here again, and whoever
   * asks this node for what is final hears of them once they are durable.
   */
  async #finalize(blocks: readonly Block[], certificate: Certificate): Promise<void> {
    await this.#written();
    this.#finalizer.begin(blocks, certificate);
  }

  /** Waits for what is being made final, and does what has to wait for that. */
  async #written(): Promise<void> {
    const blocks = await this.#finalizer.take();
    if (blocks === undefined) return;
    const { application } = this.#options;
    if (application.epoch.number === this.#core.epoch) await this.#raiseFloor();
    else await this.#enterEpoch();
    // For the core that goes on from here, which another epoch begins without what was waiting.
    if (isAgreed(this.#core, blocks)) {
      this.#inputs.push({ type: 'agreed', voting: this.#voter.notVoting === null });
    }
    const { height, view } = application.head.header;
    this.#log.debug({ height, view, count: blocks.length }, 'blocks are final');
  }

  /** What is durably final needs no flags any more, and in the end no log. */
  async #raiseFloor(): Promise<void> {
    const { header } = this.#options.application.head;
    this.#voter.guard.raise(header.epoch, header.view);
    // While more is to be made final, the core has forgotten what the log still has to hold.
    if (this.#core.head.header.height > header.height || !this.#logSize.full) return;
    if (this.#voter.notVoting === null) await this.#replaceLog();
  }

  async #replaceLog(): Promise<void> {
    await this.#voter.replaceLog(this.#core);
    this.#outbox.forgetRecords();
    this.#logSize.replaced();
  }

  /** The boundary block is durably final: all goes on in a new core, with a log of its own. */
  async #enterEpoch(): Promise<void> {
    const { application } = this.#options;
    this.#cancelTimer();
    this.#builder.clear();
    this.#outlines.clear();
    this.#voter.enter(application.epoch);
    this.#core = nextCore(this.#options, this.#voter, this.#core);
    this.#accusations.enter(this.#core);
    this.#farewell = farewellOf(application);
    // The log may know votes of this epoch already, where the chain was lost and it was not.
    this.#inputs = [{ type: 'start', restored: this.#voter.restored }];
    if (this.#voter.notVoting === null) await this.#replaceLog();
    const { number, validators } = application.epoch;
    const { position } = this.#voter;
    this.#log.info({ epoch: number, validators: validators.length, position }, 'a new epoch');
    this.#takeStand();
  }

  /** Members that still are in the last epoch get what they need to leave it. */
  #sayFarewell(member: string, epoch: number): void {
    const messages = this.#farewell?.to(member, epoch, this.#core.elapsed) ?? [];
    for (const message of messages) this.#options.network.send(member, message);
  }

  /** The log begins anew before the first vote is cast. */
  async #regainDue(): Promise<void> {
    const abstainUntil = this.#recovery.takeRegained();
    if (abstainUntil === undefined || !this.#voter.inDoubt) return;
    await this.#written(); // the core has forgotten what is on its way
    this.#voter.trust(this.#core.epoch, abstainUntil);
    await this.#replaceLog();
    this.#log.warn({ abstainUntil }, 'this validator votes again, above what it may have signed');
    this.#inputs.push({ type: 'trusted', abstainUntil });
  }
}
