/**
 * From what went wrong to an exit code. Every error has a stable code; those that mean something
 * to a script are listed here, and what is not listed is unexpected (exit 1).
 */

import { RpcError } from '../client/errors.ts';
import type { Json } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** More about an error, shown in JSON beside code and message. */
export type ErrorDetails = { readonly [name: string]: Json };

export interface CliErrorOptions {
  /** What to do next, in words or as a command line. */
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails;
  /** Where the code alone does not say it. */
  readonly exit?: ExitCode;
  readonly cause?: unknown;
}

/** An error with all that the command line says about it. */
export class CliError extends ZtcError {
  readonly details: ErrorDetails;
  readonly exit: ExitCode | undefined;

  constructor(code: string, message: string, options: CliErrorOptions = {}) {
    const { hint, cause, details, exit } = options;
    super(code, message, {
      ...(hint !== undefined && { hint }),
      ...(cause !== undefined && { cause }),
    });
    this.details = details ?? {};
    this.exit = exit;
  }
}

/** A mistake in the command line or in what it names: exit 2. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('USAGE', message, { hint });
}

/** What systems call by a name, in words. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'there is no permission to read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links lead in a circle',
};

/** Why a file can't be read, in words where the system gives a name only. */
export function readProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return SYSTEM_REASONS[code ?? ''] ?? message;
}

const CODES_BY_EXIT: ReadonlyMap<ExitCode, readonly string[]> = new Map([
  [
    EXIT.USAGE,
    [
      'USAGE',
      'INPUT_UNREADABLE',
      'INVALID_PARAMS',
      'METHOD_NOT_FOUND',
      'INVALID_REQUEST',
      'PARSE_ERROR',
      'UNSUPPORTED',
      'CURSOR_MISMATCH',
      'TRUST_REQUIRED',
      'TRUST_FILE',
      'KEY_FILE_EXISTS',
      'KEY_FILE_INVALID',
      'KEY_FILE_UNREADABLE',
      'KEY_FILE_WRITE',
      'KEY_MISSING',
      'GENESIS_FILE',
      'EVIDENCE_FILE',
      'EVIDENCE_EPOCH',
      'RECEIPT_FILE',
      'PROPOSAL_FILE',
      'TRANSACTION_FILE',
      'OWN_ENTRY',
      'BEFORE_GENESIS',
      'FILE_EXISTS',
      'FILE_WRITE',
      'DATABASE_LOCKED',
      'PROTOCOL_VERSION',
      'PORT_TAKEN',
      'P2P_LISTEN',
      'P2P_ADDRESS',
      'LISTEN_ADDRESS',
      'LISTEN_FAILED',
      'SIGNATURE_MALFORMED',
      'SIGNATURE_TOO_LARGE',
      'SIGNATURE_MISMATCH',
      'SIGNATURE_ALGORITHM',
      'SIGNATURE_KEY_INVALID',
      'SIGNATURE_KEY_UNKNOWN',
      'CERTIFICATE_EXPIRED',
      'CERTIFICATE_REVOKED',
      'CERTIFICATE_PURPOSE',
      'BINDING_INVALID',
      'KEY_PRIVATE',
    ],
  ],
  [
    EXIT.AUTH,
    [
      'PASSPHRASE',
      'SIGNER',
      'KEY_LOCKED',
      'UNAUTHORISED_KEY',
      'UNKNOWN_SENDER',
      'KEY_UNKNOWN',
      'UNAUTHORIZED',
      'FORBIDDEN',
    ],
  ],
  [
    EXIT.UNREACHABLE,
    [
      'NETWORK',
      'TIMEOUT',
      'BAD_ANSWER',
      'SYNCING',
      'STALE',
      'HEIGHT_UNKNOWN',
      'PRUNED',
      'MEMPOOL_FULL',
      'QUOTA_EXCEEDED',
      'RATE_LIMITED',
    ],
  ],
  [EXIT.PENDING, ['NOT_FINAL']],
  [
    EXIT.REJECTED,
    ['TX_REJECTED', 'TX_EXPIRED', 'EXPIRED', 'VALIDITY_TOO_LONG', 'DUPLICATE', 'BAD_SIGNATURE'],
  ],
  [EXIT.UNKNOWN, ['NOT_FOUND', 'DOMAIN_RECORD']],
  [EXIT.MISMATCH, ['RECEIPT_PUBLISHER']],
  [
    EXIT.PROOF_INVALID,
    [
      'PROOF_INVALID',
      'WRONG_CHAIN',
      'GENESIS_CHAIN',
      'GENESIS_MISMATCH',
      'GENESIS_SIGNATURE',
      'GENESIS_UNSIGNED',
      'SUCCESSOR_CHAIN',
      'SUCCESSOR_FINALITY',
      'TRANSACTION_SIGNATURE',
      'EVIDENCE_CHAIN',
      'EVIDENCE_PAIR',
      'EVIDENCE_SIGNER',
      'EVIDENCE_SIGNATURE',
    ],
  ],
  [EXIT.DIVERGENCE, ['REPLAY_DIVERGENCE', 'FORK']],
  [EXIT.INTERRUPTED, ['INTERRUPTED']],
]);

const EXIT_BY_CODE = new Map(
  [...CODES_BY_EXIT].flatMap(([exit, codes]) => codes.map((code) => [code, exit] as const)),
);

/** Codes that mean something to a script. */
export const LISTED_CODES: readonly string[] = [...EXIT_BY_CODE.keys()];

/** The exit code that a stable error code stands for. */
export function exitOfCode(code: string): ExitCode {
  return EXIT_BY_CODE.get(code) ?? EXIT.UNEXPECTED;
}

/** A published limit; retryable where the node is only busy. */
const RPC_LIMIT = -32005;

/** Where a node's finer code is not listed, the class of its error tells enough. */
const EXIT_BY_RPC_NUMBER: ReadonlyMap<number, ExitCode> = new Map([
  [-32700, EXIT.USAGE],
  [-32600, EXIT.USAGE],
  [-32601, EXIT.USAGE],
  [-32602, EXIT.USAGE],
  [-32001, EXIT.UNKNOWN],
  [-32002, EXIT.UNREACHABLE],
  [-32003, EXIT.REJECTED],
  [-32004, EXIT.USAGE],
  [RPC_LIMIT, EXIT.USAGE],
]);

function exitOf(error: ZtcError): ExitCode {
  if (error instanceof CliError && error.exit !== undefined) return error.exit;
  const listed = EXIT_BY_CODE.get(error.code);
  if (listed !== undefined || !(error instanceof RpcError)) return listed ?? EXIT.UNEXPECTED;
  if (error.rpcCode === RPC_LIMIT && error.retryable) return EXIT.UNREACHABLE;
  return EXIT_BY_RPC_NUMBER.get(error.rpcCode) ?? EXIT.UNEXPECTED;
}

/** An error as it is printed, and the exit code that it means. */
export interface DescribedError {
  readonly exit: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;
}

export function describeError(error: unknown): DescribedError {
  if (error instanceof ZtcError) {
    const { code, message, hint } = error;
    const details = error instanceof CliError ? error.details : {};
    return { exit: exitOf(error), code, message, hint, details };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'this is a mistake in ztc: please report it, with ZTC_DEBUG=1 for the stack';
  return { exit: EXIT.UNEXPECTED, code: 'UNEXPECTED', message, hint, details: {} };
}
