/**
 * The module that checks Ed25519 signatures by tables of a key's multiples. It is written by the
 * code beside it when it is first needed; what it computes:
 *
 *   R' = S·B + k·(−A),  k = SHA-512(R ‖ A ‖ M) mod ORDER,
 *
 * as a sum of entries, one for each digit of S and of k, without doubling, half of them in each
 * lane. A signature is good where the encoding of R' is the signature's R.
 */
import { type Code, type Func, type Local, ModuleBuilder } from './assembler.ts';
import {
  freeze,
  keepPair,
  loadPair,
  type Multiply,
  multiply,
  PAIR_BYTES,
  storePair,
  wordsOf,
} from './field.ts';
import { i32, i32x4, i64, v128 } from './instructions.ts';
import {
  BASE_WINDOWS,
  CHECK,
  KEY_WINDOWS,
  PAGE_BYTES,
  PLACE,
  TERM_BYTES,
  TERMS,
  type Windows,
} from './layout.ts';
import {
  addEntries,
  addPoints,
  blendPoints,
  ENTRY_BYTES,
  loadEntries,
  loadPoint,
  NEUTRAL,
  POINT_BYTES,
  pointLocals,
  storeEntries,
  storePoint,
  swapPoints,
  X,
  Y,
  Z,
} from './points.ts';
import { digits, hashBlock, reduceScalar } from './scalars.ts';

/** Of a number of 32 bytes, what is hashed at a time. */
const HALF_BYTES = 16;

/** Of a processor's cache. */
const LINE_BYTES = 64;

const at = (place: number): Code => i32.const(place);
const pointAt = (index: Code): Code =>
  i32.add(at(PLACE.points), i32.mul(index, i32.const(POINT_BYTES)));
const temporary = (index: number): Code => at(PLACE.temporaries + index * PAIR_BYTES);

/** Multiplies by a call: slower than on the spot, and a kilobyte shorter. */
function byCall(f: Func, product: Func): Multiply {
  const [left, right, out] = [0, 1, 2].map((i) => at(PLACE.factors + i * PAIR_BYTES)) as [
    Code,
    Code,
    Code,
  ];
  return (a, b) => {
    f.do(storePair(left, a), storePair(right, b), product.call(out, left, right));
    return keepPair(f, loadPair(out));
  };
}

/** Functions of one field element or point, which others call. */
interface Parts {
  /** out, a, b. */
  readonly product: Func;
  /** out, a. */
  readonly invert: Func;
  /** out, p, q. */
  readonly add: Func;
  /** count: the Z of so many points becomes 1/Z. */
  readonly invertAll: Func;
}

/** @param keyTables for how many keys there is room at most */
export function moduleBytes(keyTables: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const parts = defineParts(module);
  defineSum(module, parts);
  defineCompare(module, parts);
  defineBuild(module, parts);
  const most = PLACE.keys + keyTables * KEY_WINDOWS.bytes;
  return module.bytes(Math.ceil(PLACE.keys / PAGE_BYTES), Math.ceil(most / PAGE_BYTES));
}

function defineParts(module: ModuleBuilder): Parts {
  const three = ['i32', 'i32', 'i32'] as const;
  const product = module.function({ params: three }, (f, out, a, b) => {
    f.do(storePair(out.get, multiply(f, loadPair(a.get), loadPair(b.get))));
  });
  const squareTimes = module.function({ params: three }, (f, out, a, times) => {
    f.do(product.call(out.get, a.get, a.get));
    f.loop(() => {
      f.do(product.call(out.get, out.get, out.get));
      f.do(times.set(i32.sub(times.get, i32.const(1))));
      return times.get;
    });
  });
  const invert = module.function({ params: ['i32', 'i32'] }, (f, out, a) => {
    defineInversion(f, out.get, a.get, product, squareTimes);
  });
  const add = module.function({ params: three }, (f, out, p, q) => {
    f.do(storePoint(out.get, addPoints(f, byCall(f, product), loadPoint(p.get), loadPoint(q.get))));
  });
  const invertAll = module.function({ params: ['i32'] }, (f, count) => {
    defineInvertAll(f, count.get, product, invert);
  });
  return { product, invert, add, invertAll };
}

/** a^(p−2) by the usual chain of 254 squarings and 11 products. */
function defineInversion(f: Func, out: Code, a: Code, product: Func, squareTimes: Func): void {
  const [z2, z9, z11, z5, z10, z50, z100] = [0, 1, 2, 3, 4, 5, 6].map(temporary) as [
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
  ];
  /** to = from^(2^times) · by */
  const power = (to: Code, from: Code, times: number, by: Code): void => {
    f.do(squareTimes.call(temporary(7), from, i32.const(times - 1)));
    f.do(product.call(to, temporary(7), by));
  };
  f.do(product.call(z2, a, a));
  power(z9, z2, 2, a);
  f.do(product.call(z11, z9, z2));
  f.do(product.call(z5, z11, z11), product.call(z5, z5, z9));
  power(z10, z5, 5, z5);
  power(z50, z10, 10, z10);
  power(z100, z50, 20, z50);
  power(z50, z100, 10, z10);
  power(z100, z50, 50, z50);
  power(z10, z100, 100, z100);
  power(z10, z10, 50, z50);
  power(out, z10, 5, z11);
}

/**
 * One inversion for all (P. L. Montgomery, 'Speeding the Pollard and elliptic curve methods of
 * factorization', 1987): of the product of all, from which each takes its part.
 */
function defineInvertAll(f: Func, count: Code, product: Func, invert: Func): void {
  const inverse = temporary(0);
  const index = f.keep('i32', i32.const(0));
  const z = (): Code => i32.add(pointAt(index.get), i32.const(Z));
  const prefix = (): Code => i32.add(at(PLACE.prefixes), i32.mul(index.get, i32.const(PAIR_BYTES)));
  f.do(storePair(at(PLACE.prefixes), NEUTRAL.z));
  f.loop(() => {
    f.do(product.call(i32.add(prefix(), i32.const(PAIR_BYTES)), prefix(), z()));
    f.do(index.set(i32.add(index.get, i32.const(1))));
    return i32.ltU(index.get, count);
  });
  f.do(invert.call(temporary(7), prefix()));
  f.do(storePair(inverse, loadPair(temporary(7))));
  f.loop(() => {
    f.do(index.set(i32.sub(index.get, i32.const(1))));
    f.do(product.call(temporary(7), inverse, z()));
    f.do(product.call(z(), inverse, prefix()));
    f.do(storePair(inverse, loadPair(temporary(7))));
    return index.get;
  });
}

/** `sum(check, table)`: R' of that check, with the table of −A at that address, to its point. */
function defineSum(module: ModuleBuilder, { add }: Parts): void {
  const hash = module.function({ params: ['i32'] }, (f, check) => {
    const halves = [CHECK.r, CHECK.key, CHECK.message].flatMap((part) => [part, part + HALF_BYTES]);
    hashBlock(
      f,
      halves.map((offset) => v128.load(check.get, offset)),
      at(PLACE.hash),
    );
    reduceScalar(f, at(PLACE.hash), at(PLACE.scalar));
  });
  const choose = module.function({ params: ['i32', 'i32'] }, (f, check, table) => {
    let term = 0;
    // Reading all lines of all entries here lets the memory fetch them at once, while the additions
    // would wait for each: with many keys that took a third more.
    const touched = f.keep('i32', i32.const(0));
    const use = (address: Code, negative: Code): void => {
      const place = PLACE.terms + (term >> 1) * TERM_BYTES + 4 * (term % 2);
      const chosen = f.keep('i32', address).get;
      f.do(i32.store(at(place), chosen), i32.store(at(place + 8), negative));
      for (const line of [0, LINE_BYTES]) {
        f.do(touched.set(i32.xor(touched.get, i32.load(chosen, line))));
      }
      term++;
    };
    const chosenFrom =
      (start: Code, { entries }: Windows) =>
      (digit: number, magnitude: Code, negative: Code): void => {
        const first = i32.add(start, i32.const(digit * entries * ENTRY_BYTES));
        use(i32.add(first, i32.mul(magnitude, i32.const(ENTRY_BYTES))), negative);
      };
    const keyTerm = chosenFrom(table.get, KEY_WINDOWS);
    const baseTerm = chosenFrom(at(PLACE.base), BASE_WINDOWS);
    digits(f, at(PLACE.scalar), KEY_WINDOWS.width, keyTerm);
    digits(f, i32.add(check.get, i32.const(CHECK.s)), BASE_WINDOWS.width, baseTerm);
    // Each lane adds as many: the first entry is the neutral point's.
    while (term < 2 * TERMS) use(at(PLACE.base), i32.const(0));
    f.do(i32.store(at(PLACE.touched), touched.get));
  });
  const both = module.function({ params: ['i32'] }, defineAdditions);
  module.function({ name: 'sum', params: ['i32', 'i32'] }, (f, index, table) => {
    const check = f.keep('i32', i32.mul(index.get, i32.const(CHECK.bytes)));
    f.do(check.set(i32.add(check.get, at(PLACE.checks))));
    const point = f.keep('i32', pointAt(index.get)).get;
    f.do(hash.call(check.get), choose.call(check.get, table.get), both.call(point));
    f.do(storePoint(at(PLACE.step), swapPoints(loadPoint(point))));
    f.do(add.call(point, point, at(PLACE.step)));
  });
}

/** Adds up the terms, half of them in each lane. */
function defineAdditions(f: Func, out: Local): void {
  const sum = pointLocals(f);
  sum.set(NEUTRAL);
  const term = f.keep('i32', at(PLACE.terms));
  f.loop(() => {
    const whole = v128.load(term.get);
    const negative = f.keep('v128', v128.shuffle32(whole, whole, [2, 3, 2, 3])).get;
    const [first, second] = [i32.load(term.get), i32.load(term.get, 4)];
    const entries = loadEntries(f, f.keep('i32', first).get, f.keep('i32', second).get);
    sum.set(addEntries(f, (a, b) => multiply(f, a, b), sum.point, { entries, negative }));
    f.do(term.set(i32.add(term.get, i32.const(TERM_BYTES))));
    return i32.ltU(term.get, at(PLACE.terms + TERMS * TERM_BYTES));
  });
  f.do(storePoint(out.get, sum.point));
}

/** `compare(count)`: the outcome of the first checks, 1 where the point's encoding is R. */
function defineCompare(module: ModuleBuilder, { product, invertAll }: Parts): void {
  const compareOne = module.function({ params: ['i32', 'i32'], result: 'i32' }, (f, point, r) => {
    const times = byCall(f, product);
    const z = keepPair(f, loadPair(point.get, Z));
    const x = freeze(f, times(loadPair(point.get, X), z));
    const y = freeze(f, times(loadPair(point.get, Y), z));
    const sign = i64.shl(i64.extendU(i32x4.lane(x[0] as Code, 0)), 63);
    const words = wordsOf(f, y);
    const differences = words.map((word, i) => {
      const encoded = i === 3 ? i64.or(word, sign) : word;
      return i64.xor(encoded, i64.load(r.get, 8 * i));
    });
    f.do(i64.eqz(differences.reduce(i64.or)));
  });
  module.function({ name: 'compare', params: ['i32'] }, (f, count) => {
    f.do(invertAll.call(count.get));
    const index = f.keep('i32', i32.const(0));
    f.loop(() => {
      const r = i32.add(at(PLACE.checks + CHECK.r), i32.mul(index.get, i32.const(CHECK.bytes)));
      f.do(
        i32.store8(i32.add(at(PLACE.outcomes), index.get), compareOne.call(pointAt(index.get), r)),
      );
      f.do(index.set(i32.add(index.get, i32.const(1))));
      return i32.ltU(index.get, count.get);
    });
  });
}

/**
 * `build(table, width, windows)`: the table of the point that stands first of `points`, in both
 * lanes. The first lane builds the lower half of its windows, the second the upper half.
 */
function defineBuild(module: ModuleBuilder, { product, add, invertAll }: Parts): void {
  const base = at(PLACE.step);
  const entry = defineEntry(module, product);
  const params = ['i32', 'i32', 'i32'] as const;
  module.function({ name: 'build', params }, (f, table, width, windows) => {
    const half = f.keep('i32', i32.shrU(windows.get, i32.const(1)));
    const digit = i32.shl(i32.const(1), i32.sub(width.get, i32.const(1)));
    const entries = f.keep('i32', i32.add(digit, i32.const(1))).get;
    const digitBytes = i32.mul(entries, i32.const(ENTRY_BYTES));
    const step = f.keep('i32', i32.mul(half.get, width.get));
    f.do(storePoint(base, loadPoint(at(PLACE.points))));
    f.loop(() => {
      f.do(add.call(base, base, base));
      f.do(step.set(i32.sub(step.get, i32.const(1))));
      return step.get;
    });
    f.do(storePoint(base, blendPoints(loadPoint(at(PLACE.points)), loadPoint(base))));
    const second = f.keep('i32', i32.add(table.get, i32.mul(half.get, digitBytes)));
    const index = f.local('i32');
    const count = (): Code => {
      f.do(index.set(i32.add(index.get, i32.const(1))));
      return i32.ltU(index.get, entries);
    };
    f.loop(() => {
      f.do(storePoint(at(PLACE.points), NEUTRAL), index.set(i32.const(1)));
      f.loop(() => {
        f.do(add.call(pointAt(index.get), pointAt(i32.sub(index.get, i32.const(1))), base));
        return count();
      });
      // The next digit counts twice the largest multiple of this one.
      const largest = pointAt(i32.sub(entries, i32.const(1)));
      f.do(add.call(base, largest, largest));
      f.do(invertAll.call(entries), index.set(i32.const(0)));
      f.loop(() => {
        f.do(entry.call(pointAt(index.get), table.get, second.get));
        for (const lane of [table, second]) {
          f.do(lane.set(i32.add(lane.get, i32.const(ENTRY_BYTES))));
        }
        return count();
      });
      f.do(half.set(i32.sub(half.get, i32.const(1))));
      return half.get;
    });
  });
}

/** point, first, second: the entry of a point whose Z is inverted, to an address for each lane. */
function defineEntry(module: ModuleBuilder, product: Func): Func {
  const params = ['i32', 'i32', 'i32'] as const;
  return module.function({ params }, (f, point, first, second) => {
    const times = byCall(f, product);
    const z = keepPair(f, loadPair(point.get, Z));
    const x = times(loadPair(point.get, X), z);
    const y = times(loadPair(point.get, Y), z);
    storeEntries(f, times, { x, y }, [first.get, second.get]);
  });
}
