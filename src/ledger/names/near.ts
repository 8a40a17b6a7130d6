/**
 * How near a name is to another: what a thief or a squatter chooses looks like it (UTS #39) or is a
 * slip of the finger away. For people who watch; what is refused is decided by likeness alone.
 */
import { likenessesOf, lookAlike } from './names.ts';

/** From the most alike on. */
export const NEARNESS = ['same', 'look-alike', 'near'] as const;
export type Nearness = (typeof NEARNESS)[number];

/** Slips that count, by the characters that are compared: in short names most are other words. */
const SLIPS = [
  { from: 8, slips: 2 },
  { from: 4, slips: 1 },
] as const;
/** Letters that together look like another one, beyond UTS #39, which has `rn` and `m` alone. */
const TOGETHER_LIKE = [
  ['vv', 'w'],
  ['cl', 'd'],
] as const;
/** What is compared of a name: no product's is longer. */
const COMPARED_MAX = 256;

/** Undefined: one is nothing like the other. */
export function nearness(one: string, other: string): Nearness | undefined {
  if (one === other) return 'same';
  const [a, b] = [compared(one), compared(other)];
  if (a === '' || b === '') return undefined;
  if (lookAlike(one, other)) return 'look-alike';
  if (joined(a) === joined(b)) return 'near';
  const shorter = Math.min(a.length, b.length);
  const { slips } = SLIPS.find(({ from }) => shorter >= from) ?? { slips: 0 };
  return slips > 0 && isWithin(a, b, slips) ? 'near' : undefined;
}

/** The nearest of names that may be confused with each other. */
export function nearest(some: readonly string[], others: readonly string[]): Nearness | undefined {
  const found = some.flatMap((one) => others.map((other) => nearness(one, other)));
  return NEARNESS.find((each) => found.includes(each));
}

function compared(name: string): string {
  return (likenessesOf(name)[0] ?? '').slice(0, COMPARED_MAX);
}

function joined(text: string): string {
  return TOGETHER_LIKE.reduce((all, [letters, like]) => all.replaceAll(letters, like), text);
}

/**
 * Whether one text becomes the other by at most `most` insertions, removals, replacements, or swaps
 * of neighbours (the restricted Damerau–Levenshtein distance).
 */
function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] as number) + 1 : replaced;
      const shifted = Math.min(last[j] as number, row[j - 1] as number) + 1;
      row.push(Math.min(replaced, swapped, shifted));
    }
    if (Math.min(...row) > most) return false;
    [before, last] = [last, row];
  }
  return (last[b.length] as number) <= most;
}
