/** `tx_*`: submitting, waiting, looking up. A transaction's `hash` is its id. */
import { Type } from 'typebox';
import { method } from './method.ts';
import { Base64url, described, Hash, Height, nullable, Time } from './values.ts';
import { TransactionView } from './views.ts';

/** tx_wait answers no later than this. */
export const WAIT_MS_MAX = 30_000;
export const WAIT_MS_DEFAULT = 10_000;

/** Of one tx_submitMany: as many as some megabytes of body hold. */
export const SUBMIT_MANY_MAX = 1_000;

const Code = Type.Optional(Type.String({ description: 'Why it was rejected.' }));

export const transactionMethods = {
  tx_submit: method({
    summary: 'Takes a signed transaction; the same bytes again are no error.',
    params: Type.Object({ tx: Base64url }),
    result: Type.Object({
      hash: Hash,
      status: Type.Union([
        Type.Literal('pending'),
        Type.Literal('final'),
        Type.Literal('rejected', { description: 'Included, but not applied.' }),
      ]),
      height: Type.Optional(Height),
      code: Code,
    }),
    errors: ['TX_REJECTED', 'LIMIT_EXCEEDED'],
    open: true,
  }),
  tx_submitMany: method({
    summary:
      'Takes many signed transactions at once; each has its own answer, in order. As idempotent.',
    params: Type.Object({
      txs: Type.Array(Base64url, { minItems: 1, maxItems: SUBMIT_MANY_MAX }),
    }),
    result: Type.Object({
      items: Type.Array(
        Type.Object({
          status: Type.Union([
            Type.Literal('pending'),
            Type.Literal('final'),
            Type.Literal('rejected', { description: 'Included, but not applied.' }),
            Type.Literal('refused', { description: 'Not taken; `code` says why.' }),
          ]),
          hash: Type.Optional(described(Hash, 'Where the bytes are a transaction at all.')),
          height: Type.Optional(Height),
          code: Code,
          message: Type.Optional(Type.String({ description: 'Of a refusal, for people.' })),
          retryable: Type.Optional(
            Type.Boolean({ description: 'Of a refusal: the same bytes may be taken later.' }),
          ),
        }),
      ),
    }),
    errors: [],
    open: true,
  }),
  tx_wait: method({
    summary: 'Waits until a transaction is final; a timeout is no error but `pending`.',
    params: Type.Object({
      hash: Hash,
      timeoutMs: Type.Optional(
        Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX, default: WAIT_MS_DEFAULT }),
      ),
    }),
    result: Type.Object({
      hash: Hash,
      status: Type.Union([
        Type.Literal('pending'),
        Type.Literal('final'),
        Type.Literal('rejected', { description: 'Included, but not applied.' }),
        Type.Literal('expired', { description: 'Submitted here, and no longer includable.' }),
        Type.Literal('unknown', { description: 'Neither in a block nor waiting at this node.' }),
      ]),
      height: Type.Optional(Height),
      time: Type.Optional(Time),
      index: Type.Optional(Type.Integer()),
      code: Code,
    }),
    errors: ['NOT_FOUND', 'LIMIT_EXCEEDED'],
    open: true,
  }),
  tx_get: method({
    summary: 'A transaction of a final block, with its result; with `under`, proven.',
    params: Type.Object({
      hash: Hash,
      under: Type.Optional(
        described(Height, 'Of a final header above the block: what the proof leads to.'),
      ),
    }),
    result: nullable(TransactionView),
    errors: ['NOT_FOUND'],
    immutable: 'always',
  }),
};
