/**
 * Answers as of an earlier height or time. A time means the last block not after it: the node names
 * one, and what proves the answer proves that too, since the next header, which carries the state
 * after that block, is its child and later than the time.
 */

import { equalBytes, fromBase64url } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import { blockHash, type Header } from '../ledger/block.ts';
import { readAnyHeader } from '../ledger/finality.ts';
import type { ProvenView } from '../ledger/proven-state.ts';
import { timeText } from '../ledger/text.ts';
import type { Client } from './client.ts';
import { ProofError, StaleError, TransportError } from './errors.ts';

/** A point of the past, as asked for. */
export type AskedAt = { readonly height: number } | { readonly time: number };

/** A height to ask for; undefined: the newest. */
export interface ResolvedAt {
  readonly height: number | undefined;
  /** @throws ProofError where the proven view is not of that point */
  check(url: string, view: ProvenView): void;
}

export const NOW: ResolvedAt = { height: undefined, check: () => undefined };

/** @throws TransportError, RpcError, ZtcError BEFORE_GENESIS */
export async function resolveAt(client: Client, at: AskedAt | undefined): Promise<ResolvedAt> {
  if (at === undefined) return NOW;
  if ('height' in at) return resolvedHeight(at.height);
  const time = timeText(at.time);
  const { result, url } = await client.ask('chain_getHeaderAt', { time });
  if (result === null) {
    throw new ZtcError('BEFORE_GENESIS', `the chain began after ${time}`);
  }
  const bytes = fromBase64url(result.header);
  const header = bytes && readAnyHeader(bytes);
  if (bytes === undefined || !header?.ok) {
    throw new TransportError('BAD_ANSWER', url, `${url} names no header of the chain`);
  }
  // The newest block has no child yet: what is proven then is at most one block older.
  if (result.isNewest) return { height: undefined, check: checkNewest(at.time) };
  return {
    height: header.value.height,
    check: checkTime(header.value, blockHash(header.value.chain, bytes), at.time),
  };
}

/** The state after this block. */
export function resolvedHeight(height: number): ResolvedAt {
  return { height, check: checkHeight(height) };
}

function checkHeight(height: number) {
  return (url: string, view: ProvenView): void => {
    if (view.height !== height) {
      throw new ProofError('PROOF_HEIGHT', url, `it is as of height ${view.height}, not ${height}`);
    }
  };
}

function checkNewest(time: number) {
  return (url: string, view: ProvenView): void => {
    if (view.header.time <= time) return;
    const hint = 'the chain went on meanwhile, or the node lies: ask again, or another one';
    throw new StaleError(`${url} has later blocks than it said`, hint);
  };
}

function checkTime(header: Header, hash: Uint8Array, time: number) {
  return (url: string, view: ProvenView): void => {
    checkHeight(header.height)(url, view);
    const isLast = equalBytes(view.header.parent, hash) && header.time <= time;
    if (isLast && view.header.time > time) return;
    throw new ProofError('PROOF_HEIGHT', url, `block ${header.height} is not the last one then`);
  };
}
