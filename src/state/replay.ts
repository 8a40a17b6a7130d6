/**
 * Replaying a chain as an auditor: nothing is believed but the genesis. Every header, signature and
 * root is checked and every transaction executed, block after block, in a store of the auditor's
 * own. The proof that the last fetched block is final covers the ones before it in its epoch; an
 * epoch that ends without a finalization by its own validators is refused, and by `finish` a tail
 * that none covers. A successor's chain is replayed through those before it, each up to its last
 * block; the step to the next one is taken where its first block is given.
 */
import { equalBytes } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import { type Failure, type Success, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { type Block, blockHash, type Header } from '../ledger/block.ts';
import { chainOf, type Genesis } from '../ledger/genesis.ts';
import { type FullGenesis, lineageOf, verifyGenesis } from '../ledger/genesis-signatures.ts';
import type { Checkpoint } from '../ledger/light-client.ts';
import { merkleRoot } from '../ledger/merkle/rfc6962.ts';
import { stateRootOf } from '../ledger/merkle/sparse.ts';
import { isSignedWell } from '../ledger/transaction.ts';
import { leaderOf, type ValidatorSet } from '../ledger/validators.ts';
import { type Certificate, VOTE, verifyCertificate } from '../ledger/vote.ts';
import { ChainStore } from './chain-store.ts';
import { readEpoch } from './execution/epochs.ts';
import { APPLIED } from './execution/execute.ts';
import type { KvStore } from './kv/kv.ts';
import type { Point } from './point.ts';
import { stateReader } from './reader.ts';
import type { Received } from './reception.ts';
import { type FinalPoint, StateMachine, type StateMachineOptions } from './state-machine.ts';
import type { TreeMemory } from './tree/loader.ts';
import { treeRootOf } from './tree/tree.ts';

export interface ReplayOptions {
  /** Empty, or where an earlier replay of the same chain stopped; the caller closes it. */
  readonly store: KvStore;
  readonly signedGenesis: FullGenesis;
  /** `state`: nothing but what checking takes, in a store that is thrown away; see there. */
  readonly keep?: StateMachineOptions['keep'];
  /** How much of the state tree may stay in memory; by default what a node keeps. */
  readonly treeMemory?: TreeMemory;
  readonly verify: Verify;
}

/** Blocks whose changes share a write: transactions, or blocks where these are few. */
const WRITE_TRANSACTIONS = 2_000;
const WRITE_BLOCKS = 256;

/** What was replayed so far. */
export interface ReplayProgress {
  /** Height of the newest applied block; 0 is the genesis. */
  readonly height: number;
  /** In this run. */
  readonly transactions: number;
  /** Those of them whose execution was rejected. */
  readonly rejected: number;
}

/** The chain isn't what the genesis and the rules make of it. */
export interface ReplayFailure extends Failure<'REPLAY_DIVERGENCE'> {
  /** Of the first bad or missing block, or of the first one of an uncovered tail. */
  readonly height: number;
}

export type ReplayResult = Success<ReplayProgress> | ReplayFailure;

export class Replay {
  readonly #options: ReplayOptions;
  #machine: StateMachine | undefined;
  #opened: Promise<void> | undefined;
  /** Applied, and not in the store yet. */
  #waiting: FinalPoint[] = [];
  #waitingTransactions = 0;
  #tip: Point | undefined;
  #written: Promise<void> = Promise.resolve();
  #covered = 0;
  #transactions = 0;
  #rejected = 0;
  #failed: ReplayFailure | undefined;
  /** Of the chains that follow the one replayed now. */
  #successors: readonly Genesis[] = [];

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** As the header after the newest applied block must carry it; undefined before `start`. */
  get stateRoot(): Uint8Array | undefined {
    const machine = this.#machine;
    return machine && stateRootOf(machine.chain, treeRootOf(machine.head.outcome.version));
  }

  /**
   * The newest block with the finalization that covers it, for comparing heads; undefined before
   * `start`, at the genesis, and over an uncovered tail.
   */
  get checkpoint(): Checkpoint | undefined {
    const machine = this.#machine;
    const height = machine?.head.height ?? 0;
    const certificate = machine?.stored.certificate(height);
    const before = machine?.stored.header(height - 1);
    const version = machine?.stored.stateVersion(height - 1);
    if (!machine || !certificate || !before || !version) return undefined;
    // Those of the block's own epoch: after an epoch's last block the state is in the next one.
    const { stores, stored } = machine;
    const state = stateReader(stores, before, stores.tree.at(version), stored.retained);
    const { validators } = readEpoch(state);
    const { headerBytes: header, header: read } = machine.head.block;
    const { chain } = machine;
    return { version: 1, chain, epoch: read.epoch, validators, header, certificate };
  }

  /**
   * Checks the genesis signatures and opens the store; `apply` does it where it wasn't done.
   *
   * @returns with the height from which to go on: the next block to apply is one above
   * @throws ZtcError as `StateMachine.open`
   */
  async start(): Promise<ReplayResult> {
    this.#opened ??= this.#open();
    await this.#opened;
    return this.#failed ?? success(this.#progress(this.#machine as StateMachine));
  }

  async #open(): Promise<void> {
    const { store, signedGenesis, verify, keep, treeMemory } = this.#options;
    const signed = verifyGenesis(signedGenesis, verify);
    if (!signed.ok) {
      this.#diverged(0, signed.message);
      return;
    }
    const lineage = lineageOf(signedGenesis);
    const at = chainAt(store, lineage);
    this.#successors = lineage.slice(at + 1);
    this.#machine = await StateMachine.open({
      store,
      genesis: lineage[at] as Genesis,
      verifyTransaction: (received) => isSignedWell(received, verify),
      ...(keep && { keep }),
      ...(treeMemory && { treeMemory }),
    });
    this.#tip = this.#machine.head;
    this.#covered = newestCertified(this.#machine);
  }

  /**
   * Applies the next block; block 0 may be given first and must be the one that the genesis makes.
   * After a failure every call gives it again.
   *
   * @param certificate the block's own finalization, where it is known
   * @param received given where the block was read from its bytes (`read-block.ts`): then its parts
   *   belong together, and this is what is known of its transactions
   */
  async apply(block: Block, certificate?: Certificate, received?: Received): Promise<ReplayResult> {
    const started = await this.start();
    if (!started.ok || this.#failed !== undefined) return this.#failed ?? started;
    if (this.#stepsTo(block)) return this.#step(block);
    const machine = this.#machine as StateMachine;
    if (block.header.height === 0) return this.#applyFirst(machine, block);
    const tip = this.#tip as Point;
    const height = tip.height + 1;
    const epoch = tip.outcome.epoch.validators;
    const broken = received === undefined ? brokenBytes(machine.chain, block) : undefined;
    const unfit = broken ?? brokenOrder(tip.block.header, block, epoch);
    if (unfit !== undefined) return this.#diverged(height, unfit);
    if (received !== undefined) machine.receive(block, received);
    if (tip.isBoundary && this.#covered < tip.height) {
      return this.#diverged(height, "the epoch before ended without its validators' finalization");
    }
    const final = certificate && { certificate, mayBeLater: tip.childIsBoundary };
    const uncertified = final && brokenCertificate(block, final, epoch, this.#options);
    if (uncertified !== undefined) return this.#diverged(height, uncertified);
    const judged = machine.judge(tip, block);
    if (!judged.ok) return this.#diverged(height, judged.message);
    this.#tip = judged.value;
    this.#waiting.push({ point: judged.value, certificate });
    this.#waitingTransactions += block.transactions.length;
    const { results } = judged.value.outcome;
    this.#transactions += results.length;
    this.#rejected += results.filter(({ code }) => code !== APPLIED).length;
    if (certificate !== undefined) this.#covered = height;
    const enough =
      this.#waitingTransactions >= WRITE_TRANSACTIONS || this.#waiting.length >= WRITE_BLOCKS;
    if (enough) await this.#write();
    return success(this.#progress(machine));
  }

  /** Ends the replay where the bytes of the next block are none. */
  refuse(height: number, why: string): ReplayFailure {
    return this.#failed ?? this.#diverged(height, why);
  }

  /** Writes what was applied, so that a later replay goes on from there. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#written;
  }

  /** Begins to write what waits, once what was begun before is written. */
  async #write(): Promise<void> {
    await this.#written;
    const run = this.#waiting.splice(0);
    this.#waitingTransactions = 0;
    this.#written = this.#machine?.commit(run) ?? Promise.resolve();
    this.#written.catch(() => {}); // whoever writes next, or ends, hears of it
  }

  /** To be called after the last block: refuses a tail that no finalization covers. */
  async finish(): Promise<ReplayResult> {
    await this.flush();
    if (this.#failed !== undefined) return this.#failed;
    const machine = this.#machine;
    const height = this.#tip?.height ?? 0;
    if (machine !== undefined && this.#covered === height) return success(this.#progress(machine));
    return this.#diverged(this.#covered + 1, 'no finalization covers the last blocks');
  }

  #applyFirst(machine: StateMachine, block: Block): ReplayResult {
    const expected = machine.stored.blockHash(0);
    const same = expected !== undefined && equalBytes(expected, block.hash);
    if (!same || block.transactions.length > 0) {
      return this.#diverged(0, 'block 0 is not the one that the genesis makes');
    }
    return success(this.#progress(machine));
  }

  /** Whether the block is of the next chain: then the one before has ended here. */
  #stepsTo({ header }: Block): boolean {
    const [next] = this.#successors;
    return next !== undefined && !equalBytes(header.chain, (this.#machine as StateMachine).chain);
  }

  /** From the last block of a chain to the first one of its successor, which has to be `block`. */
  async #step(block: Block): Promise<ReplayResult> {
    const [next, ...others] = this.#successors;
    const height = (this.#tip?.height ?? 0) + 1;
    const ended = await this.finish();
    if (!ended.ok) return ended;
    try {
      this.#machine = await this.#machine?.succeed(next as Genesis);
    } catch (error) {
      if (error instanceof ZtcError) return this.#diverged(height, error.message);
      throw error;
    }
    this.#successors = others;
    const machine = this.#machine as StateMachine;
    this.#tip = machine.head;
    this.#covered = height;
    const own = equalBytes(machine.head.block.hash, block.hash) && block.transactions.length === 0;
    return own
      ? success(this.#progress(machine))
      : this.#diverged(height, 'it is not the first block that the successor makes');
  }

  #progress(machine: StateMachine): ReplayProgress {
    const { height } = this.#tip ?? machine.head;
    return { height, transactions: this.#transactions, rejected: this.#rejected };
  }

  #diverged(height: number, why: string): ReplayFailure {
    this.#failed = {
      ok: false,
      code: 'REPLAY_DIVERGENCE',
      message: `block ${height}: ${why}`,
      height,
    };
    return this.#failed;
  }
}

/** Which of the chains an earlier run came to; the oldest where there was none. */
function chainAt(store: KvStore, lineage: readonly Genesis[]): number {
  const chains = lineage.map(chainOf);
  const stands = new ChainStore(store, chains).head()?.chain;
  return stands === undefined ? 0 : chains.findIndex((chain) => equalBytes(chain, stands));
}

/** Where the store of an earlier run is covered up to. */
function newestCertified({ head, stored, firstHeight }: StateMachine): number {
  let height = head.height;
  while (height > firstHeight && stored.certificate(height) === undefined) height--;
  return height;
}

/** What in a block doesn't belong together: its own hash and its transactions' root. */
export function brokenBytes(chain: Uint8Array, block: Block): string | undefined {
  if (!equalBytes(blockHash(chain, block.headerBytes), block.hash))
    return 'the hash is not its own';
  const sameRoot = equalBytes(merkleRoot(block.transactions), block.header.txRoot);
  return sameRoot ? undefined : 'the transactions are not those of the header';
}

/** What in view and proposer breaks consensus' rules; `judge` looks at the rest of the header. */
export function brokenOrder(
  parent: Header,
  block: Block,
  validators: ValidatorSet,
): string | undefined {
  const { view, proposer, epoch, height } = block.header;
  if (height !== parent.height + 1) return `it is missing, block ${height} was given`;
  const before = epoch === parent.epoch ? parent.view : 0;
  if (view <= before) return 'the view is not above that of the parent';
  const leader = validators[leaderOf(view, validators.length)];
  return proposer === leader?.member ? undefined : 'the proposer is not the leader of the view';
}

/** What is to make a block final. */
interface Finalization {
  readonly certificate: Certificate;
  /** A boundary block is proposed again, in later views, until a quorum finalizes it. */
  readonly mayBeLater: boolean;
}

/** Why a certificate doesn't make the block final. */
export function brokenCertificate(
  block: Block,
  { certificate, mayBeLater }: Finalization,
  validators: ValidatorSet,
  { verify }: Pick<ReplayOptions, 'verify'>,
): string | undefined {
  const { kind, chain, epoch, view, block: certified } = certificate;
  const { header } = block;
  const fits =
    kind === VOTE.FINALIZE &&
    equalBytes(chain, header.chain) &&
    epoch === header.epoch &&
    (view === header.view || (mayBeLater && view > header.view)) &&
    certified !== null &&
    equalBytes(certified, block.hash);
  if (!fits) return 'the certificate is not a finalization of this block';
  const verified = verifyCertificate(certificate, validators, verify);
  return verified.ok ? undefined : verified.message;
}
