/** How reading untrusted input fails inside the codec; `decode` and `fromJson` make it a value. */

export type DecodeCode =
  /** More bytes than this structure may have. */
  | 'CODEC_TOO_LARGE'
  /** Not the one encoding that this value has, or cut off, or followed by more. */
  | 'CODEC_NOT_CANONICAL'
  /** Well encoded, but not such a structure. */
  | 'CODEC_SCHEMA'
  /** A version that this software doesn't know. */
  | 'CODEC_VERSION';

/** Thrown while reading; each structure on the way out puts its part in front of the path. */
export class Refusal extends Error {
  readonly code: DecodeCode;
  readonly what: string;
  path = '';

  constructor(code: DecodeCode, what: string) {
    super(what);
    this.code = code;
    this.what = what;
  }
}

/** Refuses a value of another kind or beyond its bounds. */
export function mismatch(expected: string): never {
  throw new Refusal('CODEC_SCHEMA', `expected ${expected}`);
}

/** Adds where it happened, and passes on anything else as it is. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof Refusal) {
    const glue = error.path === '' || error.path.startsWith('[') ? '' : '.';
    error.path = step + glue + error.path;
  }
  return error;
}
