/**
 * Writes a WebAssembly module as bytes: no more of the format than the arithmetic beside it takes
 * (https://webassembly.github.io/spec/core/binary/). Code is bytes that leave their value on the
 * stack, so expressions nest like calls: `i64.add(a.get, b.get)`. They are put in a row only at the
 * end.
 */

export type Code = readonly (number | Code)[];

const TYPES = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
export type ValueType = keyof typeof TYPES;

const FUNCTION_TYPE = 0x60;
const END = 0x0b;
const VOID = 0x40;
const SECTION = { types: 1, functions: 3, memory: 5, exports: 7, code: 10 } as const;
const EXPORT = { function: 0, memory: 2 } as const;

/** LEB128 without sign. */
export function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

/** LEB128 with sign, of at most 64 bits. */
export function signed(value: bigint | number): Code {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (;;) {
    const byte = Number(left & 127n);
    left >>= 7n;
    const isLast = left === (byte & 64 ? -1n : 0n);
    bytes.push(isLast ? byte : byte | 128);
    if (isLast) return bytes;
  }
}

/** A local variable or a parameter. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** A function of a module; its code is what was given to `do`, in that order. */
export class Func {
  readonly params: readonly Local[];
  readonly #types: readonly ValueType[];
  readonly #result: ValueType | undefined;
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];
  readonly #index: number;

  constructor(index: number, params: readonly ValueType[], result?: ValueType) {
    this.#index = index;
    this.#types = params;
    this.#result = result;
    this.params = params.map((_, i) => localAt(i));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return localAt(this.#types.length + this.#locals.length - 1);
  }

  /** A new local with this value. */
  keep(type: ValueType, value: Code): Local {
    const local = this.local(type);
    this.do(local.set(value));
    return local;
  }

  do(...code: readonly Code[]): void {
    appendBytes(code, this.#code);
  }

  /** `body` again and again while what it returns is true, at least once. */
  loop(body: () => Code): void {
    this.do([0x03, VOID]);
    this.do(body(), [0x0d, 0], [END]);
  }

  call(...args: readonly Code[]): Code {
    return [...args, 0x10, ...unsigned(this.#index)];
  }

  type(): Code {
    const results = this.#result === undefined ? [] : [[TYPES[this.#result]]];
    const params = this.#types.map((type) => [TYPES[type]]);
    return [FUNCTION_TYPE, vector(params), vector(results)];
  }

  body(): Code {
    const locals = vector(this.#locals.map((type) => [1, TYPES[type]]));
    return sized([locals, this.#code, END]);
  }
}

function localAt(index: number): Local {
  return {
    get: [0x20, ...unsigned(index)],
    set: (value) => [value, 0x21, ...unsigned(index)],
  };
}

/** Functions and one memory of `pages` times 64 KiB, which may grow to `pagesMax`. */
export class ModuleBuilder {
  readonly #functions: Func[] = [];
  readonly #exports: Code[] = [];

  function(
    { name, params, result }: Signature,
    build: (body: Func, ...params: readonly Local[]) => void,
  ): Func {
    const made = new Func(this.#functions.length, params, result);
    build(made, ...made.params);
    if (name !== undefined) {
      this.#exports.push([text(name), EXPORT.function, ...unsigned(this.#functions.length)]);
    }
    this.#functions.push(made);
    return made;
  }

  bytes(pages: number, pagesMax: number): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const code: Code = [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(SECTION.types, vector(functions.map((each) => each.type()))),
      section(SECTION.functions, vector(functions.map((_, i) => unsigned(i)))),
      section(SECTION.memory, vector([[1, ...unsigned(pages), ...unsigned(pagesMax)]])),
      section(SECTION.exports, vector([...this.#exports, [text('memory'), EXPORT.memory, 0]])),
      section(SECTION.code, vector(functions.map((each) => each.body()))),
    ];
    return Uint8Array.from(appendBytes(code, []));
  }
}

export interface Signature {
  /** By which it is exported. */
  readonly name?: string;
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items];
}

function sized(content: Code): Code {
  const bytes = appendBytes(content, []);
  return [...unsigned(bytes.length), bytes];
}

function appendBytes(code: Code, bytes: number[]): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else appendBytes(part, bytes);
  }
  return bytes;
}

function section(id: number, content: Code): Code {
  return [id, sized(content)];
}

function text(name: string): Code {
  return sized([...name].map((letter) => letter.charCodeAt(0)));
}
