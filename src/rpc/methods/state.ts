/** `state_*`: raw entries and lists, with their proofs. */
import { toBase64url } from '../../common/bytes.ts';
import { decode } from '../../common/codec/index.ts';
import { listHeadSchema } from '../../ledger/state-values.ts';
import type { StateReader } from '../../state/reader.ts';
import type { Handlers, Services } from '../handler.ts';
import { STATE_BYTES_MAX } from '../limits.ts';
import { provenStateJson, proveState } from '../proving.ts';
import { readerOf } from '../reading.ts';
import { refuse } from '../refusal.ts';
import type { MethodName, Params, ResultOf } from '../schema/index.ts';
import { PAGE_ITEMS_DEFAULT } from '../schema/values.ts';
import { hashText } from '../views.ts';

export type StateMethod = Extract<MethodName, `state_${string}`>;

export function stateHandlers(services: Services): Handlers<StateMethod> {
  const { ledger } = services.context;
  return {
    state_get: async ({ key, ...which }) => {
      const reader = await readerOf(services, which);
      return {
        key,
        value: base64urlOrNull(reader.get(key)),
        height: reader.height,
        ...(which.prove ? { proof: provenStateJson(proveState(ledger, reader, [key])) } : {}),
      };
    },
    state_getMany: async ({ keys, ...which }) => {
      const reader = await readerOf(services, which);
      const values = keys.map((key) => reader.get(key));
      const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
      if (bytes > STATE_BYTES_MAX) refuse('LIMIT_EXCEEDED', { code: 'RESPONSE_TOO_LARGE' });
      return {
        height: reader.height,
        values: which.prove ? [] : values.map(base64urlOrNull),
        ...(which.prove ? { proof: provenStateJson(proveState(ledger, reader, keys)) } : {}),
      };
    },
    state_list: (params) => list(services, params),
  };
}

async function list(
  services: Services,
  { key, from: asked, limit = PAGE_ITEMS_DEFAULT, ...which }: Params<'state_list'>,
): Promise<ResultOf<'state_list'>> {
  const reader = await readerOf(services, which);
  const count = countOf(reader, key);
  const from = asked ?? Math.max(0, count - limit);
  const found = reader.items(key, from, limit);
  const isLatest = asked === undefined;
  const items = isLatest ? fitting(found.toReversed()).toReversed() : fitting(found);
  const first = isLatest ? count - items.length : from;
  return {
    key,
    height: reader.height,
    count,
    from: first,
    items: items.map(toBase64url),
    ...(which.prove ? { proof: proofOf(services, reader, key, first, items.length) } : {}),
  };
}

function countOf(reader: StateReader, key: string): number {
  const value = reader.get(key);
  if (value === undefined) return 0;
  const head = decode(listHeadSchema, value, value.length);
  if (head.ok) return head.value.count;
  refuse('NOT_FOUND', {
    code: 'NOT_A_LIST',
    message: 'what stands there is no list',
    field: 'key',
  });
}

/** As many as fit into an answer, but always one, so that a reader gets on. */
function fitting(items: readonly Uint8Array[]): Uint8Array[] {
  let bytes = 0;
  return items.filter((item, i) => {
    bytes += item.length;
    return i === 0 || bytes <= STATE_BYTES_MAX;
  });
}

function proofOf(
  services: Services,
  reader: StateReader,
  key: string,
  from: number,
  count: number,
): NonNullable<ResultOf<'state_list'>['proof']> {
  return {
    state: provenStateJson(proveState(services.context.ledger, reader, [key])),
    path: reader.proveItems(key, from, from + count).map(hashText),
  };
}

function base64urlOrNull(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : toBase64url(value);
}
