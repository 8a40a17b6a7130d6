/**
 * Makes `src/ledger/names/tables.ts` from the Unicode data that three crates carry:
 *
 *   cargo init --lib --name tables && cargo add unicode-security@0.1.3 && cargo vendor
 *   node bin/run.mjs tools/unicode/generate.ts vendor
 *
 * Used are the confusables and identifier status of UTS #39 (unicode-security), scripts
 * (unicode-script) and canonical decompositions (unicode-normalization); and, here only, the lower
 * and upper case that this machine's JavaScript knows. The tables belong to the protocol version:
 * what they say is never changed in place, another version gets others.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The scripts of UAX #31, table 5; Common and Inherited go with any. */
const SCRIPTS = [
  'Common',
  'Inherited',
  'Latin',
  'Greek',
  'Cyrillic',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Thaana',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Tibetan',
  'Myanmar',
  'Georgian',
  'Ethiopic',
  'Khmer',
  'Hangul',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Han',
];
/** Companies write them; identifiers don't. */
const PUNCTUATION = [...' !#&()+,/@'];
/** Jamo compose to syllables, which are listed themselves. */
const JAMO = [0x1100, 0x11ff] as const;
const HANGUL = [0xac00, 0xd7a3] as const;
const CODE_POINTS = 0x11_0000;

const vendor = process.argv[2] ?? 'vendor';
const tablesOf = (crate: string): string =>
  readFileSync(path.join(vendor, crate, 'src/tables.rs'), 'utf8');

/** The text of a Rust table from its name to the bracket that ends it. */
function table(source: string, name: string, nth = 0): string {
  let at = -1;
  for (let i = 0; i <= nth; i++) at = source.indexOf(`const ${name}: `, at + 1);
  if (at < 0) throw new Error(`${name} is not there`);
  return source.slice(at, source.indexOf('];', at));
}

const code = (hex: string): number => Number.parseInt(hex, 16);

const security = tablesOf('unicode-security');
const ranges = (text: string, pattern: RegExp) => [...text.matchAll(pattern)];

const allowed = new Set<number>(PUNCTUATION.map((each) => each.codePointAt(0) as number));
const statusTable = table(security, 'IDENTIFIER_STATUS');
for (const [, from, to] of ranges(statusTable, /\('\\u\{(\w+)\}',\s*'\\u\{(\w+)\}'\)/g)) {
  for (let c = code(from as string); c <= code(to as string); c++) allowed.add(c);
}

const scriptOf = new Map<number, string>();
for (const [, from, to, script] of ranges(
  table(tablesOf('unicode-script'), 'SCRIPTS'),
  /\('\\u\{(\w+)\}',\s*'\\u\{(\w+)\}',\s*Script::(\w+)\)/g,
)) {
  for (let c = code(from as string); c <= code(to as string); c++) {
    scriptOf.set(c, script as string);
  }
}

const prototypes = new Map<number, number[]>();
for (const [, from, to] of ranges(
  table(security, 'CONFUSABLES'),
  /\('\\u\{(\w+)\}',\s*&\[([^\]]*)\]\)/g,
)) {
  const target = [...(to as string).matchAll(/u\{(\w+)\}/g)].map(([, hex]) => code(hex as string));
  prototypes.set(code(from as string), target);
}

const normalization = tablesOf('unicode-normalization');
const decomposed = [
  ...table(normalization, 'CANONICAL_DECOMPOSED_CHARS').matchAll(/u\{(\w+)\}/g),
].map(([, hex]) => code(hex as string));
const decompositions = new Map<number, number[]>();
for (const [, from, at, count] of ranges(
  table(normalization, 'CANONICAL_DECOMPOSED_KV'),
  /\(0x(\w+), \(0x(\w+), 0x(\w+)\)\)/g,
)) {
  const start = code(at as string);
  decompositions.set(code(from as string), decomposed.slice(start, start + code(count as string)));
}

const isIn = (c: number, [from, to]: readonly [number, number]): boolean => from <= c && c <= to;
const isListed = (c: number): boolean =>
  allowed.has(c) && !isIn(c, JAMO) && SCRIPTS.includes(scriptOf.get(c) ?? '');

const nfd = (text: readonly number[]): number[] =>
  text.flatMap((c) => (isIn(c, HANGUL) ? [c] : (decompositions.get(c) ?? [c])));
const codePoints = (text: string): number[] => [...text].map((c) => c.codePointAt(0) as number);
const lower = (text: readonly number[]): number[] =>
  text.flatMap((c) => codePoints(String.fromCodePoint(c).toLowerCase()));
const upper = (c: number): number[] => codePoints(String.fromCodePoint(c).toUpperCase());
/** Accents, spaces and punctuation make no name another one. */
const counts = (c: number): boolean =>
  scriptOf.get(c) !== 'Inherited' && /[\p{L}\p{N}\p{M}]/u.test(String.fromCodePoint(c));
const skeleton = (text: readonly number[]): number[] =>
  nfd(nfd(text).flatMap((c) => prototypes.get(c) ?? [c])).filter(counts);

const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
const listed: string[] = [];
const folded: string[] = [];
let [listedAt, foldedAt] = [0, 0];
let run: { from: number; to: number; script: number } | undefined;
const flush = (): void => {
  if (run === undefined) return;
  const { from, to, script } = run;
  listed.push([from - listedAt, to - from, script].map((n) => n.toString(36)).join('.'));
  listedAt = to;
};
for (let c = 0; c < CODE_POINTS; c++) {
  if (!isListed(c)) continue;
  const script = SCRIPTS.indexOf(scriptOf.get(c) as string);
  if (run?.to === c - 1 && run.script === script) run.to = c;
  else {
    flush();
    run = { from: c, to: c, script };
  }
  const byCase = skeleton(lower([c]));
  const bySight = skeleton(lower(skeleton([c])));
  const inCapitals = skeleton(upper(c));
  const spelled = [byCase, bySight, inCapitals];
  // What is missing at the end is as the one before it.
  while (spelled.length > 0) {
    const last = spelled.at(-1) as number[];
    if (!same(last, spelled.at(-2) ?? [c])) break;
    spelled.pop();
  }
  if (spelled.length === 0) continue;
  const texts = spelled.map((text) => text.map((each) => each.toString(36)).join('.'));
  folded.push([(c - foldedAt).toString(36), ...texts].join(':'));
  foldedAt = c;
}
flush();

const WIDTH = 96;
function literal(tokens: readonly string[]): string {
  const lines: string[] = [''];
  for (const token of tokens) {
    const last = lines.at(-1) as string;
    if (last.length + token.length + 1 > WIDTH - 4) lines.push(token);
    else lines[lines.length - 1] = last === '' ? token : `${last} ${token}`;
  }
  return lines.map((line, i) => `  '${line}${i < lines.length - 1 ? ' ' : ''}'`).join(' +\n');
}

const version = /UNICODE_VERSION[^=]*= \((\d+), (\d+), (\d+)\)/.exec(security)?.slice(1).join('.');
const text = `/**
 * Unicode ${version} as names of protocol version 1 need it. Made by \`tools/unicode/generate.ts\`,
 * never by hand, and never changed: another protocol version has tables of its own. Data: Unicode,
 * Inc. (Unicode-3.0 licence).
 */

export const SCRIPT_NAMES = [
${SCRIPTS.map((script) => `  '${script}',`).join('\n')}
] as const;

/** Ranges of listed code points: gap to the end of the one before, length - 1, script; base 36. */
export const LISTED =
${literal(listed)};

/**
 * Gap to the one before; what is compared in its place by case first, by sight first, and in
 * capitals. What is missing at the end is as the one before it.
 */
export const FOLDED =
${literal(folded)};
`;
const out = new URL('../../src/ledger/names/tables.ts', import.meta.url);
writeFileSync(out, text);
process.stdout.write(
  `${listed.length} ranges, ${folded.length} folded, ${text.split('\n').length} lines\n`,
);
