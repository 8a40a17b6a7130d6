/** The files of the explorer, from memory: what a node serves can't change under its feet. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface SiteFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** The same, compressed; undefined where that saves nothing. */
  readonly gzip: Uint8Array | undefined;
  /** Of these bytes, in quotes as HTTP wants it. */
  readonly etag: string;
  /** Its name holds a hash of its content, so it may be kept for good. */
  readonly immutable: boolean;
  /** To be saved and opened from disk, never run here. */
  readonly download: boolean;
}

/** By path: `/` is the page. */
export type Site = ReadonlyMap<string, SiteFile>;

/** The page's scripts, styles and data come from this node and from nowhere else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

export function routeSite(app: FastifyInstance, site: Site): void {
  for (const [path, file] of site) {
    app.get(path, async (request, reply) => sendFile(request, reply, file));
  }
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: SiteFile): FastifyReply {
  const { type, body, gzip, etag, immutable, download } = file;
  reply.header('etag', etag).header('vary', 'accept-encoding').type(type);
  const forGood = `public, max-age=${YEAR_SECONDS}, immutable`;
  reply.header('cache-control', immutable ? forGood : 'no-cache');
  if (download) reply.header('content-disposition', 'attachment');
  else reply.header('content-security-policy', PAGE_POLICY);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (gzip === undefined || !takesGzip) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
