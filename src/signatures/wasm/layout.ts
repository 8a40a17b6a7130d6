/** What stands where in the module's memory, and how tables divide numbers into digits. */
import { PAIR_BYTES } from './field.ts';
import { ENTRY_BYTES, POINT_BYTES } from './points.ts';
import { digitsOf } from './scalars.ts';

/** How a table divides a number: so many digits of so many bits. */
export interface Windows {
  readonly width: number;
  /** A table is built in two lanes, so an even number. */
  readonly count: number;
  /** Multiples from 0 to 2^(width−1) for each digit. */
  readonly entries: number;
  readonly bytes: number;
}

function windowsOf(width: number): Windows {
  const count = 2 * Math.ceil(digitsOf(width) / 2);
  const entries = 2 ** (width - 1) + 1;
  return { width, count, entries, bytes: count * entries * ENTRY_BYTES };
}

/** 182 KiB each; 5 bits would take 111 KiB and a tenth more time. */
export const KEY_WINDOWS = windowsOf(6);
/** There is only one of it, 516 KiB. */
export const BASE_WINDOWS = windowsOf(8);

/** Signatures at a time. */
export const ROOM = 128;
/** As many as signatures, or multiples of a digit while a table is built. */
const POINTS = Math.max(ROOM, BASE_WINDOWS.entries);

/** A check in memory: signature, message and key, each with its algorithm byte. */
export const CHECK = { r: 1, s: 33, message: 65, key: 98, bytes: 130 } as const;

export const TERMS = Math.ceil((digitsOf(KEY_WINDOWS.width) + digitsOf(BASE_WINDOWS.width)) / 2);
/** Two addresses of entries and whether each is negative. */
export const TERM_BYTES = 16;
const TEMPORARIES = 8;

function layout<const T extends Record<string, number>>(sizes: T): { [name in keyof T]: number } {
  let at = 0;
  const places = Object.entries(sizes).map(([name, bytes]) => {
    const here = at;
    at = Math.ceil((here + bytes) / ENTRY_BYTES) * ENTRY_BYTES;
    return [name, here];
  });
  return Object.fromEntries(places);
}

/** Where things stand in memory. Tables of keys begin at `keys`. */
export const PLACE = layout({
  checks: ROOM * CHECK.bytes,
  outcomes: ROOM,
  hash: 64,
  scalar: 64,
  terms: TERMS * TERM_BYTES,
  touched: 4,
  points: POINTS * POINT_BYTES,
  prefixes: (POINTS + 1) * PAIR_BYTES,
  temporaries: TEMPORARIES * PAIR_BYTES,
  factors: 3 * PAIR_BYTES,
  step: POINT_BYTES,
  base: BASE_WINDOWS.bytes,
  keys: 0,
});

export const PAGE_BYTES = 65_536;
