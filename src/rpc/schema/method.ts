/** What a method is, as data. */
import type { TObject, TSchema } from 'typebox';
import type { RpcErrorName } from './errors.ts';

export interface MethodSchema<P extends TObject = TObject, R extends TSchema = TSchema> {
  /** One line for people. */
  readonly summary: string;
  /** By name, or by position in the order given here. */
  readonly params: P;
  readonly result: R;
  /** Beside those that every method has (INVALID_PARAMS, INTERNAL_ERROR, LIMIT_EXCEEDED). */
  readonly errors: readonly RpcErrorName[];
  /** Answered without a token everywhere: what a writer needs, whose signature says enough. */
  readonly open?: true;
  /** When the answer never changes, so that `GET /api/v1/METHOD` may be cached for good. */
  readonly immutable?: 'always' | 'atHeight';
}

export function method<P extends TObject, R extends TSchema>(
  schema: MethodSchema<P, R>,
): MethodSchema<P, R> {
  return schema;
}
