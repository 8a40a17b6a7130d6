import { test } from 'node:test';
import type { AnyNode } from 'acorn';
import {
  EXECUTION,
  IMPURE_CALLS,
  IMPURE_NAMES,
  IMPURE_PACKAGES,
  LOCALE_METHODS,
  PURE,
  SORT_METHODS,
} from './rules.ts';
import { assertNone, type Source, sourcesIn, walk } from './sources.ts';

/** The `a.b` of a plain member expression, whatever `a` is. */
function memberOf(node: AnyNode): { object: string; property: string } | undefined {
  if (node.type !== 'MemberExpression' || node.property.type !== 'Identifier') return undefined;
  if (node.computed) return undefined;
  const object = node.object.type === 'Identifier' ? node.object.name : '';
  return { object, property: node.property.name };
}

/** Is this identifier only the name of a property? */
function isPropertyName(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type === 'MemberExpression') return parent.property === node && !parent.computed;
  return 'key' in parent && parent.key === node && !('shorthand' in parent && parent.shorthand);
}

function impurity(node: AnyNode, parent: AnyNode | undefined): string | undefined {
  const member = memberOf(node);
  const name = member && `${member.object}.${member.property}`;
  if (name !== undefined && IMPURE_CALLS.includes(name)) return name;
  if (node.type === 'NewExpression' && node.arguments.length === 0) {
    if (node.callee.type === 'Identifier' && node.callee.name === 'Date') return 'new Date()';
  }
  if (node.type !== 'Identifier' || isPropertyName(node, parent)) return undefined;
  return IMPURE_NAMES.includes(node.name) ? node.name : undefined;
}

function unsteadiness(node: AnyNode): string | undefined {
  if (node.type === 'Identifier' && node.name === 'Intl') return 'Intl';
  if (node.type === 'Literal' && node.regex?.pattern.includes('\\p{')) return '\\p{…}';
  if (node.type !== 'CallExpression') return undefined;
  const method = memberOf(node.callee)?.property ?? '';
  if (LOCALE_METHODS.includes(method)) return `${method}()`;
  if (SORT_METHODS.includes(method) && node.arguments.length === 0) return `${method}() as it is`;
  return undefined;
}

type Finder = (node: AnyNode, parent: AnyNode | undefined) => string | undefined;

function findings({ file, ast }: Source, find: Finder, remedy: string): string[] {
  const found: string[] = [];
  walk(ast, (node, ancestors) => {
    const what = find(node, ancestors.at(-1));
    if (what !== undefined) found.push(`${file}:${node.loc?.start.line} uses ${what}: ${remedy}`);
  });
  return found;
}

test('pure files import no I/O', () => {
  assertNone(
    sourcesIn(PURE).flatMap(({ file, imports }) =>
      imports
        .filter(({ to, kind }) => {
          if (to === 'src/common/platform/node.ts') return false;
          const impureOfOurs = to.startsWith('src/') && !PURE.test(to) && kind !== 'type';
          return IMPURE_PACKAGES.test(to) || impureOfOurs;
        })
        .map(({ to, line }) => `${file}:${line} is pure and imports ${to}: take it as input`),
    ),
  );
});

test('pure files read no clock, no randomness and no machine', () => {
  const remedy = 'a pure file takes time, randomness and I/O as input';
  assertNone(sourcesIn(PURE).flatMap((source) => findings(source, impurity, remedy)));
});

test('execution depends on no locale and no Unicode table', () => {
  const remedy = 'execution must be the same on every machine; compare and map by code unit';
  assertNone(sourcesIn(EXECUTION).flatMap((source) => findings(source, unsteadiness, remedy)));
});
