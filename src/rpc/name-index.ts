/**
 * The names of the newest statements and of the first publishers, for searching by a part of them.
 * Kept in memory and read from the ledger when a search comes, in turns, so that nobody waits.
 */
import { assetToText } from '../ledger/primitives.ts';
import type { RpcContext } from './context.ts';
import { Turn } from './turn.ts';

/** Some 10 MB at most. Who looks for older names knows the publisher, whose page has them all. */
export const NAMES_MAX = 20_000;
/** Read at once, in about a millisecond. */
const CHUNK = 50;

export interface NamedAsset {
  readonly asset: string;
  readonly publisher: string;
  readonly label: string;
  readonly lower: string;
}

export interface NamedPublisher {
  readonly id: string;
  readonly name: string;
  readonly lower: string;
}

export class NameIndex {
  readonly #context: RpcContext;
  /** Oldest first. */
  #assets: NamedAsset[] = [];
  readonly #publishers: NamedPublisher[] = [];
  /** Statements below this one have been read. */
  #sequence = 0;
  /** Of the head when all was read. */
  #height = -1;
  #updating: Promise<void> | undefined;

  constructor(context: RpcContext) {
    this.#context = context;
  }

  /** Oldest first. */
  get assets(): readonly NamedAsset[] {
    return this.#assets;
  }

  get publishers(): readonly NamedPublisher[] {
    return this.#publishers;
  }

  /** Whether everything on the ledger is in here. */
  get complete(): boolean {
    return this.#assets.length < NAMES_MAX && this.#publishers.length < NAMES_MAX;
  }

  /** Reads what is new; searches that come meanwhile wait for the same reading. */
  async update(): Promise<void> {
    this.#updating ??= this.#read().finally(() => {
      this.#updating = undefined;
    });
    await this.#updating;
  }

  async #read(): Promise<void> {
    const { ledger } = this.#context;
    const { height } = ledger.head.header;
    if (height === this.#height) return;
    await this.#readPublishers();
    const fresh: NamedAsset[] = [];
    let before: number | undefined;
    let top: number | undefined;
    for (let turn = new Turn(); fresh.length < NAMES_MAX; await turn.pass()) {
      const chunk = ledger
        .recentStatements(before, CHUNK)
        .filter(({ sequence }) => sequence >= this.#sequence);
      for (const { sequence, statement } of chunk) {
        top ??= sequence + 1;
        before = sequence;
        const { asset, name, version } = statement.statement;
        const label = [name, version].filter(Boolean).join(' ');
        const { publisher } = statement;
        fresh.push({ asset: assetToText(asset), publisher, label, lower: label.toLowerCase() });
      }
      if (chunk.length < CHUNK) break;
    }
    this.#sequence = top ?? this.#sequence;
    this.#assets = [...this.#assets, ...fresh.reverse()].slice(-NAMES_MAX);
    this.#height = height;
  }

  /** Publishers are only ever added, and keep their names. */
  async #readPublishers(): Promise<void> {
    const { ledger, queries } = this.#context;
    const reader = ledger.state();
    const found = this.#publishers;
    for (let turn = new Turn(); found.length < NAMES_MAX; await turn.pass()) {
      const chunk = queries.publishers(reader, found.length, CHUNK);
      for (const { id, name } of chunk) found.push({ id, name, lower: name.toLowerCase() });
      if (chunk.length < CHUNK) break;
    }
  }
}
