/**
 * What changed in the state between two heights below a key prefix: both values of each key are
 * proven, and so is that no key is missing, since what has keys has an authenticated list of them.
 * Keys are never removed, so the list at the later height names them all.
 */
import { equalBytes, fromUtf8 } from '../common/bytes.ts';
import { decode } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { NAMESPACE_PATTERN } from '../ledger/operations.ts';
import { ID_PATTERN } from '../ledger/primitives.ts';
import { STATE_VALUE_BYTES_MAX } from '../ledger/proven-state.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { revisionSchema } from '../ledger/state-values.ts';
import { type AskedAt, resolveAt, resolvedHeight } from './at.ts';
import type { Client } from './client.ts';
import type { ProofContext, ReadProof } from './proof.ts';
import { askEntries, askList, askValues, LIST_ITEMS_MAX } from './state.ts';

/** A key whose value is another one at the later height; null: it was not there. */
export interface EntryChange {
  readonly key: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/** An item that a list got between the heights. */
export interface ItemChange {
  readonly key: string;
  /** From 0 on. */
  readonly position: number;
  readonly item: Uint8Array;
}

export type StateChange = EntryChange | ItemChange;

/** What a prefix stands for. */
export type DiffScope =
  /** Entries, whose ids or keys the list at `names` holds. */
  | { readonly kind: 'entries'; readonly names: string; keyOf(name: string): string }
  /** A fixed handful of entries. */
  | { readonly kind: 'fixed'; readonly keys: readonly string[] }
  /** One authenticated list. */
  | { readonly kind: 'list'; readonly key: string };

/** The prefixes that can be compared. */
export const DIFF_PREFIXES = [
  'record/NAMESPACE/[KEY…]',
  'publisher/[ID…]',
  'member/[ID…]',
  'chain/[…]',
  'publisher-acts/ID',
  'asset/sha256:HEX',
  'revisions/NAMESPACE/KEY',
] as const;

/** @throws ZtcError USAGE where the state has no list by which an answer is complete */
export function diffScope(prefix: string): DiffScope {
  const [, family = '', rest = ''] = /^([a-z-]+)\/(.*)$/s.exec(prefix) ?? [];
  const [, namespace = '', key] = /^([^/]+\/[^/]+)(?:\/(.*))?$/s.exec(rest) ?? [];
  const isNamespace = NAMESPACE_PATTERN.test(namespace);
  switch (family) {
    case 'record':
      if (!isNamespace) break;
      return {
        kind: 'entries',
        names: stateKey.namespaceKeys(namespace),
        keyOf: (name) => stateKey.record(namespace, name),
      };
    case 'publisher':
      return { kind: 'entries', names: stateKey.publishers, keyOf: stateKey.publisher };
    case 'member':
      return { kind: 'entries', names: stateKey.members, keyOf: stateKey.member };
    case 'chain': {
      const { parameters, epoch, activeMembers } = stateKey;
      return { kind: 'fixed', keys: [parameters, epoch, activeMembers] };
    }
    case 'publisher-acts':
      if (ID_PATTERN.test(rest)) return { kind: 'list', key: prefix };
      break;
    case 'asset':
      if (/^sha256:[0-9a-f]{64}$/.test(rest)) return { kind: 'list', key: prefix };
      break;
    case 'revisions':
      if (isNamespace && key) return { kind: 'list', key: prefix };
      break;
    default:
  }
  throw new ZtcError('USAGE', `${prefix} is no prefix whose keys can be proven to be all`, {
    hint: `one of: ${DIFF_PREFIXES.join(', ')}`,
  });
}

/** Two proven points, and what changed between them. */
export interface StateDiff {
  readonly from: ReadProof;
  readonly to: ReadProof;
  /** How many keys, or items of the list, were looked at. */
  compared(): number;
  /** In the order of first appearance, read as they are taken. Throws as `askEntries`. */
  readonly changes: AsyncIterable<StateChange>;
}

export interface DiffOptions {
  readonly prefix: string;
  readonly from: AskedAt;
  /** The newest if left out. */
  readonly to?: AskedAt | undefined;
}

/** @throws ZtcError USAGE; as `askEntries` */
export async function diffState(
  client: Client,
  { prefix, from, to }: DiffOptions,
  context: ProofContext,
): Promise<StateDiff> {
  const scope = diffScope(prefix);
  const [earlier, later] = [
    await pointAt(client, from, context),
    await pointAt(client, to, context),
  ];
  if (earlier.view.height > later.view.height) {
    const heights = `${earlier.view.height} and ${later.view.height}`;
    throw new ZtcError('USAGE', `the first height is above the second one: ${heights}`);
  }
  const counted = { keys: 0 };
  const at = (point: ReadProof): ProofContext => ({
    ...context,
    at: resolvedHeight(point.view.height),
  });
  const asked: Asked = { client, prefix, earlier: at(earlier), later: at(later), counted };
  const changes = scope.kind === 'list' ? newItems(asked, scope.key) : changedEntries(asked, scope);
  return { from: earlier, to: later, compared: () => counted.keys, changes };
}

/** The state at a point is proven before anything else is asked about it. */
async function pointAt(
  client: Client,
  asked: AskedAt | undefined,
  context: ProofContext,
): Promise<ReadProof> {
  const at = await resolveAt(client, asked);
  return askEntries(client, [stateKey.epoch], { ...context, at });
}

interface Asked {
  readonly client: Client;
  readonly prefix: string;
  readonly earlier: ProofContext;
  readonly later: ProofContext;
  readonly counted: { keys: number };
}

async function* changedEntries(
  asked: Asked,
  scope: Exclude<DiffScope, { readonly kind: 'list' }>,
): AsyncGenerator<EntryChange> {
  const { client, prefix, earlier, later, counted } = asked;
  for await (const page of scope.kind === 'fixed' ? [scope.keys] : keysOf(asked, scope)) {
    const keys = page.filter((key) => key.startsWith(prefix));
    counted.keys += keys.length;
    const after = await askValues(client, keys, later);
    const open = keys.filter((key, i) => mayDiffer(key, after[i], earlier.at?.height ?? 0));
    const before = await askValues(client, open, earlier);
    for (const [i, key] of open.entries()) {
      const change = { key, before: before[i] ?? null, after: after[keys.indexOf(key)] ?? null };
      if (!same(change.before, change.after)) yield change;
    }
  }
}

async function* keysOf(
  { client, later }: Asked,
  { names, keyOf }: Extract<DiffScope, { readonly kind: 'entries' }>,
): AsyncGenerator<readonly string[]> {
  for (let from = 0; ; ) {
    const page = await askList(client, { key: names, from, limit: LIST_ITEMS_MAX }, later);
    // Names are text in state; one that is none would prove something nobody can ask for.
    yield page.items.map((name) => keyOf(fromUtf8(name) ?? ''));
    from += page.items.length;
    if (from >= page.count) return;
  }
}

/** A revision says when it was written: if not after the earlier height, it was current there. */
function mayDiffer(key: string, after: Uint8Array | null | undefined, height: number): boolean {
  if (after == null || !key.startsWith('record/')) return true;
  const revision = decode(revisionSchema, after, STATE_VALUE_BYTES_MAX);
  return !revision.ok || revision.value.height > height;
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

/** Lists only grow: what is new stands from the earlier count on. */
async function* newItems(
  { client, earlier, later, counted }: Asked,
  key: string,
): AsyncGenerator<ItemChange> {
  const before = await askList(client, { key, limit: 1 }, earlier);
  for (let from = before.count; ; ) {
    const page = await askList(client, { key, from, limit: LIST_ITEMS_MAX }, later);
    counted.keys = page.count;
    for (const [i, item] of page.items.entries()) yield { key, position: from + i, item };
    from += page.items.length;
    if (from >= page.count) return;
  }
}
