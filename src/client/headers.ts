/** Final headers, and that the history of one is the beginning of another's. */
import { fromJson } from '../common/codec/index.ts';
import { verify } from '../common/signature.ts';
import {
  certifiedHeader,
  type FinalHeader,
  type FinalHeaderProof,
  finalHeaderSchema,
  verifyFinalHeader,
} from '../ledger/finality.ts';
import { verifyConsistency } from '../ledger/merkle/rfc6962.ts';
import { fresh } from './asking.ts';
import type { Client } from './client.ts';
import { ProofError, StaleError, TransportError } from './errors.ts';
import type { KnownValidators } from './known-validators.ts';
import { hashFromText } from './views.ts';

export interface ProvenHeader extends FinalHeader {
  readonly proof: FinalHeaderProof;
}

/** That a block is final, however old it is. @throws ProofError, StaleError; as `Client.ask` */
export async function askHeader(
  client: Client,
  height: number,
  validators: KnownValidators,
): Promise<ProvenHeader> {
  const { result, url } = await client.ask('chain_getHeaderProof', { height });
  if (result === null) {
    throw new StaleError(`${url} proves no block ${height}`, 'ask another node, or later');
  }
  const read = fromJson(finalHeaderSchema, result.proof);
  if (!read.ok) throw new ProofError('PROOF_HEADER', url, read.message);
  const { version: _, ...proof } = read.value;
  const { trust } = await validators.of(client, certifiedHeader(proof));
  const final = verifyFinalHeader({ trust, proof, verify });
  if (!final.ok) throw new ProofError(final.code, url, final.message);
  if (final.value.header.height === height) return { ...final.value, proof };
  throw new ProofError('PROOF_HEIGHT', url, `it proves another block than ${height}`);
}

/** Two final blocks of which the later one's history begins with the earlier one's. */
export interface Consistent {
  readonly from: ProvenHeader;
  readonly to: ProvenHeader;
}

/**
 * That the blocks before height `from` are the first ones before height `to`: nothing that was
 * final then was taken back or put in since. Throws as `askHeader`.
 */
export function askConsistency(
  client: Client,
  { from: older, to: newer }: { readonly from: number; readonly to: number },
  validators: KnownValidators,
): Promise<Consistent> {
  return fresh(client, async () => {
    const from = await askHeader(client, older, validators);
    const to = await askHeader(client, newer, validators);
    const { result, url } = await client.ask('chain_getConsistency', { from: older, to: newer });
    const path = result?.path.map(hashFromText);
    if (path === undefined || path.includes(undefined)) {
      throw new TransportError('BAD_ANSWER', url, `${url} gives no consistency proof`);
    }
    const roots = [from.header.historyRoot, to.header.historyRoot] as const;
    const isPrefix = verifyConsistency(older, roots[0], newer, roots[1], path as Uint8Array[]);
    if (isPrefix) return { from, to };
    const message = `the history of block ${older} is not the beginning of that of block ${newer}`;
    throw new ProofError('PROOF_HISTORY', url, message);
  });
}
