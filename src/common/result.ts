/**
 * Expected failures are values, not exceptions: what peers and users send may be wrong at any
 * time, so everything that reads it returns a `Result` whose failure carries a stable code.
 */

/** A failure with a stable, documented code; `message` is for people and may change. */
export interface Failure<Code extends string = string> {
  readonly ok: false;
  readonly code: Code;
  readonly message: string;
}

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export type Result<T, Code extends string = string> = Success<T> | Failure<Code>;

export function success<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function failure<Code extends string>(code: Code, message: string): Failure<Code> {
  return { ok: false, code, message };
}
