/**
 * State that is shown piece by piece: each key that execution reads is proven once, as of the block
 * where it began; what blocks wrote since lies over that. Reading a key that was not shown yet is
 * `NotShown`, and whoever runs this shows it and begins that block anew.
 */
import { sha256 } from '../../common/hash.ts';
import { append, EMPTY_FRONTIER, type Frontier } from '../../ledger/merkle/rfc6962.ts';
import type { SharedProof } from '../../ledger/merkle/shared.ts';
import type { Draft, Key, Reading, StateBase } from '../execution/draft.ts';
import { readListHead } from '../lists.ts';
import { type PartialTree, shownTree, withShown, withValue } from './partial-tree.ts';

/** What has to be shown before execution can go on. */
export class NotShown extends Error {
  readonly key: string;
  /** Where the list at the key ends, or its value. */
  readonly what: 'end' | 'value';

  constructor(what: NotShown['what'], key: string) {
    super(`the ${what} at ${key} is not shown`);
    this.key = key;
    this.what = what;
  }
}

/** The last item of a list, and the roots of what stands left of it, largest first. */
export interface ListEnd {
  readonly count: number;
  readonly item: Uint8Array;
  readonly path: readonly Uint8Array[];
}

export class WitnessState implements StateBase, Reading {
  #tree: PartialTree;
  readonly #values = new Map<string, Uint8Array | null>();
  readonly #frontiers = new Map<string, Frontier>();

  /** @param shown of the state where it begins, under a root that is known to be right */
  constructor(shown: SharedProof) {
    this.#tree = shownTree(shown);
    this.show(shown);
  }

  get root(): Uint8Array {
    return this.#tree.hash;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Whether it is known how a list goes on. */
  hasEnd(key: string): boolean {
    return this.#frontiers.has(key);
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (value === undefined) throw new NotShown('value', key);
    return value ?? undefined;
  }

  read({ text }: Key): Uint8Array | undefined {
    return this.get(text);
  }

  frontier({ text }: Key): Frontier {
    const known = this.#frontiers.get(text);
    if (known !== undefined) return known;
    if (this.get(text) !== undefined) throw new NotShown('end', text);
    return EMPTY_FRONTIER;
  }

  /** More of the state where it began, proven under the same root. */
  show(shown: SharedProof): void {
    this.#tree = withShown(this.#tree, shownTree(shown));
    for (const { key, value } of shown.entries) {
      if (!this.#values.has(key)) this.#values.set(key, value);
    }
  }

  /** Where a list ended there, proven under the same root. */
  showEnd(key: string, { count, item, path }: ListEnd): void {
    if (this.#frontiers.has(key) || readListHead(this.get(key)).count !== count) return;
    this.#frontiers.set(key, append({ count: count - 1, nodes: [...path] }, item));
  }

  /** What a block wrote, all or, where something is `NotShown`, nothing. @throws NotShown */
  write(draft: Draft): void {
    const { values, lists } = draft.writes();
    let tree = this.#tree;
    for (const { text, keyHash, value } of values) {
      const next = withValue(tree, keyHash, sha256(value));
      if (next === undefined) throw new NotShown('value', text);
      tree = next;
    }
    this.#tree = tree;
    for (const { text, value } of values) this.#values.set(text, value);
    for (const { text, frontier } of lists) this.#frontiers.set(text, frontier);
  }
}
