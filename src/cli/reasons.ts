/**
 * Codes that are no errors of the command line: why a verdict is what it is, why the ledger did not
 * apply a transaction, which limit a call met. For `ztc explain`, by the exit code they come with.
 */
import { EXIT, type ExitCode } from './exit-codes.ts';
import { REJECTION_MEANINGS } from './rejections.ts';

export interface Reason {
  readonly exit: ExitCode;
  readonly meaning: string;
}

const BY_EXIT: readonly (readonly [ExitCode, Readonly<Record<string, string>>])[] = [
  [
    EXIT.UNTRUSTED,
    {
      KEY_COMPROMISED: 'The key that signed was declared compromised from before that time on.',
      KEY_INVALID: 'The key that signed was not good at that time: too early, too late, revoked.',
    },
  ],
  [
    EXIT.MISMATCH,
    {
      PUBLISHER_MISMATCH: 'Others said something about the file, but not the publisher you named.',
      PUBLISHER_NOT_PINNED:
        'A publisher says so that you neither named nor pinned. If you know it:' +
        ' --publisher ID, or ztc trust pin ID.',
    },
  ],
  [
    EXIT.REJECTED,
    {
      NO_OPERATIONS: 'The transaction does nothing.',
      TOO_MANY_OPERATIONS: 'More operations than the chain allows: chain_status, limits.',
      TRANSACTION_TOO_LARGE: 'More bytes than the chain allows: chain_status, limits.',
      ...REJECTION_MEANINGS,
    },
  ],
  [
    EXIT.UNREACHABLE,
    {
      BUSY: 'The node has all the calls it can take. Wait, as long as it says (Retry-After).',
      TOO_MANY_WAITING: 'The node has all the waiting calls it can take. Ask again.',
    },
  ],
  [
    EXIT.USAGE,
    {
      BATCH_TOO_LARGE: 'More calls in one batch than the node takes: chain_status, limits.',
      BODY_TOO_LARGE: 'A request of more bytes than the node takes: chain_status, limits.',
      RESPONSE_TOO_LARGE: 'The answer would be too large. Ask for less at once.',
      PROOF_TOO_LARGE: 'The proof would be too large. Ask for less at once.',
      TOO_MANY_STATEMENTS: 'More statements than one proof holds: page through asset_history.',
      TOO_MANY_SUBSCRIPTIONS: 'A connection has no more subscriptions than this.',
      HOST_NOT_ALLOWED: 'The node does not answer under this name: its operator lists rpc.hosts.',
      ORIGIN_NOT_ALLOWED: 'Pages of this site may not ask the node: its operator lists rpc.cors.',
    },
  ],
];

export const REASONS: ReadonlyMap<string, Reason> = new Map(
  BY_EXIT.flatMap(([exit, meanings]) =>
    Object.entries(meanings).map(([code, meaning]) => [code, { exit, meaning }] as const),
  ),
);
