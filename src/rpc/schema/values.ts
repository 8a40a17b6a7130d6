/** The single values of requests and answers, and the pages. */
import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import type { Json } from '../../common/codec/index.ts';

export const PAGE_ITEMS_DEFAULT = 30;
export const PAGE_ITEMS_MAX = 100;
/** Above every cursor that we hand out. */
const CURSOR_LENGTH_MAX = 200;
/** Above every key of the state: a namespace, a record's key and their prefix. */
const STATE_KEY_LENGTH_MAX = 512;

export const Height = Type.Integer({
  title: 'Height',
  description: 'Position of a block in the chain; the genesis block has 0.',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
});

export const Hash = Type.String({
  title: 'Hash',
  description: '32 bytes as 0x and lower-case hexadecimal.',
  pattern: '^0x[0-9a-f]{64}$',
});

export const Asset = Type.String({
  title: 'Asset',
  description: 'sha256: and 64 hexadecimal digits; in requests the bare digits will do.',
  pattern: '^(sha256:)?[0-9A-Fa-f]{64}$',
});

export const PublicKey = Type.String({
  title: 'PublicKey',
  description: 'ed25519: and 43 characters of base64url.',
  pattern: '^ed25519:[A-Za-z0-9_-]{43}$',
});

export const Base64url = Type.String({
  title: 'Base64url',
  description: 'Bytes in base64url without padding (RFC 4648 section 5).',
  pattern: '^[A-Za-z0-9_-]*$',
});

export const Id = Type.String({
  title: 'Id',
  description: "A member's or publisher's unique id.",
  pattern: '^[a-z0-9-]{2,40}$',
});

export const Time = Type.String({
  title: 'Time',
  description: 'Ledger time: RFC 3339 in UTC with milliseconds.',
});

export const Namespace = Type.String({
  title: 'Namespace',
  description: "A publisher's id, a slash, and a name.",
  maxLength: 105,
});
export const RecordKey = Type.String({ title: 'RecordKey', minLength: 1, maxLength: 256 });
export const StateKey = Type.String({
  title: 'StateKey',
  description: 'A key of the authenticated state, as publisher/acme.',
  minLength: 1,
  maxLength: STATE_KEY_LENGTH_MAX,
});

/** A document whose own schema stands elsewhere (`docs/format.md`). */
export function document(title: string, description: string) {
  return Type.Unsafe<{ readonly [name: string]: Json }>({ type: 'object', title, description });
}

export const MinHeight = Type.Optional(
  Type.Integer({
    description:
      'Waits up to 5 s until the state after this block can be answered from, else SYNCING.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
);

/** Reads of the past: as the state was after this block, by default the newest. */
export const AtHeight = Type.Optional(
  Type.Integer({
    description: 'As of the state after this block; the newest if left out.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
);

export const Cursor = Type.Optional(
  Type.String({
    description: 'Of a page of the same method and filter.',
    maxLength: CURSOR_LENGTH_MAX,
  }),
);

export const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: PAGE_ITEMS_MAX, default: PAGE_ITEMS_DEFAULT }),
);

export const Order = Type.Optional(
  Type.Union([Type.Literal('asc'), Type.Literal('desc')], {
    description: 'Oldest first, or newest first.',
    default: 'desc',
  }),
);

/** The same schema with its own words, no longer one of the shared components. */
export function described<T extends TSchema>(schema: T, description: string): T {
  return Type.Unsafe({ ...schema, title: undefined, description }) as unknown as T;
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** A page of `item`s, and what else comes with it. */
export function pageOf<T extends TSchema, M extends TProperties = Record<never, never>>(
  item: T,
  more: M = {} as M,
) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: nullable(Type.String()),
    prevCursor: nullable(Type.String()),
    limit: Type.Integer(),
    ...more,
  });
}

export type Page<T> = {
  items: T[];
  nextCursor: string | null;
  prevCursor: string | null;
  limit: number;
};

/** The state proven under a header, in the JSON form of `src/ledger/proven-state.ts`. */
export const ProvenStateDocument = document(
  'ProvenState',
  'Header H + 1 with its finality, and proofs of state entries after block H.',
);
export type ProvenStateDocument = Static<typeof ProvenStateDocument>;

/** A whole receipt, in the JSON form of `src/ledger/receipt.ts`. */
export const ReceiptDocument = document(
  'Receipt',
  'What a receipt file holds: `ztc authenticate --receipt` checks it, with no network.',
);
