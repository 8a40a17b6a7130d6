/** `asset_*`: the verdict on a digest, and what publishers said. */
import { Type } from 'typebox';
import { method } from './method.ts';
import {
  Asset,
  AtHeight,
  Base64url,
  Cursor,
  described,
  Hash,
  Height,
  Id,
  Limit,
  MinHeight,
  nullable,
  Order,
  ProvenStateDocument,
  pageOf,
  ReceiptDocument,
  Time,
} from './values.ts';
import { PublisherView, StatementView } from './views.ts';

/** More statements on one digest than any publisher makes; beyond, asset_history has pages. */
export const STATEMENTS_MAX = 2_000;

const Verdict = Type.Object(
  {
    status: Type.Union([
      Type.Literal('TRUSTED'),
      Type.Literal('UNTRUSTED'),
      Type.Literal('UNSUPPORTED'),
      Type.Literal('UNKNOWN'),
    ]),
    reason: nullable(
      Type.Union([
        Type.Literal('KEY_COMPROMISED'),
        Type.Literal('KEY_INVALID'),
        Type.Literal('PUBLISHER_MISMATCH'),
        Type.Literal('PUBLISHER_NOT_PINNED'),
      ]),
    ),
    publisher: described(nullable(Id), 'The publisher whose word decided.'),
    statement: nullable(StatementView),
  },
  { title: 'Verdict' },
);

const Proof = Type.Object(
  {
    state: ProvenStateDocument,
    items: Type.Array(Base64url, {
      description:
        'All statements on the asset as stored, oldest first: the leaves of its list. With' +
        ' `publisher` none: its current statement is an entry of the state.',
    }),
    acts: Type.Optional(
      Type.Object(
        {
          items: Type.Array(Base64url, { description: 'As stored, oldest first.' }),
          from: Type.Integer({ description: 'Position of the first of them in its list.' }),
          path: Type.Array(Hash, {
            description: 'The roots of what lies beside them, from left to right.',
          }),
        },
        {
          title: 'ActsRun',
          description:
            'With `publisher`, where its current statement doesn’t count: its acts from its last' +
            ' statement on the asset that does, or from its first act, to the current one.',
        },
      ),
    ),
  },
  { title: 'VerdictProof' },
);

const HistoryProof = Type.Object(
  {
    state: ProvenStateDocument,
    items: Type.Array(Base64url, { description: 'The page as stored, oldest first.' }),
    from: Type.Integer({ description: 'Position of the first of them in the asset’s list.' }),
    path: Type.Array(Hash, {
      description: 'The roots of what lies beside them, from left to right.',
    }),
  },
  { title: 'HistoryProof' },
);

const Publisher = Type.Optional(
  described(Id, 'Its word alone: the answer is as short whatever others state.'),
);

export const assetMethods = {
  asset_authenticate: method({
    summary: 'The verdict on a digest, with `prove` as a proof that needs no trust in the node.',
    params: Type.Object({
      digest: Asset,
      publisher: Publisher,
      anyPublisher: Type.Optional(Type.Boolean()),
      minHeight: MinHeight,
      height: AtHeight,
      prove: Type.Optional(Type.Boolean()),
    }),
    result: Type.Object({
      digest: Asset,
      height: described(Height, 'As of the state after this block.'),
      time: described(Time, 'Of the next block, else of the newest: the state was current then.'),
      verdict: Verdict,
      statements: Type.Array(StatementView),
      publishers: Type.Array(PublisherView),
      proof: Type.Optional(Proof),
    }),
    errors: ['NOT_FOUND', 'SYNCING', 'LIMIT_EXCEEDED'],
    immutable: 'atHeight',
  }),
  asset_proof: method({
    summary:
      'The receipt of what was said on a digest, or that nothing was: a file that proves itself.',
    params: Type.Object({ digest: Asset, publisher: Publisher, minHeight: MinHeight }),
    result: ReceiptDocument,
    errors: ['NOT_FOUND', 'SYNCING', 'LIMIT_EXCEEDED'],
  }),
  asset_history: method({
    summary: 'All statements on a digest, newest first unless asked otherwise.',
    params: Type.Object({
      digest: Asset,
      cursor: Cursor,
      limit: Limit,
      order: Order,
      minHeight: MinHeight,
      height: AtHeight,
      prove: Type.Optional(Type.Boolean()),
    }),
    result: pageOf(StatementView, { proof: Type.Optional(HistoryProof) }),
    errors: ['NOT_FOUND', 'SYNCING'],
  }),
  asset_list: method({
    summary: 'The latest statements, of all publishers or of one, newest first.',
    params: Type.Object({
      publisher: Type.Optional(Id),
      cursor: Cursor,
      limit: Limit,
      minHeight: MinHeight,
    }),
    result: pageOf(StatementView),
    errors: ['SYNCING'],
  }),
};
