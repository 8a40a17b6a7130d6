/** Which member's node stands behind a block, by its own node key. */
import { equalBytes, fromBase64url, fromHex } from '../common/bytes.ts';
import { publicKeyFromText, verify } from '../common/signature.ts';
import { verifyAttestation } from '../ledger/attestation.ts';
import type { ProvenHead } from '../ledger/finality.ts';
import { readKey } from '../ledger/proven-value.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { activeMembersSchema, keyOwnerSchema, memberStateSchema } from '../ledger/state-values.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import type { ProofContext } from './proof.ts';
import { askEntries } from './state.ts';
import { hashText } from './views.ts';

const NONCE_BYTES = 32;

/**
 * The member whose node, asked now, signs that `head` is final there; undefined: it is no active
 * member's node. Members and their keys are those of the newest proven state.
 *
 * @param client asks one node only
 * @throws ProofError, TransportError, RpcError, StaleError
 */
export async function askWitness(
  client: Client,
  head: ProvenHead,
  context: ProofContext,
): Promise<string | undefined> {
  const nodeKey = await askNodeKey(client, head, context.validators.chain);
  const ownerKey = stateKey.keyOwner(nodeKey);
  const owner = readKey(
    (await askEntries(client, [ownerKey], context)).view,
    ownerKey,
    keyOwnerSchema,
  );
  const id = owner.ok ? owner.value?.member : undefined;
  if (id == null) return undefined;
  const keys = [stateKey.member(id), stateKey.activeMembers];
  const { view } = await askEntries(client, keys, context);
  const member = readKey(view, stateKey.member(id), memberStateSchema);
  const active = readKey(view, stateKey.activeMembers, activeMembersSchema);
  const isIts =
    member.ok && member.value !== null && equalBytes(member.value.member.nodeKey, nodeKey);
  return isIts && active.ok && active.value?.includes(id) === true ? id : undefined;
}

/** The key by which the node signed. */
async function askNodeKey(
  client: Client,
  { height, hash }: ProvenHead,
  chain: Uint8Array,
): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const { result, url } = await client.ask('node_attest', { nonce: hashText(nonce), height });
  const said = fromHex(result.hash.replace(/^0x/, ''));
  const key = publicKeyFromText(result.nodeKey);
  const signature = fromBase64url(result.signature);
  if (said === undefined || !equalBytes(said, hash)) {
    throw new ProofError('PROOF_ATTESTATION', url, `it has another block ${height} than it proved`);
  }
  const attested = { nonce, height, hash };
  const isGood =
    key.ok &&
    signature !== undefined &&
    verifyAttestation(chain, attested, { nodeKey: key.value, signature }, verify);
  if (isGood) return key.value;
  throw new ProofError('PROOF_ATTESTATION', url, 'it did not sign with its node key');
}
