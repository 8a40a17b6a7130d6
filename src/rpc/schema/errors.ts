/**
 * The errors of the RPC: a number for JSON-RPC libraries, a stable `data.code` for programs, words
 * for people. The numbers are those of EIP-1474 where it has one.
 */
import { type Static, Type } from 'typebox';

/** The table behind validation, OpenRPC and the documentation. */
export const RPC_ERRORS = {
  PARSE_ERROR: { code: -32700, message: 'the body is not JSON' },
  INVALID_REQUEST: { code: -32600, message: 'not a JSON-RPC 2.0 request' },
  METHOD_NOT_FOUND: { code: -32601, message: 'there is no such method' },
  INVALID_PARAMS: { code: -32602, message: 'the parameters are not those of the method' },
  INTERNAL_ERROR: { code: -32603, message: 'the node failed; its log has the id' },
  NOT_FOUND: { code: -32001, message: 'there is nothing here that could be proven or opened' },
  SYNCING: { code: -32002, message: 'the node has not reached the asked height yet' },
  TX_REJECTED: { code: -32003, message: 'the transaction is refused' },
  UNSUPPORTED: { code: -32004, message: 'not supported by this node' },
  LIMIT_EXCEEDED: { code: -32005, message: 'beyond a published limit' },
  UNAUTHORIZED: { code: -32010, message: 'this node answers it to holders of a token only' },
} as const;

export type RpcErrorName = keyof typeof RPC_ERRORS;

/** What every error's `data` holds; other members depend on the code. */
export const ErrorData = Type.Object(
  {
    code: Type.String({
      description:
        'Stable. The name of the error above, or the finer reason (as BAD_SIGNATURE for -32003).',
    }),
    hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
    retryAfterMs: Type.Optional(
      Type.Integer({ description: 'When it is worth trying again; twice as long each time.' }),
    ),
    field: Type.Optional(Type.String({ description: 'The parameter that was wrong.' })),
    height: Type.Optional(Type.Integer({ description: 'Of the head of the node that answers.' })),
    oldest: Type.Optional(
      Type.Integer({ description: 'With PRUNED: the lowest height of which this node keeps it.' }),
    ),
    txHash: Type.Optional(Type.String({ description: 'Of the transaction it is about.' })),
    id: Type.Optional(Type.String({ description: 'Of a line in the log of the node.' })),
  },
  { title: 'ErrorData', additionalProperties: true },
);
export type ErrorData = Static<typeof ErrorData>;

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: ErrorData;
}
