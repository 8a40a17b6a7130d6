/**
 * Pages over things that are numbered from 0 and only ever appended to: blocks, statements,
 * revisions. A cursor holds a position, the direction to read in and what it belongs to, so that a
 * page stays where it is while the list grows.
 */
import { fromBase64url, fromUtf8, toBase64url, toHex, utf8 } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { refuse } from './refusal.ts';
import { PAGE_ITEMS_DEFAULT, type Page } from './schema/values.ts';

const CURSOR_VERSION = 1;
/** Enough of a hash to notice a cursor of another method or filter. */
const SCOPE_DIGITS = 8;

export type Order = 'asc' | 'desc';

export interface PageRequest<T> {
  /** The method and its filters; a cursor of another scope is refused. */
  readonly scope: readonly string[];
  readonly cursor: string | undefined;
  readonly limit: number | undefined;
  readonly order: Order;
  /** How many there are now. */
  readonly count: number;
  /** Items `from` (included) to `to`, in ascending order. */
  read(from: number, to: number): readonly T[];
}

/** `back`: the page that ends just before position `at`, in reading order. */
interface Position {
  readonly at: number;
  readonly back: boolean;
}

export function page<T>(request: PageRequest<T>): Page<T> {
  const { order, count } = request;
  const limit = request.limit ?? PAGE_ITEMS_DEFAULT;
  const scope = scopeOf([...request.scope, order]);
  const first = order === 'asc' ? 0 : count - 1;
  const start =
    request.cursor === undefined ? { at: first, back: false } : readCursor(request.cursor, scope);
  const [from, to] = window(start, order, limit, count);
  const items = [...request.read(from, to)];
  if (order === 'desc') items.reverse();
  const older = from > 0 ? { at: order === 'asc' ? from : from - 1, back: order === 'asc' } : null;
  const newer = to < count ? { at: order === 'asc' ? to : to - 1, back: order === 'desc' } : null;
  const [next, previous] = order === 'asc' ? [newer, older] : [older, newer];
  return {
    items,
    nextCursor: next && writeCursor(next, scope),
    prevCursor: previous && writeCursor(previous, scope),
    limit,
  };
}

/** The positions of a page, as an ascending half-open range within what there is. */
function window(start: Position, order: Order, limit: number, count: number): [number, number] {
  const { at, back } = start;
  const range: [number, number] =
    order === 'asc'
      ? back
        ? [at - limit, at]
        : [at, at + limit]
      : back
        ? [at + 1, at + 1 + limit]
        : [at + 1 - limit, at + 1];
  const clamp = (position: number): number => Math.min(Math.max(position, 0), count);
  return [clamp(range[0]), clamp(range[1])];
}

function scopeOf(parts: readonly string[]): string {
  return toHex(sha256(utf8(JSON.stringify(parts)))).slice(0, SCOPE_DIGITS);
}

function writeCursor({ at, back }: Position, scope: string): string {
  return toBase64url(utf8(JSON.stringify([CURSOR_VERSION, scope, at, back ? 1 : 0])));
}

function readCursor(cursor: string, scope: string): Position {
  const text = fromUtf8(fromBase64url(cursor) ?? new Uint8Array(0));
  const [version, ofScope, at, back] = parseArray(text ?? '');
  const known = version === CURSOR_VERSION && (back === 0 || back === 1);
  if (!known || typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) {
    refuse('INVALID_PARAMS', { message: 'this is no cursor of ours', field: 'cursor' });
  }
  if (ofScope !== scope) {
    refuse('INVALID_PARAMS', {
      code: 'CURSOR_MISMATCH',
      message: 'the cursor belongs to another method or filter',
      field: 'cursor',
    });
  }
  return { at, back: back === 1 };
}

function parseArray(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
