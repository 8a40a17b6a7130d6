/** Schemas built from others: lists, tuples, choices. */
import type { Wire } from './pack.ts';
import { type Json, mismatch, type Schema } from './schema.ts';

/** Adds null to what a schema allows. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    write: (value) => (value === null ? null : schema.write(value)),
    read: (wire, path) => (wire === null ? null : schema.read(wire, path)),
    toJson: (value) => (value === null ? null : schema.toJson(value)),
    fromJson: (json, path) => (json === null ? null : schema.fromJson(json, path)),
  };
}

/** An array of at most `lengthMax` items. */
export function list<T>(item: Schema<T>, lengthMax: number): Schema<readonly T[]> {
  const bounded = <V>(values: V, path: string): V => {
    if (Array.isArray(values) && values.length <= lengthMax) return values;
    return mismatch(path, `an array of at most ${lengthMax} items`);
  };
  const each = <V>(values: V, path: string): readonly [V, string][] =>
    (bounded(values, path) as unknown as V[]).map((value, i) => [value, `${path}[${i}]`]);
  return {
    write: (values) => bounded(values, 'written list').map((value) => item.write(value)),
    read: (wire, path) => each(wire, path).map(([value, at]) => item.read(value, at)),
    toJson: (values) => bounded(values, 'written list').map((value) => item.toJson(value)),
    fromJson: (json, path) => each(json, path).map(([value, at]) => item.fromJson(value, at)),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a field's type is inferred back by ObjectOf
type Fields = { readonly [name: string]: Schema<any> };
type ObjectOf<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };

/** An object: on the wire an array of its fields in the order given here, in JSON an object. */
export function tuple<F extends Fields>(fields: F): Schema<ObjectOf<F>> {
  const entries = Object.entries(fields);
  const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
  return {
    write: (value) => entries.map(([name, schema]) => schema.write(value[name])),
    read: (wire, path) => {
      if (!Array.isArray(wire) || wire.length !== entries.length) {
        return mismatch(path, `an array of ${entries.length} fields`);
      }
      return Object.fromEntries(
        entries.map(([name, schema], i) => [name, schema.read(wire[i] as Wire, at(path, name))]),
      ) as ObjectOf<F>;
    },
    toJson: (value) =>
      Object.fromEntries(entries.map(([name, schema]) => [name, schema.toJson(value[name])])),
    fromJson: (json, path) => {
      const object = asObject(json, path);
      const unknown = Object.keys(object).find((name) => !Object.hasOwn(fields, name));
      if (unknown !== undefined) mismatch(at(path, unknown), 'no such member');
      return Object.fromEntries(
        entries.map(([name, schema]) => {
          if (!Object.hasOwn(object, name)) mismatch(at(path, name), 'a value');
          return [name, schema.fromJson(object[name] as Json, at(path, name))];
        }),
      ) as ObjectOf<F>;
    },
  };
}

function asObject(json: Json, path: string): { readonly [name: string]: Json } {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as { readonly [name: string]: Json };
  }
  return mismatch(path, 'an object');
}

/**
 * One of several tuples, told apart by their first field. The values are a discriminated union
 * with the number `tag` as discriminant.
 */
export function tagged<const Tag extends string, T extends { readonly [K in Tag]: number }>(
  tag: Tag,
  variants: ReadonlyMap<number, Schema<T>>,
): Schema<T> {
  const variant = (kind: unknown, path: string): Schema<T> =>
    (typeof kind === 'number' ? variants.get(kind) : undefined) ?? mismatch(path, 'a known kind');
  return {
    write: (value) => variant(value[tag], tag).write(value),
    read: (wire, path) => variant(Array.isArray(wire) ? wire[0] : undefined, path).read(wire, path),
    toJson: (value) => variant(value[tag], tag).toJson(value),
    fromJson: (json, path) => variant(asObject(json, path)[tag], path).fromJson(json, path),
  };
}

/** Adds a rule across fields, or a form (such as sorted order) that has one right answer. */
export function refined<T>(
  schema: Schema<T>,
  expected: string,
  holds: (value: T) => boolean,
): Schema<T> {
  const check = (value: T, path: string): T => (holds(value) ? value : mismatch(path, expected));
  return {
    write: (value) => schema.write(check(value, 'written value')),
    read: (wire, path) => check(schema.read(wire, path), path),
    toJson: (value) => schema.toJson(check(value, 'written value')),
    fromJson: (json, path) => check(schema.fromJson(json, path), path),
  };
}

/** A list in strictly ascending order: no two items compare equal. */
export function ascending<T>(
  item: Schema<T>,
  lengthMax: number,
  compare: (a: T, b: T) => number,
): Schema<readonly T[]> {
  return refined(list(item, lengthMax), 'items in ascending order without duplicates', (items) =>
    items.every((value, i) => i === 0 || compare(items[i - 1] as T, value) < 0),
  );
}
