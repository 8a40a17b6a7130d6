/**
 * `npm run build:verify [FOLDER]`: writes `ztc-verify.mjs` and `verify.html` (by default to dist/),
 * each a single file that needs nothing else. The same sources give the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const HERE = import.meta.dirname;

/** No condition `node`: both take the portable platform, without native code. */
async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const built = await build({
    entryPoints: [path.join(HERE, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'inline',
    conditions: ['browser', 'import', 'default'],
    mainFields: ['browser', 'module', 'main'],
    logLevel: 'warning',
    ...options,
  });
  return built.outputFiles?.[0]?.text ?? '';
}

/** The two files, by name. */
export async function buildVerifiers(): Promise<ReadonlyMap<string, string>> {
  const tool = await bundle('main.ts', {
    platform: 'neutral',
    external: ['node:*'],
    banner: { js: '#!/usr/bin/env node' },
  });
  const script = await bundle('page.ts', { platform: 'browser', minify: true, format: 'iife' });
  const safe = script.replaceAll('</script', '<\\/script');
  const hash = createHash('sha256').update(safe).digest('base64');
  const page = (await readFile(path.join(HERE, 'page.html'), 'utf8'))
    .replace('SCRIPT_HASH', `sha256-${hash}`)
    .replace('SCRIPT', () => safe);
  return new Map([
    ['ztc-verify.mjs', tool],
    ['verify.html', page],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? 'dist';
  await mkdir(folder, { recursive: true });
  for (const [name, text] of await buildVerifiers()) {
    await writeFile(path.join(folder, name), text);
    process.stdout.write(`wrote ${path.join(folder, name)}, ${text.length} bytes\n`);
  }
}
