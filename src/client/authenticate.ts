/**
 * Asking for an asset or a record and believing only what is proven. The node's own verdict is not
 * even read: the verdict is computed here, from proven statements.
 */
import { fromBase64url } from '../common/bytes.ts';
import {
  type AssetAnswer,
  authenticateFromProof,
  recordFromProof,
  wordKeys,
  wordsFromProof,
} from '../ledger/authenticate.ts';
import { assetToText } from '../ledger/primitives.ts';
import { type ReceiptSubject, SUBJECT } from '../ledger/receipt.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { Revision } from '../ledger/state-values.ts';
import { invalidity } from '../ledger/verdict.ts';
import { atLeast, fresh, stateOf, unproven } from './asking.ts';
import { resolvedHeight } from './at.ts';
import type { Client } from './client.ts';
import { ProofError, RpcError } from './errors.ts';
import { askHistory } from './history.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';
import { askEntries } from './state.ts';

/** Something that was proven, and by what. */
export interface Proven<T> extends ReadProof {
  readonly answer: T;
  readonly subject: ReceiptSubject;
}

/** Whose word is asked for; where one of them decides, nobody else's plays a part. */
export interface AskedWords {
  readonly publisher?: string | undefined;
  readonly pinned?: readonly string[] | undefined;
  readonly anyPublisher?: boolean | undefined;
}

export interface ProvenAsset extends ReadProof {
  readonly answer: AssetAnswer;
  /** Undefined: there are more statements than an answer holds; those asked for are there. */
  readonly subject: ReceiptSubject | undefined;
}

/**
 * Everything said about an asset; where that is more than an answer holds, what those say who are
 * asked: whoever states something on it again and again keeps nobody else from being heard.
 *
 * @throws TransportError, RpcError, ProofError, ZtcError STALE
 */
export async function askAbout(
  client: Client,
  asset: Uint8Array,
  { publisher, pinned = [], anyPublisher = false }: AskedWords,
  context: ProofContext,
): Promise<ProvenAsset> {
  try {
    return await askAsset(client, asset, context);
  } catch (error) {
    const isTooMuch = error instanceof RpcError && TOO_MUCH.has(error.code);
    const ids = publisher === undefined ? [...pinned] : [publisher];
    if (!isTooMuch || ids.length === 0 || (anyPublisher && publisher === undefined)) throw error;
    const found = await askWords(client, asset, ids, context);
    const { statements, publishers } = found.answer;
    const isInvalid = statements.some((statement) => {
      const by = publishers.get(statement.publisher);
      return by === undefined || invalidity(statement, by.publisher) !== null;
    });
    // Then an earlier one may count; and where nobody who is pinned says anything, all others do.
    if (isInvalid || (publisher === undefined && statements.length === 0)) throw error;
    return found;
  }
}

const TOO_MUCH: ReadonlySet<string> = new Set(['TOO_MANY_STATEMENTS', 'RESPONSE_TOO_LARGE']);

/** What these publishers say about it now; of nobody else than that there are others. */
async function askWords(
  client: Client,
  asset: Uint8Array,
  ids: readonly string[],
  context: ProofContext,
): Promise<ProvenAsset> {
  const shown = await askEntries(client, wordKeys(asset, ids), context);
  const url = client.transport.urls[0] ?? '';
  const answer = wordsFromProof(shown.view, asset, ids);
  if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
  const { statements, count } = answer.value;
  if (statements.length > 0 || count === 0) {
    return { ...shown, answer: answer.value, subject: undefined };
  }
  // That there are others is a statement by another one.
  const at = { ...context, at: resolvedHeight(shown.view.height) };
  const { answer: latest } = await askHistory(client, asset, 1, at);
  return { ...shown, answer: latest, subject: undefined };
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
  const key = stateKey.assetStatement(asset, publisher);
  return (await client.call('state_get', { key, ...atLeast(minHeight) })).value !== null;
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
