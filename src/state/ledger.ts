/**
 * The state room's facade: what consensus drives (structurally its `Application`), and what the
 * mempool, the peers and the RPC read. Everything that is read here is final and durable.
 */
import type { Logger } from 'pino';
import { equalBytes, toHex } from '../common/bytes.ts';
import { invariant, ZtcError } from '../common/errors.ts';
import type { Result } from '../common/result.ts';
import type { Block, Header, TransactionResult } from '../ledger/block.ts';
import { firstEpochOf } from '../ledger/first-block.ts';
import { type FullGenesis, oldestValidators } from '../ledger/genesis-signatures.ts';
import { consistencyProof, inclusionProof, type Subtree } from '../ledger/merkle/prover.ts';
import type { Parameters } from '../ledger/parameters.ts';
import { type Amount, NOTHING } from '../ledger/quotas.ts';
import type { Statement } from '../ledger/state-values.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import type { ValidatorLink } from '../ledger/validator-links.ts';
import type { ValidatorSet } from '../ledger/validators.ts';
import type { Certificate } from '../ledger/vote.ts';
import { type AdmissionCode, judgeAdmission } from './admission.ts';
import {
  type Finality,
  finalityOf,
  recentStatements,
  type StoredTransaction,
  storedTransaction,
} from './history.ts';
import { Eligibility } from './judge.ts';
import type { KvStore } from './kv/kv.ts';
import type { StateMetrics } from './metrics.ts';
import { Overlays } from './overlays.ts';
import type { Point } from './point.ts';
import { buildBlock, type ProposalContext, selectTransactions } from './proposal.ts';
import { Pruner, type PruningHead } from './pruning/pruner.ts';
import { Pruning, type PruningClock } from './pruning/pruning.ts';
import {
  ARCHIVE,
  type PrunedError,
  type Retained,
  type Retention,
  requireBlock,
} from './pruning/retention.ts';
import type { StateReader } from './reader.ts';
import { Readers } from './readers.ts';
import type { SignatureSource } from './reception.ts';
import { StateMachine } from './state-machine.ts';

export type { AdmissionCode, Finality, PrunedError, StateReader, StoredTransaction };

/** Where candidates for blocks come from; their signatures are checked, their order is fair. */
export interface TransactionSource {
  candidates(): Iterable<ReceivedTransaction>;
  /** They are about to be named in a proposal: others should have them. */
  spread?(): void;
}

export interface LedgerOptions extends SignatureSource {
  /** Closed by `Ledger.close`. */
  readonly store: KvStore;
  readonly genesis: FullGenesis;
  readonly source: TransactionSource;
  /**
   * The machine's clock in ms, for admission and `hasWork` only, since the head of a chain that
   * stood still is old. Blocks are judged by ledger time alone.
   */
  readonly now?: () => number;
  /** What of the past is kept, and the clock by which the rest is deleted; by default, all is. */
  readonly pruning?: { readonly retention: Retention; readonly clock: PruningClock };
  readonly metrics?: StateMetrics;
  readonly log?: Logger;
}

/** A block that is to become final. */
export interface FinalBlock {
  readonly block: Block;
  /** Where the block has its own finalization. */
  readonly certificate: Certificate | undefined;
}

/** A block that has just become final, after it is durable. */
export interface FinalEvent extends FinalBlock {
  /** Those of the block, decoded. */
  readonly transactions: readonly ReceivedTransaction[];
  readonly results: readonly TransactionResult[];
}

/** `valid` and the reasons not to vote for a block, as in the consensus room's ports. */
export type BlockJudgement = 'valid' | 'invalid' | 'unknown-parent' | 'diverged';

/**
 * Opens the ledger of a genesis, whose signatures the caller has checked; an empty store gets the
 * genesis state, and a successor takes over one that stands where the chain before ended.
 *
 * @throws ZtcError GENESIS_MISMATCH where the store holds another chain, GENESIS_INVALID,
 *   `SUCCESSOR_…`, DATABASE_FORMAT, DATABASE_CORRUPT, DATABASE_FAILED
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { genesis } = options.genesis;
  const machine = await StateMachine.open({ ...options, genesis });
  return new Ledger(options, machine);
}

export class Ledger {
  readonly chain: Uint8Array;
  readonly genesis: FullGenesis;
  readonly #options: LedgerOptions;
  readonly #machine: StateMachine;
  readonly #overlays = new Overlays();
  readonly #readers: Readers;
  readonly #listeners = new Set<(event: FinalEvent) => void>();
  readonly #isUsed: (id: Uint8Array) => boolean;
  readonly #historySubtree: Subtree;
  readonly #pruning: Pruning | undefined;
  /** What new blocks must descend from: the head, or what is about to become the head. */
  #base: Point;
  #finalizing: Promise<void> = Promise.resolve();
  /** Calls of `finalize` that are under way. */
  #commits = 0;

  constructor(options: LedgerOptions, machine: StateMachine) {
    this.chain = machine.chain;
    this.genesis = options.genesis;
    this.#options = options;
    this.#machine = machine;
    this.#readers = new Readers(machine);
    this.#isUsed = (id) => machine.isUsed(id);
    this.#historySubtree = (level, index) => machine.stored.historySubtree(level, index);
    this.#base = machine.head;
    this.#pruning = this.#startPruning();
    options.metrics?.height.set(machine.head.height);
  }

  // What consensus drives.

  /** The newest final block. */
  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    const { header, hash } = this.#machine.head.block;
    return { header, hash };
  }

  /** The epoch that children of the final head belong to. */
  get epoch(): {
    readonly number: number;
    readonly validators: ValidatorSet;
    readonly parameters: Parameters;
  } {
    const { epoch, parameters } = this.#machine.head.outcome;
    return { number: epoch.epoch, validators: epoch.validators, parameters };
  }

  /** Whether the head or a checked block is the last of its epoch; anything else throws. */
  isBoundary(hash: Uint8Array): boolean {
    const point = this.#find(hash);
    invariant(point !== undefined, 'only of the head and of checked blocks is it known');
    return point.isBoundary;
  }

  /**
   * Builds, and takes as checked, a child of `parent`; an empty one where it ends its epoch.
   *
   * @param parent hash of the head or of a checked block; anything else throws
   */
  propose(parent: Uint8Array, context: ProposalContext): Block {
    const point = this.#find(parent);
    invariant(point !== undefined, 'a proposal is made on a checked block');
    invariant(
      point.child.epoch === context.epoch,
      'a proposal is made in its parent state’s epoch',
    );
    const empty = context.empty || point.childIsBoundary;
    if (!empty) this.#options.source.spread?.();
    const candidates = empty ? [] : this.#options.source.candidates();
    const selected = selectTransactions(point, context.time, candidates, this.#isUsed);
    const block = buildBlock(point, context, selected);
    this.#overlays.add(this.#machine.extend(point, block, selected));
    return block;
  }

  /** The bytes of a waiting transaction by its leaf hash. */
  body(leaf: string): Uint8Array | undefined {
    return this.#options.known?.(leaf)?.bytes;
  }

  /** Decodes and checks signatures before `check` asks, without holding up this thread. */
  prepare(blocks: readonly Block[]): Promise<void> {
    return this.#machine.prepare(blocks);
  }

  /**
   * Judges a block on its parent; one that is valid can be a parent from now on.
   *
   * @param block as `decodeBlock` gives it, so its hash and transactions are its header's
   */
  check(block: Block): BlockJudgement {
    if (this.#find(block.hash) !== undefined) return 'valid';
    const stop = this.#options.metrics?.checkSeconds.startTimer();
    const judgement = this.#judge(block);
    stop?.();
    this.#options.metrics?.judgements.inc({ judgement });
    this.#options.metrics?.overlays.set(this.#overlays.size);
    return judgement;
  }

  /**
   * Whether a child of `parent` has to end its epoch, or a transaction waits that it could include;
   * not of an unknown one.
   */
  hasWork(parent: Uint8Array): boolean {
    const point = this.#find(parent);
    if (point === undefined) return false;
    if (point.childIsBoundary) return true;
    const eligibility = new Eligibility(point, this.#timeAfter(point), this.#isUsed);
    for (const candidate of this.#options.source.candidates()) {
      if (eligibility.take(candidate).ok) return true;
    }
    return false;
  }

  /**
   * Makes blocks final: the children of the head in order, of which the last one and each that ends
   * an epoch have their own finalization, and others may. All are written in one atomic, synced
   * batch; on return they are durable and were told to listeners.
   *
   * @throws ZtcError STATE_NOT_VALID where a block isn't valid on its parent, DATABASE_FAILED; what
   *   was durable before stays
   */
  async finalize(blocks: readonly FinalBlock[]): Promise<void> {
    this.#commits++;
    const done = this.#finalizing
      .then(() => this.#finalize(blocks))
      .finally(() => {
        this.#commits--;
        this.#pruning?.committed();
      });
    this.#finalizing = done.catch(() => undefined);
    await done;
  }

  // What the others read. What was pruned throws `PrunedError`, but for bytes, which are absent.

  /** From which heights on states and blocks are kept; headers always are. */
  get retained(): Readonly<Pick<Retained, 'states' | 'blocks'>> {
    const { states, blocks } = this.#machine.stored.retained;
    return { states, blocks };
  }

  /** What is to be kept. */
  get retention(): Retention {
    return this.#options.pruning?.retention ?? ARCHIVE;
  }

  header(height: number): Header | undefined {
    return this.#machine.stored.header(height);
  }

  headerBytes(height: number): Uint8Array | undefined {
    return this.#machine.stored.headerBytes(height);
  }

  blockHashAt(height: number): Uint8Array | undefined {
    return this.#machine.stored.blockHash(height);
  }

  block(height: number): Block | undefined {
    requireBlock(this.#machine.stored.retained, height);
    return this.#machine.stored.block(height);
  }

  /** The encoded block as it is sent to peers. */
  blockBytes(height: number): Uint8Array | undefined {
    return this.#machine.stored.blockBytes(height);
  }

  heightOf(blockHash: Uint8Array): number | undefined {
    return this.#machine.stored.heightOf(blockHash);
  }

  /** The block's own finalization, where it has one and it is kept. */
  certificate(height: number): Certificate | undefined {
    return this.#machine.stored.certificate(height);
  }

  /** The same as it is sent to peers. */
  certificateBytes(height: number): Uint8Array | undefined {
    return this.#machine.stored.certificateBytes(height);
  }

  /** What makes a block final: a finalization of it or of a descendant, and the headers between. */
  finality(height: number): Finality | undefined {
    return finalityOf(this.#machine.stored, height, this.head.header.height);
  }

  /**
   * What proves the validators of later epochs to who trusts those of `fromEpoch`, in order and at
   * most `limit`: the last blocks that changed them.
   */
  validatorLinks(fromEpoch: number, limit: number): Promise<readonly ValidatorLink[]> {
    const from = Math.max(fromEpoch, firstEpochOf(this.genesis.genesis)); // none of a chain before
    return this.#machine.stored.validatorLinks(from, limit);
  }

  /** The validators of an epoch up to the newest one, whatever states are kept. */
  async validatorsOf(epoch: number): Promise<ValidatorSet> {
    return (await this.#machine.stored.validatorsOf(epoch)) ?? oldestValidators(this.genesis);
  }

  /** Shows that block `height` is in the history that the header of a later block names. */
  historyProof(height: number, under: number): Uint8Array[] {
    return inclusionProof(this.#historySubtree, under, height);
  }

  /** Shows that the history that header `older` names is the beginning of that of `newer`. */
  consistencyProof(older: number, newer: number): Uint8Array[] {
    return consistencyProof(this.#historySubtree, older, newer);
  }

  /** In order of the block's transactions; empty for an unknown height. */
  results(height: number): readonly TransactionResult[] {
    requireBlock(this.#machine.stored.retained, height);
    return this.#machine.stored.results(height);
  }

  /** Where a transaction became final, whatever blocks are kept. */
  heightOfTransaction(id: Uint8Array): number | undefined {
    return this.#machine.stored.place(id)?.height;
  }

  /** A transaction of a final block, by id. */
  transaction(id: Uint8Array): StoredTransaction | undefined {
    return storedTransaction(this.#machine.stored, id);
  }

  /**
   * The state after the final block `height`, by default the head.
   *
   * @throws ZtcError HEIGHT_UNKNOWN; PrunedError, as every later read once it is no longer kept
   */
  state(height?: number): StateReader {
    return this.#readers.at(height ?? this.#machine.head.height);
  }

  /**
   * Whether a block could hold the transaction as things stand; its signatures are not checked.
   *
   * @param waiting what its sender has waiting beside it
   */
  admissible(
    received: ReceivedTransaction,
    waiting: Amount = NOTHING,
  ): Result<null, AdmissionCode> {
    const { head } = this.#machine;
    return judgeAdmission(head, received, this.#timeAfter(head), this.#isUsed, waiting);
  }

  /** Calls back once for every block that becomes final, in order; the answer ends that. */
  onFinal(listener: (event: FinalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * All publishers' statements, newest first.
   *
   * @param before only those with a lower sequence number; undefined: from the newest on
   */
  recentStatements(
    before: number | undefined,
    limit: number,
  ): { readonly sequence: number; readonly statement: Statement }[] {
    const from = Math.min(before ?? this.#machine.statements, this.#machine.statements);
    return recentStatements(this.#machine.stored, this.#machine.stores.tree, from, limit);
  }

  /** Waits for what is being written, then closes the store. */
  async close(): Promise<void> {
    await this.#finalizing;
    await this.#pruning?.stop();
    await this.#options.store.close();
  }

  #startPruning(): Pruning | undefined {
    const { pruning, store, log } = this.#options;
    if (pruning === undefined) return undefined;
    const { stored } = this.#machine;
    invariant((pruning.retention.states ?? 2) >= 2, 'proofs are made below the head');
    return new Pruning({
      pruner: new Pruner(store, stored, pruning.retention),
      head: (): PruningHead => ({
        height: this.#machine.head.height,
        windowFrom: this.#machine.windowFrom,
      }),
      committing: () => this.#commits > 0,
      clock: pruning.clock,
      log,
    });
  }

  #find(hash: Uint8Array): Point | undefined {
    return equalBytes(hash, this.#base.block.hash) ? this.#base : this.#overlays.get(hash);
  }

  /** When a child of `point` would be made, if it were now. */
  #timeAfter(point: Point): number {
    return Math.max(point.block.header.time, (this.#options.now ?? Date.now)());
  }

  #judge(block: Block): BlockJudgement {
    const parent = this.#find(block.header.parent);
    if (parent === undefined) return 'unknown-parent';
    const judged = this.#machine.judge(parent, block);
    if (judged.ok) {
      this.#overlays.add(judged.value);
      return 'valid';
    }
    const { code, message } = judged;
    this.#options.log?.debug({ height: block.header.height, code, message }, 'block refused');
    return code === 'DIVERGED' ? 'diverged' : 'invalid';
  }

  async #finalize(blocks: readonly FinalBlock[]): Promise<void> {
    const points = this.#pointsOf(blocks.map(({ block }) => block));
    const last = points.at(-1);
    if (last === undefined) return;
    const finals = points.map((point, i) => ({ point, certificate: blocks[i]?.certificate }));
    invariant(
      finals.every(({ point, certificate }) => {
        return certificate !== undefined || (point !== last && !point.isBoundary);
      }),
      'the last block of a run and that of an epoch have their own finalization',
    );
    // From here on no branch beside these blocks may be executed: the store moves on under it.
    this.#base = last;
    this.#overlays.keepAbove(last);
    const stop = this.#options.metrics?.commitSeconds.startTimer();
    await this.#machine.commit(finals);
    stop?.();
    for (const { point, certificate } of finals) this.#tell(point, certificate);
  }

  /** The blocks as points, found through the last one, since an overlay keeps its ancestors. */
  #pointsOf(blocks: readonly Block[]): Point[] {
    const known = new Map<string, Point>();
    const last = blocks.at(-1);
    let ancestor = last && this.#overlays.get(last.hash);
    for (; ancestor !== undefined; ancestor = ancestor.parent) {
      known.set(toHex(ancestor.block.hash), ancestor);
    }
    const points: Point[] = [];
    for (const block of blocks) {
      const parent = points.at(-1) ?? this.#machine.head;
      points.push(known.get(toHex(block.hash)) ?? this.#judged(parent, block));
    }
    return points;
  }

  #judged(parent: Point, block: Block): Point {
    const judged = this.#machine.judge(parent, block);
    if (judged.ok) return judged.value;
    const { height } = block.header;
    throw new ZtcError('STATE_NOT_VALID', `final block ${height}: ${judged.message}`, {
      hint: 'this node and the others disagree: keep its data and report it',
    });
  }

  /** Tells the listeners and the metrics of a block that is final and durable. */
  #tell(
    { block, transactions, height, outcome }: Point,
    certificate: Certificate | undefined,
  ): void {
    const { metrics, log } = this.#options;
    const { results } = outcome;
    metrics?.height.set(height);
    metrics?.overlays.set(this.#overlays.size);
    metrics?.replayWindow.set(this.#machine.windowSize);
    const applied = results.filter(({ code }) => code === '').length;
    metrics?.transactions.inc({ result: 'applied' }, applied);
    metrics?.transactions.inc({ result: 'rejected' }, results.length - applied);
    log?.debug({ height, transactions: results.length }, 'block final');
    for (const listener of this.#listeners) listener({ block, transactions, results, certificate });
  }
}
