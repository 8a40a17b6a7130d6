/** What a node knows of its peers' heads, and ranges fetched from them, over simulated links. */
import { decode, encode, list, tuple, uint } from '../../src/common/codec/index.ts';
import { failure, type Result, success } from '../../src/common/result.ts';
import {
  RANGE_BLOCKS_MAX,
  RANGE_BYTES,
  RANGE_BYTES_MAX,
  type RangeBlock,
  rangeBlockSchema,
} from '../../src/p2p/sync/range-messages.ts';
import type { BlockSource } from '../../src/p2p/sync/range-server.ts';
import type { RangePeers } from '../../src/p2p/sync/sync-loop.ts';
import type { Frame } from './links.ts';
import type { Run } from './run.ts';

const headSchema = tuple({ height: uint(), oldest: uint() });
const requestSchema = tuple({ id: uint(), from: uint() });
const answerSchema = tuple({ id: uint(), blocks: list(rangeBlockSchema, RANGE_BLOCKS_MAX) });

/** As in the status exchange of the p2p room between validators, which is the slower one. */
const ANNOUNCE_MS_MIN = 1_000;
const REPEAT_MS = 4_000;
const SILENT_MS_MAX = 3 * REPEAT_MS + 1_000;
/** Virtual links are fast, or they lost it. */
const ANSWER_MS_MAX = 2_000;

type RangeResult = Result<
  readonly RangeBlock[],
  'RANGE_EMPTY' | 'RANGE_MALFORMED' | 'RANGE_UNAVAILABLE'
>;

export interface PeersOptions {
  readonly run: Run;
  readonly height: () => number;
  /** Its lowest whole block. */
  readonly oldest: () => number;
  readonly blocks: BlockSource;
  readonly send: (to: number, frame: Frame) => void;
  readonly others: readonly number[];
}

export class Peers implements RangePeers {
  readonly #options: PeersOptions;
  readonly #heads = new Map<number, { height: number; oldest: number; at: number }>();
  readonly #listeners = new Set<() => void>();
  readonly #open = new Map<number, { peer: number; resolve: (result: RangeResult) => void }>();
  #announcedAt = Number.NEGATIVE_INFINITY;
  #announcing = false;
  #requests = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#tell();
    this.#repeat();
  }

  heads(): ReturnType<RangePeers['heads']> {
    const since = this.#now() - SILENT_MS_MAX;
    return [...this.#heads]
      .filter(([, { at }]) => at >= since)
      .map(([peer, { height, oldest }]) => ({ peerId: String(peer), height, oldest }));
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  fetch(peerId: string, from: number): Promise<RangeResult> {
    const [peer, id] = [Number(peerId), ++this.#requests];
    const { run, send } = this.#options;
    send(peer, { channel: 'range-request', bytes: encode(requestSchema, { id, from }) });
    return new Promise((resolve) => {
      this.#open.set(id, { peer, resolve });
      run.elapsed.after(ANSWER_MS_MAX, () => {
        this.#answer(id, failure('RANGE_UNAVAILABLE', 'nothing came'));
      });
    });
  }

  /** Our head changed. */
  announce(): void {
    if (this.#announcing) return;
    this.#announcing = true;
    const wait = Math.max(0, this.#announcedAt + ANNOUNCE_MS_MIN - this.#now());
    this.#options.run.elapsed.after(wait, () => this.#tell());
  }

  receive(from: number, { channel, bytes }: Frame): void {
    if (channel === 'head') this.#hear(from, bytes);
    else if (channel === 'range-request') this.#serve(from, bytes);
    else if (channel === 'range-answer') this.#take(from, bytes);
  }

  #now(): number {
    return this.#options.run.elapsed.now();
  }

  #repeat(): void {
    this.#options.run.elapsed.after(REPEAT_MS, () => {
      if (this.#now() - this.#announcedAt >= REPEAT_MS / 2) this.#tell();
      this.#repeat();
    });
  }

  #tell(): void {
    const { others, height, oldest, send } = this.#options;
    this.#announcing = false;
    this.#announcedAt = this.#now();
    const bytes = encode(headSchema, { height: height(), oldest: oldest() });
    for (const other of others) send(other, { channel: 'head', bytes });
  }

  #hear(from: number, bytes: Uint8Array): void {
    const head = decode(headSchema, bytes, 32);
    if (!head.ok) return;
    this.#heads.set(from, { ...head.value, at: this.#now() });
    for (const listener of this.#listeners) listener();
  }

  #serve(from: number, bytes: Uint8Array): void {
    const request = decode(requestSchema, bytes, 32);
    if (!request.ok) return;
    const { id, from: height } = request.value;
    const blocks = [...this.#options.blocks.range(height, RANGE_BYTES)].slice(0, RANGE_BLOCKS_MAX);
    const answer = encode(answerSchema, { id, blocks });
    this.#options.send(from, { channel: 'range-answer', bytes: answer });
  }

  #take(from: number, bytes: Uint8Array): void {
    const answer = decode(answerSchema, bytes, RANGE_BYTES_MAX);
    if (!answer.ok) {
      // A broken stream: whoever waits for this peer hears of it.
      for (const [id, { peer }] of this.#open) {
        if (peer === from) this.#answer(id, failure('RANGE_MALFORMED', answer.message));
      }
      return;
    }
    const { id, blocks } = answer.value;
    if (this.#open.get(id)?.peer !== from) return;
    if (blocks.length === 0) this.#answer(id, failure('RANGE_EMPTY', 'nothing there'));
    else if (blocks.at(-1)?.certificate === null) {
      this.#answer(id, failure('RANGE_MALFORMED', 'the last block has no finalization'));
    } else this.#answer(id, success(blocks));
  }

  #answer(id: number, result: RangeResult): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.resolve(result);
  }
}
