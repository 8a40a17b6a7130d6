/**
 * The port to the key-value store. Reads of one key are synchronous, because execution is; writes
 * are atomic batches, on disk when the promise resolves. Keys are ordered by unsigned bytes.
 */

/** One change of a batch; without `value` the key is deleted. */
export interface KvWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface KvEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface KvRange {
  /** Included. */
  readonly from: Uint8Array;
  /** Not included. */
  readonly to: Uint8Array;
  /** Highest key first. */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** An ordered map of bytes; every method throws `ZtcError` DATABASE_FAILED where the disk fails. */
export interface KvStore {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Entries of a range in key order, as they were when the iteration began. */
  iterate(range: KvRange): AsyncIterable<KvEntry>;
  /**
   * Applies all writes, in order, or none; batches are applied in the order of the calls.
   *
   * @param options.durable false: no sync of its own, so that a power cut may lose it; by default
   *   it is durable on return
   */
  batch(writes: readonly KvWrite[], options?: { readonly durable: boolean }): Promise<void>;
  /** Ends the use of the store; later calls throw. Calling it again does nothing. */
  close(): Promise<void>;
}
