/** A running mix of everything that happened in a run: equal for equal runs, and only for those. */

export class Audit {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;
  #events = 0;

  get digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#a)}${hex(this.#b)}-${this.#events}`;
  }

  number(value: number): void {
    this.#a = Math.imul(this.#a ^ (value | 0), 0x01000193);
    this.#b = Math.imul(this.#b + (value | 0), 0x85ebca6b) ^ (this.#a >>> 13);
    this.#events += 1;
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i));
  }

  /** Length, and as many bytes of the end as hold a signature in full. */
  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    for (let i = Math.max(0, bytes.length - 64); i < bytes.length; i += 3) {
      this.number(bytes[i] as number);
    }
  }
}
