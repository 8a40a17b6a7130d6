/**
 * Proposals that name their transactions instead of holding them. Bodies travel once, by gossip, so
 * most are here before they are named; the rest is waited for, then asked of the proposer. A block
 * is given to the core only when every body is here: until then the proposal is as good as absent,
 * and the core fetches the whole block where this takes too long.
 */
import { toHex } from '../common/bytes.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { type Block, encodeBlock, type Outline } from '../ledger/block.ts';
import { leafText, leafTextAt } from '../ledger/merkle/rfc6962.ts';
import { BLOCK_BYTES_CAP } from '../ledger/parameters.ts';
import { wantsBlock } from './core/blocks.ts';
import type { Input } from './core/input.ts';
import { marksOf } from './core/marks.ts';
import type { CoreState } from './core/state.ts';
import { type BodiesMessage, encodeMessage, MESSAGE } from './messages.ts';
import type { Application, Clock, Network } from './ports.ts';

/** That wait for bodies: one a view, of the views that leaders are ahead of each other. */
export const OUTLINES_MAX = 4;
/** Gossip that left before the proposal is here by then, and its signatures are checked. */
export const BODIES_DELAY_MS = 40;

export interface OutlinesOptions {
  readonly application: Pick<Application, 'body'>;
  readonly network: Pick<Network, 'send'>;
  readonly clock: Clock;
  /** Of the current epoch. */
  readonly core: () => CoreState;
  /** Runs the core on a block that is whole. */
  readonly feed: (input: Input) => void;
}

interface Open {
  readonly outline: Outline;
  /** Of the proposer's node. */
  readonly member: string;
  readonly bodies: (Uint8Array | undefined)[];
  /** Positions without a body, by leaf hash as text. */
  readonly missing: Map<string, number>;
  asked: boolean;
  readonly cancel: () => void;
}

export class Outlines {
  readonly #options: OutlinesOptions;
  /** By block hash in hex. */
  readonly #open = new Map<string, Open>();

  constructor(options: OutlinesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes what a validator's node proposes; true: it is whole, or waits for bodies now.
   *
   * @param outline as `decodeOutline` gives it, so its names are its header's; wanted by the core
   */
  take(member: string, outline: Outline): boolean {
    this.#prune();
    const hex = toHex(outline.hash);
    if (this.#open.has(hex)) return true;
    if (this.#open.size >= OUTLINES_MAX) return false;
    const count = outline.leaves.length / HASH_BYTES;
    const missing = new Map<string, number>();
    for (let i = 0; i < count; i++) missing.set(leafTextAt(outline.leaves, i), i);
    if (missing.size < count) return false; // no valid block has a transaction twice
    const open: Open = {
      outline,
      member,
      bodies: new Array<Uint8Array | undefined>(count).fill(undefined),
      missing,
      asked: false,
      cancel: this.#options.clock.after(BODIES_DELAY_MS, () => this.#ask(open)),
    };
    this.#open.set(hex, open);
    this.#look(open);
    return true;
  }

  /** The mempool has something new: maybe what a proposal waits for. */
  look(): void {
    if (this.#open.size === 0) return;
    this.#prune();
    for (const open of [...this.#open.values()]) this.#look(open);
  }

  /** Takes the answer of whom we asked, once; each body proves itself by its hash. */
  fill(member: string, { block, transactions }: BodiesMessage): boolean {
    const open = this.#open.get(toHex(block));
    if (open === undefined || !open.asked || open.member !== member) return false;
    open.asked = false;
    for (const bytes of transactions) {
      const name = leafText(bytes);
      const position = open.missing.get(name);
      if (position !== undefined) this.#put(open, name, position, bytes);
    }
    this.#look(open);
    return true;
  }

  /** Another epoch, or the end. */
  clear(): void {
    for (const open of this.#open.values()) open.cancel();
    this.#open.clear();
  }

  #put({ bodies, missing }: Open, name: string, position: number, bytes: Uint8Array): void {
    bodies[position] = bytes;
    missing.delete(name);
  }

  #look(open: Open): void {
    for (const [name, position] of open.missing) {
      const bytes = this.#options.application.body(name);
      if (bytes !== undefined) this.#put(open, name, position, bytes);
    }
    if (open.missing.size > 0) return;
    this.#drop(open);
    const transactions = open.bodies as Uint8Array[];
    const bytes = transactions.reduce((sum, each) => sum + each.length, 0);
    // Larger than any block: nobody can send it whole, so nobody honest has it.
    if (bytes > BLOCK_BYTES_CAP) return;
    const block: Block = { ...open.outline, transactions };
    this.#options.feed({ type: 'block', block, bytes: encodeBlock(block) });
  }

  #ask(open: Open): void {
    const { hash } = open.outline;
    // Validators hear validators only.
    if (!this.#isWanted(open) || this.#options.core().self === undefined) return;
    open.asked = true;
    const missing = marksOf(open.missing.values(), open.bodies.length);
    const message = { kind: MESSAGE.BODIES_REQUEST, version: 1, block: hash, missing } as const;
    this.#options.network.send(open.member, encodeMessage(message));
  }

  /** What came whole otherwise, or is of no use any more. */
  #prune(): void {
    for (const open of this.#open.values()) {
      if (!this.#isWanted(open)) this.#drop(open);
    }
  }

  #isWanted({ outline }: Open): boolean {
    return wantsBlock(this.#options.core(), outline.hash);
  }

  #drop(open: Open): void {
    open.cancel();
    this.#open.delete(toHex(open.outline.hash));
  }
}
