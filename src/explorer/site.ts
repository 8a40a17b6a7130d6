/** The explorer as a node serves it: the files that `npm run build:explorer` made, read once. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** What `build.ts` writes; bin/run.mjs and bin/ztc see to it that it is there and up to date. */
export const SITE_FOLDER = path.resolve(import.meta.dirname, '../../dist/web');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface SiteFile {
  readonly type: string;
  readonly body: Buffer;
  readonly gzip: Buffer | undefined;
  readonly etag: string;
  readonly immutable: boolean;
  readonly download: boolean;
}

/** By path. A node without a built explorer works, and says on its page how to get one. */
export function readSite(folder = SITE_FOLDER): ReadonlyMap<string, SiteFile> {
  const site = new Map<string, SiteFile>();
  for (const name of filesOf(folder)) {
    const body = readFileSync(path.join(folder, name));
    site.set(name === 'index.html' ? '/' : `/${name}`, siteFile(name, body));
  }
  if (!site.has('/')) site.set('/', siteFile('index.html', Buffer.from(NOT_BUILT)));
  return site;
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>ztc</title>
<p>The explorer has not been built here: <code>npm run build:explorer</code>, then start the node
again. The RPC works without it.</p></html>
`;

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && path.extname(entry.name) in TYPES)
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .map((name) => name.split(path.sep).join('/'));
  } catch {
    return [];
  }
}

function siteFile(name: string, body: Buffer): SiteFile {
  const gzip = gzipSync(body, { level: 9 });
  return {
    type: TYPES[path.extname(name)] ?? 'application/octet-stream',
    body,
    gzip: gzip.length < body.length ? gzip : undefined,
    etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
    immutable: name.startsWith('assets/'),
    download: !name.startsWith('assets/') && name !== 'index.html',
  };
}
