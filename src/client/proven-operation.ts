/**
 * What the feed says of an operation, proven: that a transaction with it is in a final block, was
 * applied, and who signed it.
 */
import { fromBase64url, toHex } from '../common/bytes.ts';
import { verify } from '../common/signature.ts';
import { verifyTransaction } from '../ledger/inclusion.ts';
import type { Operation } from '../ledger/operations.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import type { ProofContext, ReadProof } from './proof.ts';
import { askEntries } from './state.ts';
import { hashText } from './views.ts';

/** Where a node says that an operation was done. */
export interface ClaimedPlace {
  readonly height: number;
  /** `0x…` */
  readonly transaction: string;
  /** Position in the transaction. */
  readonly operation: number;
}

export interface ProvenOperation extends Pick<ReadProof, 'view'> {
  /** `acme`, `recovery:acme`, `member:ada`, … */
  readonly sender: string;
  /** The first of the keys that signed. */
  readonly key: Uint8Array;
  readonly operation: Operation;
  readonly height: number;
  /** Ledger time of the block in ms. */
  readonly time: number;
  readonly transaction: Uint8Array;
  readonly position: number;
}

/**
 * @throws ProofError where it is not so, or can't be shown; TransportError, RpcError, StaleError
 */
export async function proveOperation(
  client: Client,
  place: ClaimedPlace,
  context: ProofContext,
): Promise<ProvenOperation> {
  // The result of a block stands in the next header: a proof of its state is under that one.
  const minHeight = Math.max(context.minHeight, place.height);
  const { view } = await askEntries(client, [stateKey.activeMembers], { ...context, minHeight });
  const params = { hash: place.transaction, under: view.header.height };
  const { result, url } = await client.ask('tx_get', params);
  const bytes = result?.proof === undefined ? undefined : fromBase64url(result.proof);
  if (bytes === undefined) {
    throw new ProofError(
      'PROOF_TRANSACTION',
      url,
      `the transaction ${place.transaction} is not shown`,
    );
  }
  const shown = verifyTransaction({ final: view.header, bytes, verify });
  if (!shown.ok) throw new ProofError(shown.code, url, shown.message);
  const { received, header, code } = shown.value;
  const { sender, operations, signatures } = received.transaction;
  const operation = operations[place.operation];
  const key = signatures[0]?.key;
  const isThere = hashText(received.id) === place.transaction && header.height === place.height;
  if (!isThere || code !== '' || operation === undefined || key === undefined) {
    const what = `block ${place.height} did not apply operation ${place.operation} of it`;
    throw new ProofError('PROOF_TRANSACTION', url, `${toHex(received.id)}: ${what}`);
  }
  const { height, time } = header;
  const at = { height, time, transaction: received.id, position: place.operation };
  return { sender, key, operation, ...at, view };
}
