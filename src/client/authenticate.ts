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
import { wordFromProof } from '../ledger/word.ts';
import { atLeast, fresh, stateOf, unproven } from './asking.ts';
import { resolvedHeight } from './at.ts';
import type { Client } from './client.ts';
import { ProofError, RpcError } from './errors.ts';
import { readPart } from './history.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';

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
  /** Undefined: words of several publishers, of which there is no receipt in one. */
  readonly subject: ReceiptSubject | undefined;
}

/**
 * What is said about an asset, as far as it plays a part: of a publisher asked for by name its word
 * alone; else everything, or, where that is more than an answer holds, the words of those pinned.
 * Whoever states something on it again and again keeps nobody else from being heard.
 *
 * @throws TransportError, RpcError, ProofError, ZtcError STALE
 */
export async function askAbout(
  client: Client,
  asset: Uint8Array,
  { publisher, pinned = [], anyPublisher = false }: AskedWords,
  context: ProofContext,
): Promise<ProvenAsset> {
  if (publisher !== undefined) return askAlone(client, asset, publisher, context);
  try {
    return await askAsset(client, asset, context);
  } catch (error) {
    if (!isTooMuch(error) || pinned.length === 0 || anyPublisher) throw error;
    const found = await askWords(client, asset, pinned, context);
    // Where nobody who is pinned says anything, all others do.
    if (found.answer.statements.length === 0) throw error;
    return found;
  }
}

const TOO_MUCH: ReadonlySet<string> = new Set(['TOO_MANY_STATEMENTS', 'RESPONSE_TOO_LARGE']);

function isTooMuch(error: unknown): boolean {
  return error instanceof RpcError && TOO_MUCH.has(error.code);
}

/**
 * One publisher's word. Where its current statement is by a stolen key, and it stated more than an
 * answer holds since the one that counts, what all said about the asset shows that instead.
 * Throws as `askAsset`.
 */
export async function askAlone(
  client: Client,
  asset: Uint8Array,
  publisher: string,
  context: ProofContext,
): Promise<Proven<AssetAnswer>> {
  try {
    return await askWord(client, asset, publisher, context);
  } catch (error) {
    if (!isTooMuch(error)) throw error;
    return askAsset(client, asset, context);
  }
}

/** The words of these publishers as of one height; of one alone with what a receipt is about. */
async function askWords(
  client: Client,
  asset: Uint8Array,
  ids: readonly string[],
  context: ProofContext,
): Promise<ProvenAsset> {
  const [first, ...others] = [...new Set(ids)] as [string, ...string[]];
  const one = await askWord(client, asset, first, context);
  if (others.length === 0) return one;
  const at = { ...context, at: resolvedHeight(one.view.height) };
  const words = [one.answer];
  for (const id of others) words.push((await askWord(client, asset, id, at)).answer);
  const statements = words.flatMap((word) => word.statements);
  const publishers = new Map(words.flatMap((word) => [...word.publishers]));
  return { ...one, answer: { statements, publishers }, subject: undefined };
}

/** What one publisher says about an asset, and nobody else. Throws as `askAsset`. */
function askWord(
  client: Client,
  asset: Uint8Array,
  publisher: string,
  context: ProofContext,
): Promise<Proven<AssetAnswer>> {
  return fresh(client, async () => {
    const params = { digest: assetToText(asset), publisher, prove: true, ...stateOf(context) };
    const { result, url } = await client.ask('asset_authenticate', params);
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof.state, context);
    const { acts: given } = result.proof;
    const acts = given === undefined ? null : readPart(url, given);
    const subject = { kind: SUBJECT.WORD, asset, publisher, acts };
    const answer = wordFromProof(read.view, subject);
    if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
    return { answer: answer.value, subject, ...read };
  });
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
