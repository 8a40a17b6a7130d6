/** Asking for raw state and believing only what is proven: many entries, and runs of lists. */
import { fromBase64url, fromHex } from '../common/bytes.ts';
import { type ListPart, listPartFromProof } from '../ledger/proven-value.ts';
import { fresh, stateOf, unproven } from './asking.ts';
import type { Client } from './client.ts';
import { ProofError, RpcError } from './errors.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';

/** Of one answer, as nodes publish it. */
export const STATE_KEYS_MAX = 100;
export const LIST_ITEMS_MAX = 100;

/**
 * Entries of the state, present or absent, under one proof.
 *
 * @throws TransportError, RpcError, ProofError, ZtcError STALE
 */
export function askEntries(
  client: Client,
  keys: readonly string[],
  context: ProofContext,
): Promise<ReadProof> {
  return fresh(client, async () => {
    const params = { keys: [...keys], prove: true, ...stateOf(context) };
    const { result, url } = await client.ask('state_getMany', params);
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof, context);
    const missing = keys.find((key) => read.view.get(key) === undefined);
    if (missing === undefined) return read;
    throw new ProofError('PROOF_INCOMPLETE', url, `the key ${missing} is not shown`);
  });
}

/**
 * The values at any number of keys as of one height, in their order; null: proven to be absent.
 * Large values come in smaller answers. Throws as `askEntries`.
 */
export async function askValues(
  client: Client,
  keys: readonly string[],
  context: ProofContext,
): Promise<(Uint8Array | null)[]> {
  const values: (Uint8Array | null)[] = [];
  let size = STATE_KEYS_MAX;
  while (values.length < keys.length) {
    const part = keys.slice(values.length, values.length + size);
    try {
      const { view } = await askEntries(client, part, context);
      values.push(...part.map((key) => view.get(key) as Uint8Array | null));
    } catch (error) {
      const isTooLarge = error instanceof RpcError && error.code === 'RESPONSE_TOO_LARGE';
      if (!isTooLarge || part.length === 1) throw error;
      size = Math.ceil(part.length / 2);
    }
  }
  return values;
}

/** A run of a list, and how long the list is. */
export interface ProvenList extends ReadProof, ListPart {
  readonly count: number;
}

/**
 * Items of the authenticated list at `key`, from position `from` on, or the latest ones; at most
 * `limit`, and fewer where the list ends or they are large. Throws as `askEntries`.
 */
export function askList(
  client: Client,
  { key, from, limit }: { readonly key: string; readonly from?: number; readonly limit: number },
  context: ProofContext,
): Promise<ProvenList> {
  return fresh(client, async () => {
    const which = { key, limit, ...(from !== undefined && { from }) };
    const params = { ...which, prove: true, ...stateOf(context) };
    const { result, url } = await client.ask('state_list', params);
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof.state, context);
    const items = result.items.map((item) => fromBase64url(item));
    const path = result.proof.path.map((hash) => fromHex(hash.replace(/^0x/, '')));
    if (items.includes(undefined) || path.includes(undefined)) {
      throw new ProofError('PROOF_LIST', url, 'an item or a hash is none');
    }
    const part = {
      from: result.from,
      items: items as Uint8Array[],
      path: path as Uint8Array[],
    };
    const count = listPartFromProof(read.view, key, part);
    if (!count.ok) throw new ProofError(count.code, url, count.message);
    checkRun(url, { ...part, count: count.value }, from, limit);
    return { ...part, ...read, count: count.value };
  });
}

/** Those that were asked for, and at least one where there is one. */
function checkRun(
  url: string,
  part: ListPart & { readonly count: number },
  from: number | undefined,
  limit: number,
): void {
  const { items, count } = part;
  const end = part.from + items.length;
  const isAsked = from === undefined ? end === count : part.from === from;
  const isEmpty = items.length === 0 && part.from < count;
  if (isAsked && !isEmpty && items.length <= limit) return;
  const given = `${part.from} to ${end} of ${count}`;
  throw new ProofError('PROOF_LIST', url, `the items ${given} are not those that were asked for`);
}

/** All items of a list, page by page, as of one height. Throws as `askEntries` */
export async function askWholeList(
  client: Client,
  key: string,
  context: ProofContext,
  first = 0,
): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for (;;) {
    const from = first + items.length;
    const page = await askList(client, { key, from, limit: LIST_ITEMS_MAX }, context);
    items.push(...page.items);
    if (page.from + page.items.length >= page.count) return items;
  }
}
