/**
 * Asking for an asset or a record and believing only what is proven. The node's own verdict is not
 * even read: the verdict is computed here, from proven statements.
 */
import { fromBase64url } from '../common/bytes.ts';
import {
  type AssetAnswer,
  authenticateFromProof,
  recordFromProof,
} from '../ledger/authenticate.ts';
import { assetToText } from '../ledger/primitives.ts';
import { type ReceiptSubject, SUBJECT } from '../ledger/receipt.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { Revision } from '../ledger/state-values.ts';
import { atLeast, fresh, stateOf, unproven } from './asking.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';

/** Something that was proven, and by what. */
export interface Proven<T> extends ReadProof {
  readonly answer: T;
  readonly subject: ReceiptSubject;
}

/** Everything said about an asset. @throws TransportError, RpcError, ProofError, ZtcError STALE */
export function askAsset(
  client: Client,
  asset: Uint8Array,
  context: ProofContext,
): Promise<Proven<AssetAnswer>> {
  return fresh(client, async () => {
    const params = { digest: assetToText(asset), prove: true, ...stateOf(context) };
    const { result, url } = await client.ask('asset_authenticate', params);
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof.state, context);
    const given = result.proof.items.map((item) => fromBase64url(item));
    if (given.includes(undefined))
      throw new ProofError('PROOF_LIST', url, 'an item is no base64url');
    const items = given as Uint8Array[];
    const answer = authenticateFromProof({ view: read.view, asset, items });
    if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
    const subject = { kind: SUBJECT.ASSET, asset, statements: items };
    return { answer: answer.value, subject, ...read };
  });
}

/**
 * Whether the node knows of a statement by this publisher: its word only, and cheap. Who gets a yes
 * asks for the proof; a false no costs a needless statement, nothing else.
 */
export async function hasStated(
  client: Client,
  asset: Uint8Array,
  publisher: string,
  minHeight: number,
): Promise<boolean> {
  const params = { digest: assetToText(asset), ...atLeast(minHeight) };
  const { statements } = await client.call('asset_authenticate', params);
  return statements.some((statement) => statement.publisher === publisher);
}

/** The current revision of a record; null: it is proven to be absent. Throws as `askAsset`. */
export function askRecord(
  client: Client,
  record: { readonly namespace: string; readonly key: string },
  context: ProofContext,
): Promise<Proven<Revision | null>> {
  return fresh(client, async () => {
    const key = stateKey.record(record.namespace, record.key);
    const { result, url } = await client.ask('state_get', {
      key,
      prove: true,
      ...stateOf(context),
    });
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof, context);
    const answer = recordFromProof({ view: read.view, ...record });
    if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
    return { answer: answer.value, subject: { kind: SUBJECT.RECORD, ...record }, ...read };
  });
}
