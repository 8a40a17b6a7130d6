import { test } from 'node:test';
import type { AnyNode } from 'acorn';
import {
  COLUMNS_MAX,
  FILE_LINES_MAX,
  FILE_LINES_MEDIAN_MAX,
  FORBIDDEN,
  FUNCTION_LINES_MAX,
} from './rules.ts';
import { allFiles, assertNone, read, sources, sourcesIn, walk } from './sources.ts';

const GROUPING = ['describe', 'suite'];
const BINARY = /\.(png|ico|woff2|bin)$/;

/** The function passed to `describe` only groups tests. */
function isGrouping(parent: AnyNode | undefined): boolean {
  if (parent?.type !== 'CallExpression' || parent.callee.type !== 'Identifier') return false;
  return GROUPING.includes(parent.callee.name);
}

test(`no file has more than ${FILE_LINES_MAX} lines`, () => {
  const long = sources.filter(({ lines }) => lines.length - 1 > FILE_LINES_MAX);
  assertNone(long.map(({ file, lines }) => `${file}:${lines.length} split it by what it does`));
});

test(`half of the files in src have at most ${FILE_LINES_MEDIAN_MAX} lines`, () => {
  const lengths = sourcesIn(/^src\//).map(({ file, lines }) => ({
    file,
    length: lines.length - 1,
  }));
  lengths.sort((a, b) => b.length - a.length);
  if ((lengths[Math.floor(lengths.length / 2)]?.length ?? 0) <= FILE_LINES_MEDIAN_MAX) return;
  assertNone(lengths.slice(0, 10).map(({ file, length }) => `${file}:${length} is long: split it`));
});

test(`no function has more than ${FUNCTION_LINES_MAX} lines`, () => {
  const long: string[] = [];
  for (const { file, ast } of sources) {
    walk(ast, (node, ancestors) => {
      if (!/Function/.test(node.type) || isGrouping(ancestors.at(-1)) || !node.loc) return;
      const { start, end } = node.loc;
      const length = end.line - start.line + 1;
      if (length > FUNCTION_LINES_MAX) long.push(`${file}:${start.line} ${length} lines: split it`);
    });
  }
  assertNone(long);
});

test(`no line of code has more than ${COLUMNS_MAX} columns`, () => {
  // What can't be broken, a URL or a long literal, may stick out.
  const long = (line: string) => line.length > COLUMNS_MAX && !/https?:|\S{70}/.test(line);
  assertNone(
    sources.flatMap(({ file, lines }) =>
      lines.flatMap((line, at) => (long(line) ? [`${file}:${at + 1} break the line`] : [])),
    ),
  );
});

test('no file holds what should not be committed', () => {
  const files = allFiles().filter((file) => !BINARY.test(file) && file !== 'package-lock.json');
  const found = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, at) =>
        FORBIDDEN.filter(([pattern]) => pattern.test(line)).map(
          ([pattern, remedy]) =>
            `${file}:${at + 1} "${line.match(pattern)?.[0].trim()}": ${remedy}`,
        ),
      ),
  );
  assertNone(found);
});
