/**
 * Points of edwards25519, two at a time as in `field.ts`, in extended coordinates (X : Y : Z : T),
 * x = X/Z, y = Y/Z, T = XY/Z. The sums are those of Hisil, Wong, Carter, Dawson, 'Twisted Edwards
 * curves revisited' (2008), section 3.1, which hold for any two points of this curve, equal ones
 * and the neutral one too; so Z is never 0, and there is no case to distinguish.
 */
import type { Code, Func, Local } from './assembler.ts';
import {
  addPairs,
  blendLanes,
  constant,
  freeze,
  keepPair,
  loadPair,
  type Multiply,
  P,
  PAIR_BYTES,
  type Pair,
  selectPairs,
  storePair,
  subtractPairs,
  swapLanes,
  VECTOR_BYTES,
} from './field.ts';
import { v128 } from './instructions.ts';

/** 2d of −x² + y² = 1 + d·x²·y², d = −121665/121666 (RFC 8032, section 5.1). */
const TWICE_D = (2n * (P - 121665n) * inverse(121666n)) % P;

/** By Fermat; for the constant above. */
function inverse(value: bigint): bigint {
  let [result, power] = [1n, value];
  for (let left = P - 2n; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * power) % P;
    power = (power * power) % P;
  }
  return result;
}

/** Where the coordinates of a point in memory stand. */
export const X = 0;
export const Y = PAIR_BYTES;
export const Z = 2 * PAIR_BYTES;
const T = 3 * PAIR_BYTES;
export const POINT_BYTES = 4 * PAIR_BYTES;

/**
 * What a table has of a point (x, y): y − x, y + x and 2dxy, frozen, one limb after the other in 32
 * bits, and eight bytes of nothing, so that it takes two lines of a cache.
 */
export const ENTRY_BYTES = 128;
const ENTRY_VECTORS = ENTRY_BYTES / VECTOR_BYTES;

export interface Point {
  readonly x: Pair;
  readonly y: Pair;
  readonly z: Pair;
  readonly t: Pair;
}

export const NEUTRAL: Point = {
  x: constant(0n),
  y: constant(1n),
  z: constant(1n),
  t: constant(0n),
};

export const loadPoint = (address: Code): Point => ({
  x: loadPair(address, X),
  y: loadPair(address, Y),
  z: loadPair(address, Z),
  t: loadPair(address, T),
});

export const storePoint = (address: Code, { x, y, z, t }: Point): Code => [
  storePair(address, x, X),
  storePair(address, y, Y),
  storePair(address, z, Z),
  storePair(address, t, T),
];

/** The first lane of one and the second of another. */
export const blendPoints = (a: Point, b: Point): Point => ({
  x: blendLanes(a.x, b.x),
  y: blendLanes(a.y, b.y),
  z: blendLanes(a.z, b.z),
  t: blendLanes(a.t, b.t),
});

export const swapPoints = (a: Point): Point => ({
  x: swapLanes(a.x),
  y: swapLanes(a.y),
  z: swapLanes(a.z),
  t: swapLanes(a.t),
});

/** The last step of both sums, from A, B, C of size 1 and D of size 2. */
function finishSum(
  f: Func,
  multiply: Multiply,
  [a, b, c, d]: readonly [Pair, Pair, Pair, Pair],
): Point {
  const e = keepPair(f, subtractPairs(b, a));
  const h = keepPair(f, addPairs(b, a));
  const g = keepPair(f, addPairs(d, c));
  const left = keepPair(f, subtractPairs(d, c));
  return {
    x: multiply(left, e),
    y: multiply(g, h),
    z: multiply(left, g),
    t: multiply(e, h),
  };
}

/** Any two points. */
export function addPoints(f: Func, multiply: Multiply, p: Point, q: Point): Point {
  const a = multiply(subtractPairs(p.y, p.x), subtractPairs(q.y, q.x));
  const b = multiply(addPairs(p.y, p.x), addPairs(q.y, q.x));
  const c = multiply(multiply(p.t, q.t), constant(TWICE_D));
  const z = multiply(p.z, q.z);
  return finishSum(f, multiply, [a, b, c, addPairs(z, z)]);
}

/** An entry of a table for each lane: y − x, y + x and 2dxy. */
export interface Entries {
  readonly difference: Pair;
  readonly sum: Pair;
  readonly product: Pair;
}

/** A point and entries, each negated where its lane of `negative` has ones. */
export function addEntries(
  f: Func,
  multiply: Multiply,
  p: Point,
  { entries, negative }: { readonly entries: Entries; readonly negative: Code },
): Point {
  const difference = keepPair(f, entries.difference);
  const sum = keepPair(f, entries.sum);
  const product = keepPair(f, entries.product);
  const minus = subtractPairs(NEUTRAL.x, product);
  const a = multiply(subtractPairs(p.y, p.x), selectPairs(sum, difference, negative));
  const b = multiply(addPairs(p.y, p.x), selectPairs(difference, sum, negative));
  const c = multiply(p.t, selectPairs(minus, product, negative));
  return finishSum(f, multiply, [a, b, c, addPairs(p.z, p.z)]);
}

/** The entry at one address for the first lane, the one at another for the second. */
export function loadEntries(f: Func, first: Code, second: Code): Entries {
  const vectors: Code[] = [];
  for (let m = 0; m < ENTRY_VECTORS; m++) {
    const [left, right] = [first, second].map(
      (address) => f.keep('v128', v128.load(address, m * VECTOR_BYTES)).get,
    ) as [Code, Code];
    vectors.push(v128.shuffle32(left, right, [0, 4, 1, 5]));
    vectors.push(v128.shuffle32(left, right, [2, 6, 3, 7]));
  }
  return { difference: vectors.slice(0, 5), sum: vectors.slice(5, 10), product: vectors.slice(10) };
}

/** Entries of the points (x, y), both of size 1, to an address for each lane. */
export function storeEntries(
  f: Func,
  multiply: Multiply,
  { x, y }: Pick<Point, 'x' | 'y'>,
  [first, second]: readonly [Code, Code],
): void {
  const product = multiply(multiply(x, y), constant(TWICE_D));
  const vectors = [subtractPairs(y, x), addPairs(y, x), product].flatMap((pair) =>
    keepPair(f, freeze(f, pair)),
  );
  for (let m = 0; m < ENTRY_VECTORS; m++) {
    const low = vectors[2 * m] as Code;
    const high = vectors[2 * m + 1] ?? low;
    f.do(v128.store(first, v128.shuffle32(low, high, [0, 2, 4, 6]), m * VECTOR_BYTES));
    f.do(v128.store(second, v128.shuffle32(low, high, [1, 3, 5, 7]), m * VECTOR_BYTES));
  }
}

/** Twenty locals that hold a point. */
export interface PointLocals {
  readonly point: Point;
  set(point: Point): void;
}

export function pointLocals(f: Func): PointLocals {
  const make = (pair: Pair): Local[] => pair.map(() => f.local('v128'));
  const { x, y, z, t } = NEUTRAL;
  const locals = { x: make(x), y: make(y), z: make(z), t: make(t) };
  const get = (pair: Local[]): Pair => pair.map((local) => local.get);
  return {
    point: { x: get(locals.x), y: get(locals.y), z: get(locals.z), t: get(locals.t) },
    set(point) {
      for (const name of ['x', 'y', 'z', 't'] as const) {
        const values = keepPair(f, point[name]);
        locals[name].forEach((local, m) => {
          f.do(local.set(values[m] as Code));
        });
      }
    },
  };
}
