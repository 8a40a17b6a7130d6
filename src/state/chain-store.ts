/**
 * The stored chain: blocks, certificates, results and the ways to find them. Everything of a block
 * goes into one batch together with its state (`state-machine.ts`), the head too, so that the store
 * always stands exactly after some final block.
 */
import { equalBytes } from '../common/bytes.ts';
import { list, type Schema, type TypeOf, tuple, uint } from '../common/codec/index.ts';
import { invariant, ZtcError } from '../common/errors.ts';
import { HASH_BYTES } from '../common/hash.ts';
import {
  type Block,
  blockHash,
  blockSchema,
  type Header,
  headerSchema,
  resultSchema,
  type TransactionResult,
} from '../ledger/block.ts';
import { frontierSchema, leafHash } from '../ledger/merkle/rfc6962.ts';
import { hash, height, time } from '../ledger/primitives.ts';
import type { ValidatorLink } from '../ledger/validator-links.ts';
import { type ValidatorSet, validatorSetSchema } from '../ledger/validators.ts';
import { type Certificate, certificateSchema } from '../ledger/vote.ts';
import { corrupt, readStored } from './execution/stored.ts';
import { boundariesRange, heightInKey, kvKey, resultsRange } from './kv/buckets.ts';
import type { KvStore } from './kv/kv.ts';
import { decodePlaces } from './places.ts';
import { allRetained, type Retained, retainedSchema } from './pruning/retention.ts';

/** The version of the store's layout; another one is refused. */
export const STORE_FORMAT = 7;
/** No block has more; only for reading back what was within the block's limits. */
const RESULTS_MAX = 2 ** 32;

/** Where the store stands. */
export const headRecordSchema = tuple({
  chain: hash,
  height,
  hash,
  /** Over all block hashes, the head's too. */
  history: frontierSchema,
  /** How many statements there are in the index of all. */
  statements: uint(),
  /** The lowest block whose transaction ids may be unexpired. */
  windowFrom: height,
});
export type HeadRecord = TypeOf<typeof headRecordSchema>;

export const resultsRecordSchema = tuple({
  /** The latest `validUntil` of the block's transactions. */
  expires: time,
  results: list(resultSchema, RESULTS_MAX),
});
export type ResultsRecord = TypeOf<typeof resultsRecordSchema>;

/** Where a transaction stands. */
export const placeSchema = tuple({ height, index: uint() });
export type Place = TypeOf<typeof placeSchema>;

/** The last block of an epoch, and the validators that it put in force. */
export const boundarySchema = tuple({ height, validators: validatorSetSchema });

/** So many statements in a row have their places in one record: some hundred bytes. */
export const GROUP_STATEMENTS = 32;

/** Reads the stored chain; all heights are those of final blocks. */
export class ChainStore {
  readonly #store: KvStore;
  readonly #chains: readonly Uint8Array[];
  #retained: Retained | undefined;

  /** @param chains that the store may stand on: a chain, and the one before it */
  constructor(store: KvStore, chains: readonly Uint8Array[]) {
    this.#store = store;
    this.#chains = chains;
  }

  /** Undefined in an empty store; throws where it is another chain's or another version's. */
  head(): HeadRecord | undefined {
    const format = this.#store.get(kvKey.format);
    if (format === undefined) return undefined;
    if (format.length !== 1 || format[0] !== STORE_FORMAT) {
      throw new ZtcError('DATABASE_FORMAT', `the database has format ${format[0]}`, {
        hint: 'use the ztc version that wrote it, or let the node synchronize into a new folder',
      });
    }
    const head = this.#read(kvKey.head, headRecordSchema, 'the head');
    if (head === undefined || this.#chains.some((chain) => equalBytes(head.chain, chain))) {
      return head;
    }
    throw new ZtcError('GENESIS_MISMATCH', 'the database holds the chain of another genesis', {
      hint: 'start the node with its own genesis, or with a home of its own',
    });
  }

  /** What wasn't pruned; changed by who prunes. */
  get retained(): Retained {
    const read = () => this.#read(kvKey.retained, retainedSchema, 'what is retained');
    this.#retained ??= { ...(read() ?? allRetained()) };
    return this.#retained;
  }

  headerBytes(at: number): Uint8Array | undefined {
    return this.#store.get(kvKey.header(at));
  }

  header(at: number): Header | undefined {
    return this.#read(kvKey.header(at), headerSchema, 'a header');
  }

  /** The encoded block, as peers get it. */
  blockBytes(at: number): Uint8Array | undefined {
    return this.#store.get(kvKey.block(at));
  }

  block(at: number): Block | undefined {
    const bytes = this.#read(kvKey.block(at), blockSchema, 'a block');
    if (bytes === undefined) return undefined;
    // Below a successor's first block the header is of the chain before.
    const header = readStored(headerSchema, bytes.header, 'a header');
    return {
      header,
      headerBytes: bytes.header,
      hash: blockHash(header.chain, bytes.header),
      transactions: bytes.transactions,
    };
  }

  blockHash(at: number): Uint8Array | undefined {
    const bytes = this.headerBytes(at);
    return bytes && blockHash(readStored(headerSchema, bytes, 'a header').chain, bytes);
  }

  heightOf(block: Uint8Array): number | undefined {
    return this.#read(kvKey.heightOf(block), height, 'a height');
  }

  /** The encoded finalization, as peers get it. */
  certificateBytes(at: number): Uint8Array | undefined {
    return this.#store.get(kvKey.certificate(at));
  }

  certificate(at: number): Certificate | undefined {
    return this.#read(kvKey.certificate(at), certificateSchema, 'a certificate');
  }

  results(at: number): readonly TransactionResult[] {
    return this.#read(kvKey.results(at), resultsRecordSchema, 'results')?.results ?? [];
  }

  /** The ids of the blocks `from` and following up to `to`, with when they expire. */
  async *recentResults(from: number, to: number): AsyncIterable<ResultsRecord & { at: number }> {
    for await (const { key, value } of this.#store.iterate(resultsRange(from, to + 1))) {
      const record = readStored(resultsRecordSchema, value, 'results');
      yield { ...record, at: heightInKey(key) };
    }
  }

  /** What proves the validators that followed epoch `from` and later ones, in order. */
  async validatorLinks(from: number, limit: number): Promise<ValidatorLink[]> {
    const links: ValidatorLink[] = [];
    for await (const { value } of this.#store.iterate({ ...boundariesRange(from), limit })) {
      const { height, validators } = readStored(boundarySchema, value, 'the end of an epoch');
      const [header, certificate] = [this.headerBytes(height), this.certificate(height)];
      const whole = header !== undefined && certificate !== undefined;
      invariant(whole, 'an epoch’s last block has its own finalization');
      links.push({ version: 1, header, certificate, validators });
    }
    return links;
  }

  /** Those of an epoch; undefined where they are still those of the genesis. */
  async validatorsOf(epoch: number): Promise<ValidatorSet | undefined> {
    const range = { ...boundariesRange(0, epoch), reverse: true, limit: 1 };
    for await (const { value } of this.#store.iterate(range)) {
      return readStored(boundarySchema, value, 'the end of an epoch').validators;
    }
    return undefined;
  }

  /**
   * The root over the 2^level block hashes from height index · 2^level on, all of final blocks:
   * what proofs about the history are made of.
   */
  historySubtree(level: number, index: number): Uint8Array {
    const last = (index + 1) * 2 ** level - 1;
    const leaf = level === 0 ? this.blockHash(last) : undefined;
    if (leaf !== undefined) return leafHash(leaf);
    const ends = level * HASH_BYTES;
    const node = this.#store.get(kvKey.history(last))?.subarray(ends - HASH_BYTES, ends);
    if (node?.length !== HASH_BYTES) throw corrupt(`the history is damaged at block ${last}`);
    return node;
  }

  /** Of the state after the block, for `StateTree.at`. */
  stateVersion(at: number): Uint8Array | undefined {
    return this.#store.get(kvKey.state(at));
  }

  place(transaction: Uint8Array): Place | undefined {
    return this.#read(kvKey.transaction(transaction), placeSchema, 'a place');
  }

  /** Where the statements of a group lie, of the last group those that there are. */
  statementPlaces(group: number): readonly number[] {
    const bytes = this.#store.get(kvKey.statements(group));
    return bytes === undefined ? [] : decodePlaces(bytes);
  }

  #read<T>(key: Uint8Array, schema: Schema<T>, what: string): T | undefined {
    const bytes = this.#store.get(key);
    return bytes && readStored(schema, bytes, what);
  }
}
