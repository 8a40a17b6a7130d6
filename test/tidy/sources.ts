/** The tree as the tidy tests see it: files, their syntax, and who imports whom. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { type AnyNode, type Program, parse } from 'acorn';
import { transformSync } from 'esbuild';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['.ci', 'bench', 'bin', 'devnet', 'docs', 'examples', 'src', 'test', 'types'];

export type Import = { to: string; line: number; kind: 'value' | 'dynamic' | 'type' };
export type Source = {
  file: string;
  text: string;
  lines: string[];
  ast: Program;
  /** What the file imports: `to` is a path of ours, or a package's specifier. */
  imports: Import[];
};

function toPosix(file: string): string {
  return file.split(path.sep).join('/');
}

/** Every text file of the project, by path from the root. */
export function allFiles(): string[] {
  const top = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
  const below = FOLDERS.flatMap((folder) =>
    globSync(`${folder}/**/*`, { cwd: ROOT, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => toPosix(path.relative(ROOT, path.join(entry.parentPath, entry.name)))),
  );
  return [...top.map((entry) => entry.name), ...below].sort();
}

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** Visits every node below `node`, with its ancestors, the nearest last. */
export function walk(
  node: AnyNode,
  visit: (node: AnyNode, ancestors: readonly AnyNode[]) => void,
  ancestors: readonly AnyNode[] = [],
): void {
  visit(node, ancestors);
  const inside = [...ancestors, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') walk(child, visit, inside);
    }
  }
}

const platform = JSON.parse(read('package.json')).imports as Record<string, object>;

/** `./x.ts` and `#x` become paths from the root; a package stays as it is. */
function resolve(from: string, specifier: string): string[] {
  if (specifier in platform) {
    return Object.values(platform[specifier] ?? {}).map((target) => path.posix.normalize(target));
  }
  if (!specifier.startsWith('.')) return [specifier];
  return [path.posix.join(path.posix.dirname(from), specifier)];
}

/** `new URL('./worker.ts', import.meta.url)` names a file as surely as an import does. */
function specifierOf(node: AnyNode): AnyNode | null | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source;
    case 'NewExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'URL' && node.arguments[1]
        ? node.arguments[0]
        : undefined;
    default:
      return undefined;
  }
}

function importsOf(file: string, text: string, ast: Program): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, line: number, kind: Import['kind']) => {
    for (const to of resolve(file, specifier)) found.push({ to, line, kind });
  };
  walk(ast, (node) => {
    const from = specifierOf(node);
    if (from?.type !== 'Literal' || typeof from.value !== 'string') return;
    const isStatic = node.type !== 'ImportExpression' && node.type !== 'NewExpression';
    add(from.value, from.loc?.start.line ?? 0, isStatic ? 'value' : 'dynamic');
  });
  // Types are gone from the syntax tree.
  const types =
    /^(?:import|export) type\b[^;]*?\bfrom '([^']+)'|(?<!await )\bimport\('([^']+)'\)\./gm;
  for (const match of text.matchAll(types)) {
    add(match[1] ?? match[2] ?? '', text.slice(0, match.index).split('\n').length, 'type');
  }
  return found;
}

/** Node takes types out in place; JSX has to be compiled, so lines of it are near ones. */
function javascriptOf(file: string, text: string): string {
  if (file.endsWith('.tsx')) return transformSync(text, { loader: 'tsx', jsx: 'automatic' }).code;
  return file.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
}

function parseFile(file: string, text: string): Program {
  const options = { ecmaVersion: 'latest', sourceType: 'module', locations: true } as const;
  try {
    const code = javascriptOf(file, text);
    return parse(code, { ...options, allowHashBang: true });
  } catch (error) {
    throw new Error(`${file} can't be parsed: ${(error as Error).message}`);
  }
}

function load(file: string): Source {
  const text = read(file);
  const ast = parseFile(file, text);
  return { file, text, lines: text.split('\n'), ast, imports: importsOf(file, text, ast) };
}

/** All code of ours, parsed; types are stripped in place, so lines are those of the file. */
export const sources: readonly Source[] = allFiles()
  .filter((file) => /\.(tsx?|mjs)$/.test(file) && !file.endsWith('.d.ts'))
  .map(load);

export function sourcesIn(pattern: RegExp): Source[] {
  return sources.filter(({ file }) => pattern.test(file));
}

/** One failure a line, each `file:line what to do`. */
export function assertNone(violations: readonly string[]): void {
  if (violations.length === 0) return;
  const error = new Error(`${violations.length} to mend:\n  ${violations.join('\n  ')}`);
  delete error.stack;
  throw error;
}
