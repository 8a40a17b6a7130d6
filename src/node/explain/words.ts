/** How findings spell names and spans of time. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Two of a unit read better as many of the next smaller one. */
const SHOWN_MIN = 2;

/** `350 ms`, `43 s`, `5 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const units = [
    [DAY_MS, 'days'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'min'],
    [SECOND_MS, 's'],
  ] as const;
  const size = Math.abs(ms);
  const unit = units.find(([unitMs]) => size >= SHOWN_MIN * unitMs);
  return unit === undefined ? `${Math.round(size)} ms` : `${Math.round(size / unit[0])} ${unit[1]}`;
}

/** `alpha`, `alpha and bravo`, `alpha, bravo and charlie`. */
export function names(list: readonly string[]): string {
  if (list.length < 2) return list[0] ?? 'nobody';
  return `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
