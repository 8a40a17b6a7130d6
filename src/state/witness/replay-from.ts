/**
 * Replaying from a block that is trusted, without the state before it: what execution reads is
 * proven under that block's header, once, and everything from there on is checked as in a replay of
 * the whole chain. Nothing before that block is.
 */
import { equalBytes } from '../../common/bytes.ts';
import { invariant } from '../../common/errors.ts';
import { success } from '../../common/result.ts';
import type { Verify } from '../../common/signature.ts';
import { type Block, resultRoot } from '../../ledger/block.ts';
import type { Checkpoint } from '../../ledger/light-client.ts';
import { append, type Frontier, frontierRoot } from '../../ledger/merkle/rfc6962.ts';
import type { SharedProof } from '../../ledger/merkle/shared.ts';
import { stateRootOf } from '../../ledger/merkle/sparse.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { isSignedWell, type ReceivedTransaction, senderOf } from '../../ledger/transaction.ts';
import type { Certificate } from '../../ledger/vote.ts';
import { expiryOf } from '../block-writes.ts';
import { endsEpoch, readEpoch, readParameters } from '../execution/epochs.ts';
import { APPLIED, executeTransactions } from '../execution/execute.ts';
import { readUsage } from '../execution/quotas.ts';
import { senderEntry, senderKeys } from '../execution/sender.ts';
import { type JudgedParent, judgeBlock } from '../judge.ts';
import { childHeaderOf, executeBoundary } from '../point.ts';
import { Reception } from '../reception.ts';
import {
  brokenBytes,
  brokenCertificate,
  brokenOrder,
  type ReplayFailure,
  type ReplayResult,
} from '../replay.ts';
import { ReplayWindow } from '../replay-window.ts';
import { type ListEnd, NotShown, WitnessState } from './witness-state.ts';

/** Proves parts of the state before the first block, under its header. */
export interface Witness {
  entries(keys: readonly string[]): Promise<SharedProof>;
  /** Of a list that is there. */
  end(key: string): Promise<ListEnd>;
}

export interface ReplayFromOptions {
  /** The block before the first one, which is known by its hash. */
  readonly before: Block;
  /** The first one to be replayed: its header is trusted. */
  readonly first: Block;
  /** Over all block hashes before the first one's. */
  readonly history: Frontier;
  /** Blocks before it whose transactions may still be sent again. */
  readonly recent: readonly Block[];
  readonly witness: Witness;
  readonly verify: Verify;
}

/** Of one answer of a node. */
const KEYS_AT_ONCE = 100;

export class ReplayFrom {
  readonly #options: ReplayFromOptions;
  readonly #state: WitnessState;
  readonly #reception: Reception;
  readonly #window: ReplayWindow;
  #parent: JudgedParent;
  #history: Frontier;
  #covered: number;
  #checkpoint: Checkpoint | undefined;
  #transactions = 0;
  #rejected = 0;

  private constructor(options: ReplayFromOptions, state: WitnessState) {
    const { before, first, recent, verify } = options;
    this.#options = options;
    this.#state = state;
    this.#reception = new Reception({
      verifyTransaction: (received) => isSignedWell(received, verify),
    });
    this.#window = new ReplayWindow(readParameters(state).maxValidityMs);
    for (const block of recent) {
      const read = this.#reception.read(block);
      if (read.ok) this.#remember(block, read.value.transactions);
    }
    this.#history = options.history;
    this.#covered = before.header.height;
    this.#parent = this.#parentOf(before, first.header);
  }

  /** Begins with the settings of the state before the first block. */
  static async begin(options: ReplayFromOptions): Promise<ReplayFrom> {
    invariant(follows(options), 'what is before the first block is what its header says');
    const keys = [stateKey.parameters, stateKey.epoch, stateKey.activeMembers];
    return new ReplayFrom(options, new WitnessState(await options.witness.entries(keys)));
  }

  get stateRoot(): Uint8Array {
    return stateRootOf(this.#parent.block.header.chain, this.#state.root);
  }

  /** The newest block with its own finalization, for comparing heads. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** The validators of the next block's epoch. */
  get #validators() {
    return readEpoch(this.#state).validators;
  }

  /** Applies the next block. @param certificate its own finalization, where it is known */
  async apply(block: Block, certificate: Certificate | undefined): Promise<ReplayResult> {
    await this.#showLikely(block);
    for (;;) {
      try {
        return this.#applyShown(block, certificate);
      } catch (error) {
        if (!(error instanceof NotShown)) throw error;
        await this.#show(error);
      }
    }
  }

  /** To be called after the last block: refuses a tail that no finalization covers. */
  finish(): ReplayResult {
    const { height } = this.#parent.block.header;
    if (this.#covered === height) return this.#progress();
    return diverged(this.#covered + 1, 'no finalization covers the last blocks');
  }

  /** @throws NotShown, and then nothing has changed */
  #applyShown(block: Block, certificate: Certificate | undefined): ReplayResult {
    const parent = this.#parent;
    const height = parent.block.header.height + 1;
    const { chain } = parent.block.header;
    const validators = this.#validators;
    const unfit = brokenBytes(chain, block) ?? brokenOrder(parent.block.header, block, validators);
    if (unfit !== undefined) return diverged(height, unfit);
    if (block.header.epoch !== parent.block.header.epoch && this.#covered < height - 1) {
      return diverged(height, "the epoch before ended without its validators' finalization");
    }
    const isBoundary = parent.childIsBoundary;
    const final = certificate && { certificate, mayBeLater: isBoundary };
    const uncertified = final && brokenCertificate(block, final, validators, this.#options);
    if (uncertified !== undefined) return diverged(height, uncertified);
    const judged = judgeBlock(parent, block, {
      reception: this.#reception,
      isUsed: (id) => this.#window.has(id),
    });
    if (!judged.ok) return diverged(height, judged.message);
    const { time } = block.header;
    const { parameters } = this.#parent.outcome;
    const { draft, results } = isBoundary
      ? executeBoundary(this.#state, height)
      : executeTransactions(this.#state, { height, time, parameters }, judged.value);
    this.#state.write(draft);
    this.#remember(block, judged.value);
    this.#history = append(this.#history, block.hash);
    this.#parent = this.#parentOf(block, this.#childHeader(block, resultRoot(results)));
    this.#transactions += results.length;
    this.#rejected += results.filter(({ code }) => code !== APPLIED).length;
    if (certificate !== undefined) {
      this.#covered = height;
      const { headerBytes: header, header: read } = block;
      this.#checkpoint = { version: 1, chain, epoch: read.epoch, validators, header, certificate };
    }
    return this.#progress();
  }

  #remember(block: Block, transactions: readonly ReceivedTransaction[]): void {
    const ids = transactions.map(({ id }) => id);
    this.#window.add(block.header.height, ids, expiryOf(transactions));
    this.#window.advance(block.header.time);
  }

  #parentOf(block: Block, child: JudgedParent['child']): JudgedParent {
    const state = this.#state;
    const [parameters, epoch] = [readParameters(state), readEpoch(state)];
    return {
      block,
      child,
      outcome: { parameters },
      childIsBoundary: endsEpoch(epoch, parameters, block.header.height + 1),
      includes: () => false, // the window has all of them
      senderKeys: (sender) => senderKeys(state, sender),
      usage: (sender) => readUsage(state, sender),
    };
  }

  #childHeader(block: Block, results: Uint8Array): JudgedParent['child'] {
    return childHeaderOf(block, {
      treeRoot: this.#state.root,
      resultRoot: results,
      history: this.#history,
      epoch: readEpoch(this.#state),
    });
  }

  async #show({ key, what }: NotShown): Promise<void> {
    const { witness } = this.#options;
    if (what === 'value') this.#state.show(await witness.entries([key]));
    else this.#state.showEnd(key, await witness.end(key));
    // Else whoever shows it would be asked for ever.
    const isThere = what === 'value' ? this.#state.has(key) : this.#state.hasEnd(key);
    invariant(isThere, 'a witness shows what it is asked for');
  }

  /** Many at once, since each answer is a call to a node; what is left is asked for one by one. */
  async #showLikely(block: Block): Promise<void> {
    const read = this.#reception.read(block);
    if (!read.ok) return;
    const keys = new Set(read.value.transactions.flatMap(likelyKeys));
    const missing = [...keys].filter((key) => !this.#state.has(key));
    for (let from = 0; from < missing.length; from += KEYS_AT_ONCE) {
      const part = missing.slice(from, from + KEYS_AT_ONCE);
      this.#state.show(await this.#options.witness.entries(part));
    }
  }

  #progress(): ReplayResult {
    const { height } = this.#parent.block.header;
    return success({ height, transactions: this.#transactions, rejected: this.#rejected });
  }
}

function diverged(height: number, why: string): ReplayFailure {
  return { ok: false, code: 'REPLAY_DIVERGENCE', message: `block ${height}: ${why}`, height };
}

/** What a transaction reads and writes, as far as it can be told from it. */
function likelyKeys({ transaction }: ReceivedTransaction): string[] {
  const { sender, operations } = transaction;
  const { id } = senderOf(sender);
  const own = [senderEntry(sender), stateKey.usage(sender)];
  return [...own, ...operations.flatMap((operation) => keysOf(operation, id))];
}

function keysOf(operation: Operation, sender: string): string[] {
  switch (operation.op) {
    case OPERATION.STATEMENT: {
      const { asset } = operation;
      return [
        stateKey.assetStatements(asset),
        stateKey.assetStatement(asset, sender),
        stateKey.publisherActs(sender),
      ];
    }
    case OPERATION.RECORD_PUT: {
      const { namespace, key } = operation;
      return [
        stateKey.record(namespace, key),
        stateKey.recordRevisions(namespace, key),
        stateKey.namespaceKeys(namespace),
      ];
    }
    default:
      return [];
  }
}

/** Whether the header of `first` is the child of `before`, and the history that of both. */
function follows({
  before,
  first,
  history,
}: Pick<ReplayFromOptions, 'before' | 'first' | 'history'>): boolean {
  const { parent, height, historyRoot } = first.header;
  return (
    before.header.height === height - 1 &&
    equalBytes(before.hash, parent) &&
    history.count === height &&
    equalBytes(frontierRoot(history), historyRoot)
  );
}
