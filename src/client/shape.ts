/**
 * Reading answers of nodes, which may hold anything: a shape takes an unknown value and gives it
 * typed, or throws `ShapeMismatch` naming the place. Unknown members are ignored, so that newer
 * nodes may say more.
 */
import type { Json } from '../common/codec/index.ts';

/** Caught where answers are read; becomes BAD_ANSWER. */
export class ShapeMismatch extends Error {}

export type Shape<T> = (value: unknown, path: string) => T;
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

function refuse(path: string, expected: string): never {
  throw new ShapeMismatch(`${path || 'the result'} is not ${expected}`);
}

export const string: Shape<string> = (value, path) =>
  typeof value === 'string' ? value : refuse(path, 'a string');

export const boolean: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'a boolean');

/** A height, size or count. */
export const integer: Shape<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(path, 'a non-negative integer');

/** Whatever JSON it is. */
export const json: Shape<Json> = (value, path) =>
  value === undefined ? refuse(path, 'there') : (value as Json);

/** Time in RFC 3339, kept as text. */
export const time: Shape<string> = (value, path) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value))
    ? value
    : refuse(path, 'a time in RFC 3339');

export function oneOfWords<const W extends string>(...words: readonly W[]): Shape<W> {
  return (value, path) =>
    words.find((word) => word === value) ?? refuse(path, `one of ${words.join(', ')}`);
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

export function arrayOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((item: unknown, i) => shape(item, `${path}[${i}]`))
      : refuse(path, 'an array');
}

export function mapOf<T>(shape: Shape<T>): Shape<{ readonly [name: string]: T }> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(members(value, path)).map(([name, item]) => [
        name,
        shape(item, `${path}.${name}`),
      ]),
    );
}

type Fields = { readonly [name: string]: Shape<unknown> };
type Read<F extends Fields> = { readonly [K in keyof F]: ShapeOf<F[K]> };

/** An object with the members of `required`, and those of `optional` where they are given. */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Shape<Read<R> & Partial<Read<O>>> {
  return (value, path) => {
    const given = members(value, path);
    const read = ([name, shape]: [string, Shape<unknown>]): [string, unknown] => [
      name,
      shape(given[name], path === '' ? name : `${path}.${name}`),
    ];
    const present = Object.entries(optional ?? {}).filter(([name]) => given[name] !== undefined);
    return Object.fromEntries([...Object.entries(required), ...present].map(read)) as Read<R> &
      Partial<Read<O>>;
  };
}

function members(value: unknown, path: string): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: unknown })
    : refuse(path, 'an object');
}
