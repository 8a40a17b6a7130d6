/** The one error class: thrown for I/O and lifecycle failures, never for a peer's bad input. */

export interface ErrorOptions {
  /** What the reader can do about it, in words. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error with a stable code (`SCREAMING_SNAKE`), a message for people and what to do next. */
export class ZtcError extends Error {
  static override readonly name = 'ZtcError';
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ZtcError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Holds for every input unless our own code is wrong; a violation must stop the process. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ZtcError('INVARIANT', `invariant violated: ${what}`);
}
