/**
 * A map by digests that forgets the older half at once, in constant time. One whose oldest are
 * deleted one by one is searched from its front, past all that are gone.
 */
import { DigestMap } from './digest-map.ts';

export class Generations<T> {
  readonly #size: number;
  #young: DigestMap<T>;
  #old: DigestMap<T>;

  /**
   * @param size of one generation: at least so many of the newest are kept, twice that at most
   * @param secret as a `DigestMap` has it
   */
  constructor(size: number, secret: Uint32Array) {
    this.#size = size;
    this.#young = new DigestMap(secret);
    this.#old = new DigestMap(secret);
  }

  /** Whether the next new item begins a generation. */
  get isFull(): boolean {
    return this.#young.size >= this.#size;
  }

  get(digest: string): T | undefined {
    return this.#young.get(digest) ?? this.#old.get(digest);
  }

  set(digest: string, item: T): void {
    if (this.isFull && this.#young.get(digest) === undefined) this.turn();
    this.#young.set(digest, item);
  }

  delete(digest: string): void {
    this.#young.delete(digest);
    this.#old.delete(digest);
  }

  /** Forgets the old ones; the young ones are old from now on. */
  turn(): void {
    const forgotten = this.#old;
    forgotten.clear();
    this.#old = this.#young;
    this.#young = forgotten;
  }
}
