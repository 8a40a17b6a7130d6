import { test } from 'node:test';
import { ENTRIES, LAYERS, MAY_IMPORT, SINGLE_IMPORTER } from './rules.ts';
import { assertNone, read, type Source, sourcesIn } from './sources.ts';

const ours = sourcesIn(/^(src|devnet)\//);
const byFile = new Map(ours.map((source) => [source.file, source]));

function layerOf(file: string): string | undefined {
  return LAYERS.find(([, files]) => files.test(file))?.[0];
}

function offences({ file, imports }: Source): string[] {
  const layer = layerOf(file);
  const may = MAY_IMPORT[layer ?? ''];
  if (layer === undefined || may === undefined) {
    return [`${file}:1 belongs to no layer: move it, or give it one in test/tidy/rules.ts`];
  }
  return imports.flatMap(({ to, line, kind }) => {
    if (!/^(src|devnet|test|bench)\//.test(to)) return [];
    const target = layerOf(to) ?? to;
    if (target === layer || may.use.includes(target)) return [];
    if (kind === 'type' && may.types?.includes(target)) return [];
    const remedy = may.types?.includes(target)
      ? 'use `import type`'
      : `${layer} may import ${may.use.join(', ') || 'nothing of ours'}: pass it in, or move it`;
    return [`${file}:${line} imports ${to}: ${remedy}`];
  });
}

test('every folder imports only what the import rule allows', () => {
  assertNone(ours.flatMap(offences));
});

test('every import of ours leads to a file', () => {
  assertNone(
    ours.flatMap(({ file, imports }) =>
      imports
        .filter(({ to }) => /^(src|devnet)\/.*\.tsx?$/.test(to) && !byFile.has(to))
        .map(({ to, line }) => `${file}:${line} imports ${to}, which does not exist`),
    ),
  );
});

test('no import cycles', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      const cycle = [...trail.slice(trail.indexOf(file)), file].join(' → ');
      cycles.push(`${file}:1 imports itself: ${cycle}: move what both need to a third file`);
      return;
    }
    if (done.has(file)) return;
    for (const { to, kind } of byFile.get(file)?.imports ?? []) {
      if (kind === 'value' && byFile.has(to)) visit(to, [...trail, file]);
    }
    done.add(file);
  };
  for (const { file } of ours) visit(file, []);
  assertNone(cycles);
});

test('no unused source files', () => {
  const exported = Object.values(JSON.parse(read('package.json')).exports ?? {}) as string[];
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { to } of byFile.get(file)?.imports ?? []) visit(to);
  };
  for (const entry of [...ENTRIES, ...exported.map((file) => file.replace(/^\.\//, ''))]) {
    visit(entry);
  }
  const unused = ours.filter(({ file }) => !reached.has(file));
  assertNone(
    unused.map(({ file }) => `${file}:1 is used by nothing but tests: use it or remove it`),
  );
});

for (const name of SINGLE_IMPORTER) {
  test(`${name} is imported in exactly one file`, () => {
    const isIt = ({ to }: { to: string }) => to === name || to.startsWith(`${name}/`);
    const users = ours.filter(({ imports }) => imports.some(isIt));
    const extra = users.map(({ file }) => `${file}:1 imports ${name}: go through the one file`);
    if (users.length !== 1) assertNone(extra.length > 0 ? extra : [`nothing imports ${name}`]);
  });
}
