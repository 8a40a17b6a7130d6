/** How calls fail: no node answered, or a node answered with an error. */
import { ZtcError } from '../common/errors.ts';

export type TransportCode =
  /** No connection, or it broke. */
  | 'NETWORK'
  /** No answer in time. */
  | 'TIMEOUT'
  /** Something answered, but not as a node does. */
  | 'BAD_ANSWER'
  /** Too busy; try later. */
  | 'RATE_LIMITED'
  /** The node wants a token. */
  | 'UNAUTHORIZED'
  /** The caller's signal was aborted. */
  | 'INTERRUPTED';

/** No usable answer came. It says nothing about what was asked. */
export class TransportError extends ZtcError {
  readonly url: string;

  constructor(
    code: TransportCode,
    url: string,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.url = url;
  }
}

/** A node's answer is an error; `code` is the stable one of `data.code`. */
export class RpcError extends ZtcError {
  /** The number of JSON-RPC. */
  readonly rpcCode: number;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** When the node says that it is worth trying again. */
  readonly retryAfterMs: number | undefined;
  readonly url: string;

  constructor(options: {
    readonly code: string;
    readonly rpcCode: number;
    readonly message: string;
    readonly retryable: boolean;
    readonly url: string;
    readonly hint?: string;
    readonly retryAfterMs?: number;
  }) {
    const { code, message, hint } = options;
    super(code, message, hint === undefined ? {} : { hint });
    this.rpcCode = options.rpcCode;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.url = options.url;
  }
}

/** An answer that did not prove itself. Never a verdict, and never quietly tried elsewhere. */
export class ProofError extends ZtcError {
  /** The step that failed, such as PROOF_SIGNATURE. */
  readonly step: string;
  readonly url: string;

  constructor(step: string, url: string, message: string) {
    super('PROOF_INVALID', `${url} gave an answer that does not prove itself: ${message}`, {
      hint: 'the node lies, is broken, or is on another chain: ask another member, and tell them',
    });
    this.step = step;
    this.url = url;
  }
}

/** A proven answer of an old state, which is no verdict: another node may have a newer one. */
export class StaleError extends ZtcError {
  constructor(message: string, hint: string) {
    super('STALE', message, { hint });
  }
}

/**
 * A transaction that is not final, or was rejected. `code` says which: NOT_FINAL and TX_EXPIRED, or
 * that of the rejection, as REVISION_MISMATCH.
 */
export class TransactionError extends ZtcError {
  /** Its id, `0x…`. */
  readonly hash: string;

  constructor(code: string, hash: string, message: string) {
    super(code, `transaction ${hash}: ${message}`);
    this.hash = hash;
  }
}
