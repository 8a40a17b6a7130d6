/**
 * The list of what is in a folder or a commit, as text whose SHA-256 stands for all of it: a line
 * of JSON an entry, sorted by path. Two such lists tell what changed.
 */
import { compareText, utf8 } from '../../common/bytes.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { hashBytes } from './file.ts';

export const MANIFEST_SCHEMAS = ['ztc.directory/v1', 'ztc.git/v1'] as const;
export type ManifestSchema = (typeof MANIFEST_SCHEMAS)[number];

export interface ManifestEntry {
  /** Relative, with slashes. */
  readonly path: string;
  /** Of a `link` the digest is of its target; a `module` is a commit of git's. */
  readonly type: 'file' | 'executable' | 'link' | 'module';
  /** In bytes; null: not part of this. */
  readonly size: number | null;
  /** `sha256:…`, or the commit of a module. */
  readonly digest: string;
}

export interface Manifest {
  readonly schema: ManifestSchema;
  /** More that the digest stands for: `commit` and `tree`. */
  readonly about: { readonly [name: string]: string };
  readonly entries: readonly ManifestEntry[];
}

/** What differs between two lists. */
export interface ManifestChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
}

export function formatManifest({ schema, about, entries }: Manifest): string {
  const sorted = entries.toSorted((a, b) => compareText(a.path, b.path));
  const lines = sorted.map(({ path, type, size, digest }) =>
    JSON.stringify([path, type, size, digest]),
  );
  return `${[JSON.stringify([schema, about]), ...lines].join('\n')}\n`;
}

export function manifestAsset(text: string): Uint8Array {
  return hashBytes(utf8(text));
}

/** @throws CliError MANIFEST_FILE */
export function parseManifest(text: string, file: string): Manifest {
  const bad = (): never => {
    throw new CliError('MANIFEST_FILE', `${file} is no manifest that ztc wrote`, {
      exit: EXIT.USAGE,
    });
  };
  const [head, ...lines] = text.trimEnd().split('\n').map(parsed);
  if (!Array.isArray(head)) return bad();
  const schema = MANIFEST_SCHEMAS.find((known) => known === head[0]);
  if (schema === undefined) return bad();
  const entries = lines.map((line): ManifestEntry => {
    if (!Array.isArray(line) || typeof line[0] !== 'string') return bad();
    const [path, type, size, digest] = line;
    return { path, type, size, digest };
  });
  return { schema, about: Object(head[1]), entries };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function manifestChanges(before: Manifest, after: Manifest): ManifestChange[] {
  const [old, now] = [byPath(before), byPath(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].toSorted(compareText);
  return paths.flatMap((path): ManifestChange[] => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was === is) return [];
    return [
      { path, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' },
    ];
  });
}

function byPath({ entries }: Manifest): Map<string, string> {
  return new Map(
    entries.map(({ path, type, size, digest }) => [path, JSON.stringify([type, size, digest])]),
  );
}
