/** Schemas built from others: lists, tuples, choices. */
import { Lately } from './lately.ts';
import type { Reader } from './reader.ts';
import { mismatch, within } from './refusal.ts';
import type { Json, Schema } from './schema.ts';

/** Adds null to what a schema allows. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    write: (value, writer) => (value === null ? writer.nil() : schema.write(value, writer)),
    read: (reader) => (reader.nil() ? null : schema.read(reader)),
    toJson: (value) => (value === null ? null : schema.toJson(value)),
    fromJson: (json) => (json === null ? null : schema.fromJson(json)),
  };
}

/** An array of at most `lengthMax` items. */
export function list<T>(item: Schema<T>, lengthMax: number): Schema<readonly T[]> {
  const expected = `an array of at most ${lengthMax} items`;
  const each = <V, W>(values: readonly V[], convert: (value: V) => W): W[] => {
    if (!Array.isArray(values) || values.length > lengthMax) mismatch(expected);
    return collect(values.length, (i) => convert(values[i] as V));
  };
  return {
    write: (values, writer) => {
      if (!Array.isArray(values) || values.length > lengthMax) mismatch(expected);
      writer.array(values.length);
      for (const value of values) item.write(value, writer);
    },
    read: (reader) => {
      const count = reader.array(expected);
      if (count > lengthMax) mismatch(expected);
      return readItems(item, reader, count);
    },
    toJson: (values) => each(values, item.toJson),
    fromJson: (json) => each(json as readonly Json[], item.fromJson),
  };
}

/** Grows with what is really there: a count alone allocates nothing. */
function collect<V>(count: number, item: (i: number) => V): V[] {
  const items: V[] = [];
  try {
    while (items.length < count) items.push(item(items.length));
  } catch (error) {
    throw within(`[${items.length}]`, error);
  }
  return items;
}

/** An array that grows from nothing has room for 17: more than most have items. */
const FEW_ITEMS = 16;

/** As `collect`, of encoded items. */
function readItems<T>(item: Schema<T>, reader: Reader, count: number): T[] {
  const items: T[] = count <= FEW_ITEMS ? new Array(count) : [];
  let i = 0;
  try {
    for (; i < count; i++) items[i] = item.read(reader);
  } catch (error) {
    throw within(`[${i}]`, error);
  }
  return items;
}

// biome-ignore lint/suspicious/noExplicitAny: a field's type is inferred back by ObjectOf
type Fields = { readonly [name: string]: Schema<any> };
type ObjectOf<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };

/** The first field of everything that has versions. */
const VERSION = 'version';

/** An object: on the wire an array of its fields in the order given here, in JSON an object. */
export function tuple<F extends Fields>(fields: F): Schema<ObjectOf<F>> {
  const names = Object.keys(fields);
  const schemas = Object.values(fields);
  const expected = `an array of ${names.length} fields`;
  // A copy of this has all fields in place, which is faster than adding them one by one.
  const blank: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, undefined]));
  const build = (field: (schema: Fields[string], name: string) => unknown): ObjectOf<F> => {
    const object = { ...blank };
    let i = 0;
    try {
      for (; i < names.length; i++) {
        const name = names[i] as string;
        object[name] = field(schemas[i] as Fields[string], name);
      }
    } catch (error) {
      throw within(names[i] as string, error);
    }
    return object as ObjectOf<F>;
  };
  /** Another version may well have other fields: its version is the better news. */
  const refuseShape = (count: number, reader: Reader): void => {
    if (names[0] === VERSION && count > 0) (schemas[0] as Fields[string]).read(reader);
    mismatch(expected);
  };
  return {
    write: (value, writer) => {
      writer.array(names.length);
      for (let i = 0; i < names.length; i++) {
        (schemas[i] as Fields[string]).write(value[names[i] as string], writer);
      }
    },
    read: (reader) => {
      const count = reader.array(expected);
      if (count !== names.length) refuseShape(count, reader);
      // As `build`, without a function for each value that is read.
      const object = { ...blank };
      let i = 0;
      try {
        for (; i < count; i++) {
          object[names[i] as string] = (schemas[i] as Fields[string]).read(reader);
        }
      } catch (error) {
        throw within(names[i] as string, error);
      }
      return object as ObjectOf<F>;
    },
    toJson: (value) => build((schema, name) => schema.toJson(value[name])) as Json,
    fromJson: (json) => {
      const object = asObject(json);
      if (names[0] === VERSION) (schemas[0] as Fields[string]).fromJson(object[VERSION] ?? null);
      const unknown = Object.keys(object).find((name) => !Object.hasOwn(fields, name));
      if (unknown !== undefined) mismatch(`no member ${unknown.slice(0, 64)}`);
      return build((schema, name) =>
        Object.hasOwn(object, name) ? schema.fromJson(object[name] as Json) : mismatch('a value'),
      );
    },
  };
}

function asObject(json: Json): { readonly [name: string]: Json } {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as { readonly [name: string]: Json };
  }
  return mismatch('an object');
}

/** A schema for each member of a union, by the number in its field `Tag`. */
type Variants<Tag extends string, T extends { readonly [K in Tag]: number }> = {
  readonly [N in T[Tag]]: Schema<Extract<T, { readonly [K in Tag]: N }>>;
};

/**
 * One of several tuples, told apart by their first field. The values are a discriminated union
 * with the number `tag` as discriminant, and each has its schema.
 */
export function tagged<const Tag extends string, T extends { readonly [K in Tag]: number }>(
  tag: Tag,
  schemas: Variants<Tag, T>,
): Schema<T> {
  const variants = new Map(
    Object.entries<unknown>(schemas).map(([kind, schema]) => [Number(kind), schema as Schema<T>]),
  );
  const expected = 'a known kind';
  const variant = (kind: unknown): Schema<T> =>
    (typeof kind === 'number' ? variants.get(kind) : undefined) ?? mismatch(expected);
  return {
    write: (value, writer) => variant(value[tag]).write(value, writer),
    read: (reader) => variant(reader.tag(expected)).read(reader),
    toJson: (value) => variant(value[tag]).toJson(value),
    fromJson: (json) => variant(asObject(json)[tag]).fromJson(json),
  };
}

/** Adds a rule across fields, or a form (such as sorted order) that has one right answer. */
export function refined<T>(
  schema: Schema<T>,
  expected: string,
  holds: (value: T) => boolean,
): Schema<T> {
  const check = (value: T): T => (holds(value) ? value : mismatch(expected));
  return {
    write: (value, writer) => schema.write(check(value), writer),
    read: (reader) => check(schema.read(reader)),
    toJson: (value) => schema.toJson(check(value)),
    fromJson: (json) => check(schema.fromJson(json)),
  };
}

/** A list in strictly ascending order: no two items compare equal. */
export function ascending<T>(
  item: Schema<T>,
  lengthMax: number,
  compare: (a: T, b: T) => number,
): Schema<readonly T[]> {
  const isAscending = (items: readonly T[]): boolean => {
    for (let i = 1; i < items.length; i++) {
      if (compare(items[i - 1] as T, items[i] as T) >= 0) return false;
    }
    return true;
  };
  const expected = 'items in ascending order without duplicates';
  return refined(list(item, lengthMax), expected, isAscending);
}

/**
 * For short text and binary that comes again and again: what was read lately is given out once more
 * (`lately.ts`). Such bytes are shared by all that read them, and never changed.
 */
export function recurring<T extends string | Uint8Array>(schema: Schema<T>): Schema<T> {
  const lately = new Lately<T>();
  return { ...schema, read: (reader) => reader.recurring(lately, schema.read) };
}
