/**
 * `npm run build:explorer [FOLDER]`: the page that nodes serve, by default in dist/web: scripts and
 * styles by the hash of their content, and beside them `verify.html` and `ztc-verify.mjs` to take
 * away. The same sources give the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { buildVerifiers } from '../verify/build.ts';
import { SITE_FOLDER } from './site.ts';

/** Builds beside `folder` and puts it there when all is well. */
export async function buildSite(folder: string): Promise<void> {
  const verifiers = await buildVerifiers();
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    await buildPage(fresh, verifiers);
    for (const [name, text] of verifiers) writeFileSync(path.join(fresh, name), text);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}

async function buildPage(folder: string, verifiers: ReadonlyMap<string, string>): Promise<void> {
  const verifyPage = verifiers.get('verify.html') ?? '';
  const verifyHash = createHash('sha256').update(verifyPage).digest('hex');
  await build({
    root: path.join(import.meta.dirname, 'app'),
    base: './',
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    define: { VERIFY_PAGE_SHA256: JSON.stringify(verifyHash) },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    worker: { format: 'es' },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}

if (process.argv[1] === import.meta.filename) {
  const folder = path.resolve(process.argv[2] ?? SITE_FOLDER);
  await buildSite(folder);
  process.stderr.write(`ztc: built the explorer in ${folder}\n`);
}
