/**
 * A point of the chain: a block and the state after it, in memory. The final head is one, and each
 * checked block above it is one over its parent's, so that competing branches stand beside each
 * other without a write. A block is executed when its outcome is first asked for, which is after
 * the vote on it.
 */
import type { Block, Header } from '../ledger/block.ts';
import { EMPTY_FRONTIER, type Frontier, frontierRoot } from '../ledger/merkle/rfc6962.ts';
import { keyHash, stateRootOf } from '../ledger/merkle/sparse.ts';
import type { Usage } from '../ledger/quotas.ts';
import type { EpochState } from '../ledger/state-values.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import { validatorsHash } from '../ledger/validators.ts';
import { NOTHING_APPENDED } from './appended-lists.ts';
import { Draft, type Key, type Reading, type StateBase } from './execution/draft.ts';
import { endsEpoch, enterNextEpoch } from './execution/epochs.ts';
import { type Execution, executeTransactions } from './execution/execute.ts';
import { readUsage } from './execution/quotas.ts';
import { type SenderKeys, senderKeys } from './execution/sender.ts';
import { IdSet } from './id-set.ts';
import { readListHead } from './lists.ts';
import { type Outcome, outcomeOf, type StateStores } from './outcome.ts';
import { treeRootOf } from './tree/tree.ts';

/** Senders whose keys and usages a point remembers; more than send in one block. */
const SENDERS_MAX = 4_096;

/** Values that a point remembers; each may keep the 4 KiB around it that were read together. */
const VALUES_MAX = 2_048;

/** What the header of every child of a point must say. */
export type ChildHeader = Pick<
  Header,
  | 'chain'
  | 'epoch'
  | 'height'
  | 'parent'
  | 'stateRoot'
  | 'resultRoot'
  | 'historyRoot'
  | 'validators'
  | 'nextValidators'
>;

export interface PointOptions {
  readonly stores: StateStores;
  readonly block: Block;
  /** The block's, in order. */
  readonly transactions: readonly ReceivedTransaction[];
  /** Undefined for a final block. */
  readonly parent: Point | undefined;
  /** Over all block hashes up to this block's. */
  readonly history: Frontier;
  /** Given for a final block; else the block is executed over its parent. */
  readonly outcome?: Outcome;
}

export class Point implements StateBase, Reading {
  readonly block: Block;
  readonly transactions: readonly ReceivedTransaction[];
  /** Over all block hashes up to this block's. */
  readonly history: Frontier;
  /** Whether it is its epoch's last block: empty, and what is due is in force after it. */
  readonly isBoundary: boolean;
  readonly #stores: StateStores;
  readonly #ids: IdSet;
  readonly #senders = new Map<string, SenderKeys | undefined>();
  readonly #usages = new Map<string, Usage>();
  /** Found by `get`: judging a child asks for what its senders have, and executing it again. */
  readonly #values = new Map<string, Uint8Array>();
  #parent: Point | undefined;
  #outcome: Outcome | undefined;
  #child: ChildHeader | undefined;

  constructor(options: PointOptions) {
    this.block = options.block;
    this.transactions = options.transactions;
    this.history = options.history;
    this.#stores = options.stores;
    this.#parent = options.parent;
    this.#outcome = options.outcome;
    this.isBoundary = options.parent?.childIsBoundary ?? this.#beginsEpoch();
    this.#ids = new IdSet(options.transactions.length);
    for (const { id } of options.transactions) this.#ids.add(id);
  }

  get height(): number {
    return this.block.header.height;
  }

  /** Undefined once this block is final. */
  get parent(): Point | undefined {
    return this.#parent;
  }

  get outcome(): Outcome {
    this.#outcome ??= this.#execute(this.#parent as Point);
    return this.#outcome;
  }

  get(key: string): Uint8Array | undefined {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = this.#stores.tree.get(this.outcome.version, keyHash(key));
    if (value !== undefined && this.#values.size < VALUES_MAX) this.#values.set(key, value);
    return value;
  }

  read({ text, keyHash: hash }: Key): Uint8Array | undefined {
    return this.#values.get(text) ?? this.#stores.tree.get(this.outcome.version, hash);
  }

  frontier(key: Key): Frontier {
    const head = this.read(key);
    if (head === undefined) return EMPTY_FRONTIER;
    for (let point: Point | undefined = this; point !== undefined; point = point.#parent) {
      const list = point.outcome.lists.longer.get(key.text);
      if (list !== undefined) return list.frontier;
    }
    return this.#stores.lists.frontier(key, readListHead(head));
  }

  /** Whether a block of this branch above the final head has the transaction. */
  includes(id: Uint8Array): boolean {
    for (let point: Point | undefined = this; point !== undefined; point = point.#parent) {
      if (point.#ids.has(id)) return true;
    }
    return false;
  }

  /** The keys of a sender in the state after this block; undefined where it is unknown. */
  senderKeys(sender: string): SenderKeys | undefined {
    if (this.#senders.has(sender)) return this.#senders.get(sender);
    const keys = senderKeys(this, sender);
    if (this.#senders.size < SENDERS_MAX) this.#senders.set(sender, keys);
    return keys;
  }

  /** What a sender has used of its quota in the state after this block. */
  usage(sender: string): Usage {
    const known = this.#usages.get(sender);
    if (known !== undefined) return known;
    const usage = readUsage(this, sender);
    if (this.#usages.size < SENDERS_MAX) this.#usages.set(sender, usage);
    return usage;
  }

  /** Whether a child of this block has to be its epoch's last. */
  get childIsBoundary(): boolean {
    const { epoch, parameters } = this.outcome;
    return endsEpoch(epoch, parameters, this.height + 1);
  }

  get child(): ChildHeader {
    this.#child ??= this.#childHeader();
    return this.#child;
  }

  /** To be called when the block is durable: lets go of what the store now has. */
  settle(): void {
    this.#outcome = { ...this.outcome, lists: NOTHING_APPENDED };
    this.#parent = undefined;
  }

  /** Of a final block: whether the state after it is the first of an epoch. */
  #beginsEpoch(): boolean {
    return this.outcome.epoch.firstHeight === this.height + 1;
  }

  #execute(parent: Point): Outcome {
    const { tree } = this.#stores;
    const before = parent.outcome;
    const { height, time } = this.block.header;
    const { parameters } = before;
    const { draft, results } = this.isBoundary
      ? executeBoundary(parent, height)
      : executeTransactions(parent, { height, time, parameters }, this.transactions);
    const base = { version: before.version, height: this.height };
    return outcomeOf(tree, base, draft, results, before);
  }

  #childHeader(): ChildHeader {
    const { version, resultRoot, epoch } = this.outcome;
    const { block, history } = this;
    return childHeaderOf(block, { treeRoot: treeRootOf(version), resultRoot, history, epoch });
  }
}

/** What a block and the state after it leave no choice about in the header of its child. */
export function childHeaderOf(
  { header: { chain, height }, hash: parent }: Pick<Block, 'header' | 'hash'>,
  after: {
    readonly treeRoot: Uint8Array;
    readonly resultRoot: Uint8Array;
    readonly history: Frontier;
    readonly epoch: EpochState;
  },
): ChildHeader {
  const { epoch, validators, nextValidators } = after.epoch;
  return {
    chain,
    epoch,
    height: height + 1,
    parent,
    stateRoot: stateRootOf(chain, after.treeRoot),
    resultRoot: after.resultRoot,
    historyRoot: frontierRoot(after.history),
    validators: validatorsHash(chain, validators),
    nextValidators: validatorsHash(chain, nextValidators),
  };
}

/** A boundary block holds no transactions; it changes the epoch alone. */
export function executeBoundary(parent: StateBase, height: number): Execution {
  const draft = new Draft(parent);
  enterNextEpoch(draft, height);
  return { draft, results: [] };
}
