/**
 * Signatures, good ones and such as are good for one check and bad for another, by a seed: what two
 * implementations of Ed25519 are known to differ about, and random damage.
 */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat } from '../../../../src/common/bytes.ts';
import { keyPairOf, sign } from '../../../../src/common/signature.ts';

export interface Case {
  readonly kind: Kind;
  /** 65 bytes, with the algorithm's. */
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  /** Which of the keys. */
  readonly signer: number;
}

export interface Signer {
  readonly seed: Uint8Array;
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly scalar: bigint;
}

type Point = typeof ed25519.Point.BASE;
const { Fn } = ed25519.Point;
export const ORDER = Fn.ORDER;
const P = 2n ** 255n - 19n;
const ALGORITHM = Uint8Array.of(1);
const SIGNERS = 32;
const ORDER_EIGHT = ed25519.Point.fromHex(
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
);
const TORSION: readonly Point[] = Array.from({ length: 8 }, (_, i) =>
  Array.from({ length: i }).reduce<Point>((sum) => sum.add(ORDER_EIGHT), ed25519.Point.ZERO),
);

export function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Every encoding that ZIP-215 decodes to a point of small order. */
export const SMALL_ORDER: readonly Uint8Array[] = TORSION.flatMap((point) => {
  const { x, y } = point.toAffine();
  const signs = x === 0n ? [0n, 1n] : [x & 1n];
  const ys = [y, y + P].filter((each) => each < 2n ** 255n);
  return ys.flatMap((each) => signs.map((sign) => littleEndian(each | (sign << 255n))));
});

/** Values of S at the bounds of what is allowed and of what fits. */
const EDGES_OF_S = [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 252n, 2n ** 253n, 2n ** 256n - 1n];

export type Kind = keyof typeof KINDS;

/** One of the most usual, so that there is enough of each. */
const KINDS = {
  good: (dice: Dice, signer: Signer) => honest(dice, signer),
  'one bit changed': damaged,
  'S and the order': (dice: Dice, signer: Signer) => {
    const made = honest(dice, signer);
    return { ...made, s: made.s + ORDER * BigInt(1 + dice.below(15)) };
  },
  'S at its bounds': (dice: Dice, signer: Signer) => ({
    ...honest(dice, signer),
    s: dice.of(EDGES_OF_S),
  }),
  'anything as R': (dice: Dice, signer: Signer) => ({
    ...honest(dice, signer),
    r: dice.bytes(32),
  }),
  'R of small order': (dice: Dice, signer: Signer) => {
    const [message, r] = [dice.bytes(32), dice.of(SMALL_ORDER)];
    return { message, r, s: Fn.create(challenge(r, signer, message) * signer.scalar) };
  },
  'R with a part of small order': (dice: Dice, signer: Signer) => {
    const [message, secret] = [dice.bytes(32), Fn.create(numberOf(dice.bytes(32)))];
    const r = ed25519.Point.BASE.multiply(secret).add(dice.of(TORSION)).toBytes();
    return { message, r, s: Fn.create(secret + challenge(r, signer, message) * signer.scalar) };
  },
};
const USUAL: readonly Kind[] = ['good', 'good', 'good', 'one bit changed', 'one bit changed'];
const RARE = Object.keys(KINDS) as Kind[];
/** Of so many one is of the rare kinds, which take noble and so a hundred times as long. */
const RARE_OF = 16;

interface Parts {
  readonly message: Uint8Array;
  readonly r: Uint8Array;
  readonly s: bigint;
}

/** Numbers that follow from a seed. */
export class Dice {
  readonly #seed: string;
  #count = 0;
  #left = Buffer.alloc(0);

  constructor(seed: number) {
    this.#seed = `ztc signatures ${seed} `;
  }

  bytes(count: number): Uint8Array {
    if (this.#left.length < count) {
      this.#count += 1;
      this.#left = createHash('sha512').update(`${this.#seed}${this.#count}`).digest();
    }
    const bytes = Uint8Array.from(this.#left.subarray(0, count));
    this.#left = this.#left.subarray(count);
    return bytes;
  }

  below(limit: number): number {
    const [low, high] = this.bytes(2) as unknown as [number, number];
    return (low + 256 * high) % limit;
  }

  of<T>(some: readonly T[]): T {
    return some[this.below(some.length)] as T;
  }
}

/** Half of them with a public key that has a part of small order. */
export function signersOf(dice: Dice): Signer[] {
  return Array.from({ length: SIGNERS }, (_, i) => {
    const seed = dice.bytes(32);
    const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
    if (i % 2 === 0) return { seed, publicKey: keyPairOf(seed).publicKey, scalar };
    const point = ed25519.Point.BASE.multiply(scalar).add(TORSION[1 + ((i >> 1) % 7)] as Point);
    return { seed, publicKey: concat(ALGORITHM, point.toBytes()), scalar };
  });
}

export function caseOf(dice: Dice, signers: readonly Signer[]): Case {
  const kind = dice.of(dice.below(RARE_OF) === 0 ? RARE : USUAL);
  const signer = dice.below(signers.length);
  const { message, r, s } = KINDS[kind](dice, signers[signer] as Signer);
  return { kind, signer, message, signature: concat(ALGORITHM, r, littleEndian(s)) };
}

function honest(dice: Dice, { seed, publicKey }: Signer): Parts {
  const message = dice.bytes(32);
  // With a key of mixed order it is good without cofactor only where the challenge is a multiple.
  const signature = sign(message, { secretKey: seed, publicKey });
  return { message, r: signature.slice(1, 33), s: numberOf(signature.subarray(33)) };
}

function damaged(dice: Dice, signer: Signer): Parts {
  const { message, r, s } = honest(dice, signer);
  const scalar = littleEndian(s);
  const part = dice.of([message, r, scalar]);
  const at = dice.below(part.length);
  part[at] = (part[at] as number) ^ (1 << dice.below(8));
  return { message, r, s: numberOf(scalar) };
}

function challenge(r: Uint8Array, { publicKey }: Signer, message: Uint8Array): bigint {
  const hash = createHash('sha512').update(r).update(publicKey.subarray(1)).update(message);
  return Fn.create(numberOf(hash.digest()));
}
