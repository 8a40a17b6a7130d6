/** `state_*`: raw entries of the authenticated state and items of its lists, with proofs. */
import { Type } from 'typebox';
import { method } from './method.ts';
import {
  AtHeight,
  Base64url,
  described,
  Hash,
  Height,
  Limit,
  MinHeight,
  nullable,
  PAGE_ITEMS_MAX,
  ProvenStateDocument,
  StateKey,
} from './values.ts';

const Prove = Type.Optional(Type.Boolean());
const Value = described(nullable(Base64url), 'Null: the key is absent.');

const ListProof = Type.Object(
  {
    state: ProvenStateDocument,
    path: Type.Array(Hash, {
      description: 'The roots of what lies beside the items, from left to right.',
    }),
  },
  { title: 'ListProof', description: 'The head of the list as proven state, and a run in it.' },
);

export const stateMethods = {
  state_get: method({
    summary: 'A raw entry of the authenticated state after a block; absence has a proof too.',
    params: Type.Object({ key: StateKey, height: AtHeight, prove: Prove, minHeight: MinHeight }),
    result: Type.Object({
      key: StateKey,
      value: Value,
      height: Height,
      proof: Type.Optional(ProvenStateDocument),
    }),
    errors: ['NOT_FOUND', 'SYNCING'],
    immutable: 'atHeight',
  }),
  state_getMany: method({
    summary: 'Raw entries of the authenticated state after one block, under one proof.',
    params: Type.Object({
      keys: Type.Array(StateKey, { minItems: 1, maxItems: PAGE_ITEMS_MAX, uniqueItems: true }),
      height: AtHeight,
      prove: Prove,
      minHeight: MinHeight,
    }),
    result: Type.Object({
      height: Height,
      values: Type.Array(Value, {
        description:
          'In the order of the keys, together at most 4 MiB; with `prove` the proof has them.',
      }),
      proof: Type.Optional(ProvenStateDocument),
    }),
    errors: ['NOT_FOUND', 'SYNCING', 'LIMIT_EXCEEDED'],
  }),
  state_list: method({
    summary: 'Items of an authenticated list after a block: one, a page, the latest, or all.',
    params: Type.Object({
      key: StateKey,
      from: Type.Optional(
        Type.Integer({
          description: 'Position of the first item, from 0 on; left out: the latest items.',
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
        }),
      ),
      limit: Limit,
      height: AtHeight,
      prove: Prove,
      minHeight: MinHeight,
    }),
    result: Type.Object({
      key: StateKey,
      height: Height,
      count: Type.Integer({ description: 'Of the whole list; of an absent one 0.' }),
      from: Type.Integer({ description: 'Position of the first item given.' }),
      items: Type.Array(Base64url, {
        description: 'In order; fewer than asked where the list ends or 4 MiB are reached.',
      }),
      proof: Type.Optional(ListProof),
    }),
    errors: ['NOT_FOUND', 'SYNCING'],
  }),
};
