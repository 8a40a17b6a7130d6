/** Numbers, times and names as people read them. */

/** Whatever the ledger holds is text; characters that hide or reorder other text are replaced. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export function visible(text: string): string {
  return text.replace(HIDDEN, '\ufffd');
}

export function count(number: number, thing?: string): string {
  const text = number.toLocaleString('en');
  return thing === undefined ? text : `${text} ${thing}${number === 1 ? '' : 's'}`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export function bytes(size: number): string {
  if (size < 1000) return count(size, 'byte');
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(size) / 3));
  return `${(size / 1000 ** power).toPrecision(3)} ${UNITS[power]}`;
}

export function utc(time: string): string {
  return time.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** How long before `now` (ms) it was; never in the future, since clocks differ a little. */
export function ago(time: string, now: number): string {
  return `${duration(now - Date.parse(time))} ago`;
}

/** A short time, as precise as it matters: 45 ms, 2.5 s, 20 s. */
export function milliseconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${Number((ms / 1000).toFixed(1))} s` : duration(ms);
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The two ends of a hash or key, enough to compare by eye. */
export function short(text: string): string {
  const [, prefix = '', rest = text] = /^(0x|sha256:|ed25519:)?(.*)$/s.exec(text) ?? [];
  return rest.length <= 18 ? text : `${prefix}${rest.slice(0, 8)}…${rest.slice(-6)}`;
}

/** As people list them. */
export function names(all: readonly string[]): string {
  if (all.length < 2) return all[0] ?? 'nobody';
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** What a statement calls its asset, as far as that is public. */
export function nameText(
  said: { readonly name: string; readonly version: string; readonly commitment: string | null },
  nameless = '–',
): string {
  if (said.commitment !== null) return 'private';
  return [said.name, said.version].filter(Boolean).join(' ') || nameless;
}
