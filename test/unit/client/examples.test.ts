/**
 * Every function that the SDK exports has an example in its docstring, and each of them compiles
 * and does what it says: `expression; // → value` is checked against a live node.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as sdk from '../../../src/client/sdk.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { startWorld, type World } from '../cli/world.ts';
import { assetNamed, keysOf, put, statement } from '../state/fixture.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const CLIENT = path.join(ROOT, 'src/client');

/** A docstring and the name behind it: of a function, or of a method of `records`. */
const DOCUMENTED = new RegExp(
  String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\n` +
    String.raw`(?:export (?:async )?function\*? (\w+)|  (?:async )?(\w+)\()`,
  'g',
);

/** Examples by the name of their function. */
function examplesIn(source: string): [string, string][] {
  return [...source.matchAll(DOCUMENTED)].flatMap(([, doc = '', name, method]) => {
    const [, example] = doc.split('@example\n');
    if (example === undefined) return [];
    const lines = example.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    return [[name ?? `records.${method}`, lines.join('\n')]];
  });
}

const examples = new Map(
  readdirSync(CLIENT).flatMap((file) => examplesIn(readFileSync(path.join(CLIENT, file), 'utf8'))),
);

/** All that can be called; errors are classes. */
const exported = Object.entries(sdk).flatMap(([name, value]) => {
  if (typeof value === 'object') return Object.keys(value).map((method) => `${name}.${method}`);
  return value.prototype instanceof Error || (value as unknown) === sdk.ZtcError ? [] : [name];
});

/** `expression; // → value` as an assertion. */
function checking(example: string): string {
  return example.replace(
    /^(.*); \/\/ → (.*)$/gm,
    (_, expression, value) => `assert.deepEqual(${expression}, ${value});`,
  );
}

let world: World;
let dir: string;

/** What examples find, each on its own: they declare the same names again. */
const CONTEXT = [
  'client',
  'trust',
  'signer',
  'digest',
  'genesisText',
  'keyText',
  'url',
  'otherUrl',
];

function moduleOf(example: string): string {
  const declared = [...example.matchAll(/^(?:const|let) (\w+)/gm)].map(([, name]) => name);
  const given = CONTEXT.filter((name) => !declared.includes(name));
  return [
    `import assert from 'node:assert/strict';`,
    `import { ${Object.keys(sdk).join(', ')} } from '${CLIENT}/sdk.ts';`,
    `import { ${given.join(', ')} } from './context.ts';`,
    `export async function run(): Promise<void> {\n${checking(example)}\n}`,
  ].join('\n');
}

before(async () => {
  world = await startWorld();
  await world.put([statement('a'), put('acme/builds', 'latest', '1')]);
  await world.put([put('acme/builds', 'latest', '2')]);
  await world.close(Date.now());
  dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-examples-'));
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const seed = Buffer.from(keysOf('acme').secretKey).toString('hex');
  writeFileSync(
    path.join(dir, 'context.ts'),
    `import { readFileSync } from 'node:fs';
import { createClient, http, trustGenesis } from '${CLIENT}/sdk.ts';
export const genesisText = readFileSync('${genesis}', 'utf8');
export const keyText = readFileSync('${world.env.ZTC_KEY_FILE}', 'utf8');
export const [url, otherUrl] = ['${world.url}', '${world.url}'];
export const digest: string = '${assetToText(assetNamed('a'))}';
export const trust = trustGenesis(genesisText);
export const client = createClient({ transport: http(url), trust });
const secretKey = new Uint8Array(Buffer.from('${seed}', 'hex'));
export const signer = { publisher: 'acme', secretKey };
`,
  );
  for (const [name, example] of examples) {
    writeFileSync(path.join(dir, `${name}.ts`), moduleOf(example));
  }
  writeFileSync(path.join(dir, 'package.json'), '{"type": "module"}');
  const config = {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
    },
    include: ['*.ts', path.join(ROOT, 'types')],
  };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(config));
});
after(async () => {
  await world?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('every exported function has one', () => {
  assert.deepEqual(
    exported.filter((name) => !examples.has(name)),
    [],
  );
  assert.ok(exported.length > 10, `${exported.length}`);
});

test('they compile', () => {
  const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
  try {
    execFileSync(tsc, ['-p', dir], { encoding: 'utf8' });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});

for (const name of exported) {
  test(`${name}: does what its example says`, async () => {
    const example = examples.get(name) ?? '';
    assert.match(example, /\/\/ → /, 'it shows a result');
    const file = pathToFileURL(path.join(dir, `${name}.ts`)).href;
    await ((await import(file)) as { run(): Promise<void> }).run();
  });
}
