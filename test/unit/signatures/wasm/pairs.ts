/** Pairs of field elements in the memory of a module under test. */
import { ModuleBuilder } from '../../../../src/signatures/wasm/assembler.ts';
import { LIMBS, positionOf } from '../../../../src/signatures/wasm/field.ts';

export class Machine<E> {
  readonly exports: E;
  readonly #words: Uint32Array;

  constructor(define: (module: ModuleBuilder) => void) {
    const module = new ModuleBuilder();
    define(module);
    const made = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1, 1)));
    this.exports = made.exports as E;
    this.#words = new Uint32Array((made.exports.memory as WebAssembly.Memory).buffer);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer);
  }

  write(at: number, first: readonly number[], second: readonly number[]): void {
    for (let i = 0; i < LIMBS; i++) {
      this.#words[at / 4 + 2 * i] = first[i] as number;
      this.#words[at / 4 + 2 * i + 1] = second[i] as number;
    }
  }

  /** The limbs of one lane's element. */
  limbs(at: number, lane: 0 | 1): number[] {
    return Array.from({ length: LIMBS }, (_, i) => this.#words[at / 4 + 2 * i + lane] as number);
  }
}

export function numberOf(limbs: readonly number[]): bigint {
  return limbs.reduce((sum, limb, i) => sum + (BigInt(limb) << BigInt(positionOf(i))), 0n);
}
