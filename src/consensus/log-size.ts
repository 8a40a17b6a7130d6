/** How much the log has taken since it was replaced, as it is once it holds much that is final. */

const RECORDS_MAX = 4_096; // some hundred blocks: a fraction of a second to read
const BYTES_MAX = 64 * 1024 * 1024;

export class LogSize {
  readonly #recordsMax: number;
  #records = 0;
  #bytes = 0;

  constructor(recordsMax: number = RECORDS_MAX) {
    this.#recordsMax = recordsMax;
  }

  get full(): boolean {
    return this.#records >= this.#recordsMax || this.#bytes >= BYTES_MAX;
  }

  /** Returns the bytes of what was written. */
  add(records: readonly Uint8Array[]): number {
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    this.#bytes += bytes;
    this.#records += records.length;
    return bytes;
  }

  replaced(): void {
    this.#records = 0;
    this.#bytes = 0;
  }
}
