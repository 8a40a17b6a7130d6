/** Holds the check by tables against libsodium and noble, case by case. */
import assert from 'node:assert/strict';
import { ed25519 } from '@noble/curves/ed25519.js';
import { toHex } from '../../../../src/common/bytes.ts';
import { verifyEd25519Subset } from '../../../../src/common/platform/node.ts';
import { Arithmetic, prepare } from '../../../../src/signatures/wasm/arithmetic.ts';
import { ROOM } from '../../../../src/signatures/wasm/layout.ts';
import { type Case, caseOf, Dice, type Signer, SMALL_ORDER, signersOf } from './cases.ts';

/** Of the usual kinds noble is asked about one in so many: it takes a millisecond. */
const NOBLE_OF = 16;
const USUAL = ['good', 'one bit changed'];

export interface Counts {
  cases: number;
  /** By noble, which knows ZIP-215. */
  asked: number;
  /** Found good by tables. */
  good: number;
  /** Good by tables, and not by libsodium: R of small order. */
  beyond: number;
}

export class Comparison {
  readonly counts: Counts = { cases: 0, asked: 0, good: 0, beyond: 0 };
  readonly #dice: Dice;
  readonly #signers: readonly Signer[];
  readonly #arithmetic: Arithmetic;
  readonly #smallOrder = new Set(SMALL_ORDER.map(toHex));

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#signers = signersOf(this.#dice);
    this.#arithmetic = new Arithmetic(prepare(this.#signers.length));
    for (const [table, { publicKey }] of this.#signers.entries()) {
      assert.ok(this.#arithmetic.build(table, publicKey.subarray(1)));
    }
  }

  /** A full room of cases. */
  next(): void {
    const cases = Array.from({ length: ROOM }, () => caseOf(this.#dice, this.#signers));
    const checks = cases.map(({ signature, message, signer }) => ({
      signature,
      message,
      key: (this.#signers[signer] as Signer).publicKey,
      table: signer,
    }));
    const found = this.#arithmetic.check(checks);
    for (const [i, one] of cases.entries()) this.#compare(one, found[i] === 1);
  }

  #compare({ kind, signature, message, signer }: Case, good: boolean): void {
    const key = (this.#signers[signer] as Signer).publicKey.subarray(1);
    const raw = signature.subarray(1);
    const native = verifyEd25519Subset(raw, message, key);
    const label = `${kind}: key ${toHex(key)} message ${toHex(message)} signature ${toHex(raw)}`;
    // Tables give no more than libsodium but where R is of small order, and no less.
    if (native) assert.ok(good, label);
    const isBeyond = good && !native;
    if (isBeyond) assert.ok(this.#smallOrder.has(toHex(raw.subarray(0, 32))), label);
    this.counts.cases += 1;
    this.counts.good += good ? 1 : 0;
    this.counts.beyond += isBeyond ? 1 : 0;
    if (USUAL.includes(kind) && this.counts.cases % NOBLE_OF !== 0) return;
    this.counts.asked += 1;
    if (good) assert.ok(nobleSays(raw, message, key), label);
  }
}

function nobleSays(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, { zip215: true });
  } catch {
    return false; // noble throws where a point does not decode
  }
}
