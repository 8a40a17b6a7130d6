/**
 * Names that people tell publishers and members apart by: which are taken, and which look alike.
 * Compared is a skeleton after UTS #39, section 4, of the name without spaces, punctuation and
 * accents, small and in capitals: words of two scripts may be alike in one and not in the other.
 * Mixed scripts are judged by its level "highly restrictive" (section 5.2). All of it comes from
 * tables of the protocol version: no machine's normalization or case mapping decides.
 */
import { FOLDED, LISTED, SCRIPT_NAMES } from './tables.ts';

type Script = (typeof SCRIPT_NAMES)[number];

const RADIX = 36;
const number = (text: string | undefined): number => Number.parseInt(text ?? '', RADIX);

interface Run {
  readonly from: number;
  readonly to: number;
  readonly script: Script;
}

function readListed(): Run[] {
  let at = 0;
  return LISTED.split(' ').map((token) => {
    const [gap, more, script] = token.split('.').map(number) as [number, number, number];
    const from = at + gap;
    at = from + more;
    return { from, to: at, script: SCRIPT_NAMES[script] as Script };
  });
}

/** What stands for a character in a comparison. */
interface Fold {
  /** Case first, then by sight. */
  readonly byCase: string;
  /** By sight first: a capital I is an l. */
  readonly bySight: string;
  /** In capitals, by sight: асме is none of acme, but its АСМЕ is. */
  readonly inCapitals: string;
}

function readFolded(): Map<string, Fold> {
  let at = 0;
  const read = (text: string): string =>
    text === '' ? '' : String.fromCodePoint(...text.split('.').map(number));
  return new Map(
    FOLDED.split(' ').map((token) => {
      const [gap, byCase = '', bySight = byCase, inCapitals = bySight] = token.split(':');
      at += number(gap);
      const fold = { byCase: read(byCase), bySight: read(bySight), inCapitals: read(inCapitals) };
      return [String.fromCodePoint(at), fold];
    }),
  );
}

const RUNS: readonly Run[] = readListed();
const FOLDS: ReadonlyMap<string, Fold> = readFolded();

/** The script of a listed character; undefined: it is not listed. */
function scriptOf(character: string): Script | undefined {
  const code = character.codePointAt(0) as number;
  let [low, high] = [0, RUNS.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const run = RUNS[middle] as Run;
    if (code < run.from) high = middle - 1;
    else if (code > run.to) low = middle + 1;
    else return run.script;
  }
  return undefined;
}

/** Scripts that are written together, and don't look alike. */
const TOGETHER: readonly (readonly Script[])[] = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];

/** Why nobody can have this name, in words; undefined: somebody can. */
export function nameProblem(name: string): string | undefined {
  const scripts = new Set<Script>();
  for (const character of name) {
    const script = scriptOf(character);
    if (script === undefined) {
      const code = (character.codePointAt(0) as number).toString(16).toUpperCase();
      return `the character U+${code.padStart(4, '0')} is not one that names have`;
    }
    if (script !== 'Common' && script !== 'Inherited') scripts.add(script);
  }
  const fits =
    scripts.size <= 1 || TOGETHER.some((some) => [...scripts].every((each) => some.includes(each)));
  if (!fits) return `it mixes scripts: ${[...scripts].join(', ')}`;
  return likenessesOf(name).includes('') ? 'it has no letter and no digit' : undefined;
}

/**
 * What a name is told apart by: two names that share one look alike. Whether that is so doesn't
 * depend on case, accents, spaces and punctuation.
 */
export function likenessesOf(name: string): readonly string[] {
  const characters = [...name];
  const folded = (way: keyof Fold): string =>
    characters.map((each) => FOLDS.get(each)?.[way] ?? each).join('');
  return [...new Set([folded('byCase'), folded('bySight'), folded('inCapitals')])];
}

/** Of a publisher: names and ids are compared with each other, since people see either. */
export function publisherLikenesses(of: {
  readonly id: string;
  readonly name: string;
}): readonly string[] {
  // An id of hyphens alone looks like nothing.
  const all = [...likenessesOf(of.id), ...likenessesOf(of.name)];
  return [...new Set(all)].filter((likeness) => likeness !== '');
}

export function lookAlike(one: string, other: string): boolean {
  const likenesses = likenessesOf(other);
  return likenessesOf(one).some((each) => likenesses.includes(each));
}
