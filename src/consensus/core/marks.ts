/** A bit for each of a list of things, the first one the lowest of the first byte. */

export function marksOf(positions: Iterable<number>, count: number): Uint8Array {
  const marks = new Uint8Array(Math.ceil(count / 8));
  for (const at of positions) marks[at >> 3] = (marks[at >> 3] as number) | (1 << (at & 7));
  return marks;
}

/** The things whose bits are set; a bit too many or too few is none. */
export function markedIn<T>(things: readonly T[], marks: Uint8Array): T[] {
  return things.filter((_, i) => ((marks[i >> 3] ?? 0) & (1 << (i & 7))) !== 0);
}
