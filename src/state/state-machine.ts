/**
 * The replicated state machine over one store: judges blocks, and makes them final one after the
 * other, each with everything it brings in one atomic batch. After a crash at any point the store
 * stands after the last block whose batch was complete. The node's `Ledger` and the auditor's
 * `Replay` are both built on it.
 */
import { equalBytes } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import { invariant, ZtcError } from '../common/errors.ts';
import { type Result, success } from '../common/result.ts';
import type { Block } from '../ledger/block.ts';
import { firstBlock, firstHeightOf } from '../ledger/first-block.ts';
import { chainOf, type Genesis, type Predecessor } from '../ledger/genesis.ts';
import { append, EMPTY_FRONTIER } from '../ledger/merkle/rfc6962.ts';
import { PROTOCOL_VERSION } from '../ledger/parameters.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import type { Certificate } from '../ledger/vote.ts';
import {
  blockWrites,
  boundaryWrite,
  expiryOf,
  headerWrites,
  historyWrites,
  statementItems,
  statementWrites,
} from './block-writes.ts';
import {
  ChainStore,
  GROUP_STATEMENTS,
  type HeadRecord,
  headRecordSchema,
  STORE_FORMAT,
} from './chain-store.ts';
import { genesisState } from './genesis-state.ts';
import { type JudgementCode, judgeBlock } from './judge.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvStore, KvWrite } from './kv/kv.ts';
import { frontierWrites, ListWrites } from './list-writes.ts';
import { ListStore } from './lists.ts';
import { outcomeOf, type StateStores, storedOutcome } from './outcome.ts';
import { Point } from './point.ts';
import { type Received, Reception, type SignatureSource } from './reception.ts';
import { ReplayWindow } from './replay-window.ts';
import { predecessorAt, requirePredecessor, successorState } from './successor.ts';
import type { TreeMemory } from './tree/loader.ts';
import { EMPTY_TREE, recordOf, StateTree } from './tree/tree.ts';

export interface StateMachineOptions extends SignatureSource {
  readonly store: KvStore;
  readonly genesis: Genesis;
  /**
   * `state`: of blocks only what their successors are judged by, in a store that begins empty and
   * can't be opened again. By default the whole chain.
   */
  readonly keep?: 'chain' | 'state';
  /** How much of the tree may stay in memory. */
  readonly treeMemory?: TreeMemory;
}

/** A block that becomes final. */
export interface FinalPoint {
  readonly point: Point;
  /** The block's own finalization, where it has one. */
  readonly certificate: Certificate | undefined;
}

export class StateMachine {
  readonly chain: Uint8Array;
  /** Of the block that the genesis makes: 0, or above the last one of the chain before. */
  readonly firstHeight: number;
  readonly stored: ChainStore;
  readonly stores: StateStores;
  readonly #options: StateMachineOptions;
  readonly #store: KvStore;
  readonly #keep: 'chain' | 'state';
  readonly #reception: Reception;
  readonly #window: ReplayWindow;
  #head: Point;
  #statements: number;

  private constructor(options: StateMachineOptions, opened: Opened) {
    this.chain = opened.chain;
    this.firstHeight = firstHeightOf(options.genesis);
    this.#options = options;
    this.stored = opened.stored;
    this.stores = opened.stores;
    this.#store = options.store;
    this.#keep = options.keep ?? 'chain';
    this.#reception = new Reception(options);
    this.#window = opened.window;
    this.#head = opened.head;
    this.#statements = opened.statements;
  }

  /**
   * Opens the chain of a genesis, writing the genesis state into an empty store. A successor takes
   * a store over that stands where the chain before ended.
   *
   * @throws ZtcError GENESIS_MISMATCH, GENESIS_INVALID, DATABASE_FORMAT, DATABASE_CORRUPT,
   *   PROTOCOL_VERSION, SUCCESSOR_STORE, and those of `requirePredecessor`
   */
  static async open(options: StateMachineOptions): Promise<StateMachine> {
    const { store, genesis } = options;
    const chain = chainOf(genesis);
    const before = genesis.predecessor?.chain;
    const stored = new ChainStore(store, before === undefined ? [chain] : [chain, before]);
    const tree = new StateTree(store, options.treeMemory);
    const stores = { tree, lists: new ListStore(store, tree) };
    const record = stored.head();
    invariant(options.keep !== 'state' || record === undefined, 'a state alone begins empty');
    if (record !== undefined && before !== undefined && equalBytes(record.chain, before)) {
      const opened = await resume({ chain: before, stored, stores }, record);
      return new StateMachine(options, opened).succeed(genesis);
    }
    const opened =
      record === undefined
        ? await begin(store, { chain, stored, stores }, genesis)
        : await resume({ chain, stored, stores }, record);
    requireKnownRules(opened.head);
    return new StateMachine(options, opened);
  }

  /** What a successor would go on from; undefined while nothing is final but the first block. */
  get predecessor(): Predecessor | undefined {
    const certificate = this.stored.certificate(this.#head.height);
    return certificate && predecessorAt(this.#head, certificate);
  }

  /** @throws ZtcError as `succeed`, which it doesn't do */
  requireSuccessor(genesis: Genesis): void {
    requirePredecessor(this.#head, genesis);
    successorState(this.#head, genesis);
  }

  /**
   * Goes over to the chain of a successor, whose first block becomes the head.
   *
   * @throws ZtcError as `requirePredecessor`, and then nothing changed; DATABASE_FAILED
   */
  async succeed(genesis: Genesis): Promise<StateMachine> {
    const [before, { stores }] = [this.#head, this];
    requirePredecessor(before, genesis);
    const chain = chainOf(genesis);
    const block = firstBlock(genesis);
    const { height } = block.header;
    const base = { version: before.outcome.version, height };
    const outcome = outcomeOf(stores.tree, base, successorState(before, genesis), [], undefined);
    const history = append(before.history, block.hash);
    const head = new Point({
      stores,
      block,
      transactions: [],
      parent: undefined,
      history,
      outcome,
    });
    const tree = stores.tree.writes(outcome.version);
    const final = { point: head, certificate: undefined };
    const rest = { chain, statements: this.#statements, windowFrom: this.#window.from(height) };
    const kept =
      this.#keep === 'state'
        ? this.#stateWrites(final)
        : [
            ...this.#chainWrites(final, before, new ListWrites(stores)),
            boundaryWrite(outcome.epoch.epoch - 1, height, outcome.epoch.validators),
            headWrite(head, rest),
          ];
    await this.#store.batch([...tree.writes, ...kept]);
    tree.written();
    head.settle();
    const opened = {
      chain,
      stored: new ChainStore(this.#store, [chain]),
      stores,
      head,
      statements: this.#statements,
      window: this.#window,
    };
    return new StateMachine({ ...this.#options, genesis }, opened);
  }

  /** The newest final block and the state after it. */
  get head(): Point {
    return this.#head;
  }

  /** How many statements were ever made. */
  get statements(): number {
    return this.#statements;
  }

  /** The lowest block whose transaction ids are kept against replay; one above the head: none. */
  get windowFrom(): number {
    return this.#window.from(this.#head.height + 1);
  }

  /** How many transaction ids are kept against replay. */
  get windowSize(): number {
    return this.#window.size;
  }

  /** Whether a final block has the transaction and it may be unexpired. */
  isUsed(id: Uint8Array): boolean {
    return this.#window.has(id);
  }

  /** Does what judging these blocks will need and doesn't depend on their parents. */
  prepare(blocks: readonly Block[]): Promise<void> {
    return this.#reception.ahead(blocks);
  }

  /** Takes what is known of a block's transactions, before it is judged. */
  receive(block: Block, received: Received): void {
    this.#reception.take(block, received);
  }

  /** The block as a point over `parent`, where it is valid there. */
  judge(parent: Point, block: Block): Result<Point, JudgementCode> {
    const judged = judgeBlock(parent, block, {
      reception: this.#reception,
      isUsed: (id) => this.isUsed(id),
    });
    return judged.ok ? success(this.extend(parent, block, judged.value)) : judged;
  }

  /** The point of a block that is known to be valid over `parent`. */
  extend(parent: Point, block: Block, transactions: readonly ReceivedTransaction[]): Point {
    const history = append(parent.history, block.hash);
    return new Point({ stores: this.stores, block, transactions, parent, history });
  }

  /**
   * Makes a run of blocks final that starts above the head; on return all of them are durable, and
   * before it none is seen: the head never is a block without a finalization. Not to be called
   * again before that.
   *
   * @throws ZtcError DATABASE_FAILED, in which case nothing changed; PROTOCOL_VERSION, once all is
   *   durable, where the members raised it to one that this software doesn't know
   */
  async commit(finals: readonly FinalPoint[]): Promise<void> {
    const [first, last] = [finals[0]?.point, finals.at(-1)?.point];
    if (first === undefined || last === undefined) return;
    const windowFrom = this.#window.from(first.height);
    const tree = this.stores.tree.writes(...finals.map(({ point }) => point.outcome.version));
    // Joined at the end: a full block is more writes than a call takes arguments.
    const parts = [tree.writes];
    const lists = new ListWrites(this.stores);
    const statements: number[] = [];
    let head = this.#head;
    for (const final of finals) {
      const { point } = final;
      const { transactions, outcome } = point;
      invariant(equalBytes(point.block.header.parent, head.block.hash), 'commits follow the head');
      if (this.#keep === 'chain') {
        parts.push(this.#chainWrites(final, head, lists));
        for (const item of statementItems(transactions, outcome.results, outcome.lists)) {
          statements.push(this.stores.tree.placeOf(outcome.version, item));
        }
      } else parts.push(this.#stateWrites(final));
      head = point;
    }
    const all = this.#statements + statements.length;
    if (this.#keep === 'chain') {
      const rest = { chain: this.chain, statements: all, windowFrom };
      parts.push(this.#statementWrites(statements), [headWrite(last, rest)]);
    }
    await this.#store.batch(parts.flat());
    tree.written();
    for (const { point } of finals) this.#settle(point);
    this.#statements = all;
    requireKnownRules(last);
  }

  /** All of a block but the index of statements. */
  #chainWrites({ point, certificate }: FinalPoint, before: Point, lists: ListWrites): KvWrite[] {
    const { block, transactions, outcome } = point;
    return [
      ...blockWrites(block, transactions, outcome, certificate),
      ...historyWrites(block, before.history),
      ...lists.of(point.height, before.outcome.version, outcome),
      versionWrite(point),
    ];
  }

  /** The index of statements, by the places of new ones. */
  #statementWrites(places: readonly number[]): KvWrite[] {
    const last = this.stored.statementPlaces(Math.floor(this.#statements / GROUP_STATEMENTS));
    return statementWrites(places, this.#statements, last);
  }

  /** What judging later blocks takes, and what the last one is known by. */
  #stateWrites({ point, certificate }: FinalPoint): KvWrite[] {
    return [
      ...headerWrites(point.block, certificate),
      ...frontierWrites(point.outcome.lists.longer.values()),
      versionWrite(point),
    ];
  }

  #settle(point: Point): void {
    point.settle();
    this.#head = point;
    const ids = point.transactions.map(({ id }) => id);
    this.#window.add(point.height, ids, expiryOf(point.transactions));
    this.#window.advance(point.block.header.time);
  }
}

/** Nobody goes on by rules that he doesn't know: that would be another chain. */
function requireKnownRules({ height, outcome }: Point): void {
  const { protocolVersion } = outcome.parameters;
  if (protocolVersion <= PROTOCOL_VERSION) return;
  const message = `from block ${height + 1} on the chain has protocol version ${protocolVersion}`;
  throw new ZtcError('PROTOCOL_VERSION', message, {
    hint: `this ztc knows ${PROTOCOL_VERSION}: install a newer one and start; nothing is lost`,
  });
}

/** How the state after a block is found again. */
function versionWrite({ height, outcome }: Point): KvWrite {
  return { key: kvKey.state(height), value: recordOf(outcome.version) };
}

/** The new head: what a node starts from. */
function headWrite(
  { height, block, history }: Point,
  rest: Pick<HeadRecord, 'chain' | 'statements' | 'windowFrom'>,
): KvWrite {
  const { chain, statements, windowFrom } = rest;
  const record = { chain, height, hash: block.hash, history, statements, windowFrom };
  return { key: kvKey.head, value: encode(headRecordSchema, record) };
}

interface Stored {
  readonly chain: Uint8Array;
  readonly stored: ChainStore;
  readonly stores: StateStores;
}

interface Opened extends Stored {
  readonly head: Point;
  readonly statements: number;
  readonly window: ReplayWindow;
}

/** Writes block 0 and the state after it. */
async function begin(store: KvStore, base: Stored, genesis: Genesis): Promise<Opened> {
  if (genesis.predecessor !== null) {
    const last = firstHeightOf(genesis) - 1;
    throw new ZtcError('SUCCESSOR_STORE', `the chain goes on above block ${last} of another one`, {
      hint: 'fetch and check that one first: ztc audit replay --genesis FILE --rpc URL --dir DIR',
    });
  }
  const { chain, stores } = base;
  const block = firstBlock(genesis);
  const outcome = outcomeOf(
    stores.tree,
    { version: EMPTY_TREE, height: 0 },
    genesisState(genesis),
    [],
    undefined,
  );
  const head = new Point({
    stores,
    block,
    transactions: [],
    parent: undefined,
    history: append(EMPTY_FRONTIER, block.hash),
    outcome,
  });
  const tree = stores.tree.writes(outcome.version);
  await store.batch([
    { key: kvKey.format, value: Uint8Array.of(STORE_FORMAT) },
    ...tree.writes,
    ...blockWrites(block, [], outcome, undefined),
    ...new ListWrites(stores).of(0, EMPTY_TREE, outcome),
    versionWrite(head),
    headWrite(head, { chain, statements: 0, windowFrom: 0 }),
  ]);
  tree.written();
  head.settle();
  const window = new ReplayWindow(genesis.parameters.maxValidityMs);
  return { ...base, head, statements: 0, window };
}

/** Goes on from where the store stands. */
async function resume(base: Stored, record: HeadRecord): Promise<Opened> {
  const { stored, stores } = base;
  const block = stored.block(record.height);
  const version = stored.stateVersion(record.height);
  invariant(block !== undefined && version !== undefined, 'the head is stored with its block');
  const outcome = storedOutcome(stores.tree, version, stored.results(record.height));
  const head = new Point({
    stores,
    block,
    transactions: [],
    parent: undefined,
    history: record.history,
    outcome,
  });
  const window = new ReplayWindow(outcome.parameters.maxValidityMs);
  for await (const { at, results, expires } of stored.recentResults(
    record.windowFrom,
    record.height,
  )) {
    const ids = results.map(({ transaction }) => transaction);
    window.add(at, ids, expires);
  }
  window.advance(block.header.time);
  return { ...base, head, statements: record.statements, window };
}
