/** Files that people pass around: JSON that names its schema first. Pure. */
import { fromJson, type Json, type Schema, toJson } from '../common/codec/index.ts';
import { type Failure, failure, type Result } from '../common/result.ts';

export function formatDocument<T>(name: string, schema: Schema<T>, value: T): string {
  const members = toJson(schema, value) as { readonly [name: string]: Json };
  return `${JSON.stringify({ schema: name, ...members }, null, 2)}\n`;
}

/** Reads such a file; what is in it is not checked. @param code of every failure */
export function parseDocument<T, C extends string>(
  text: string,
  { name, schema, code }: { readonly name: string; readonly schema: Schema<T>; readonly code: C },
): Result<T, C> {
  const refused = (why: string): Failure<C> => failure(code, why);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refused('it is no JSON');
  }
  const { schema: named, ...members } = Object(document) as { readonly schema?: unknown };
  if (named !== name) return refused(`its schema is not ${name}`);
  const read = fromJson(schema, members);
  return read.ok ? read : refused(read.message);
}
