import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr/unpack';
import { concat, fromHex, toHex } from '../../../src/common/bytes.ts';
import {
  ascending,
  bool,
  bytesUpTo,
  decode,
  decodeViews,
  encode,
  fromJson,
  list,
  literal,
  nullable,
  oneOf,
  recurring,
  type Schema,
  tagged,
  text,
  toJson,
  tuple,
  uint,
  version,
} from '../../../src/common/codec/index.ts';

const SIZE_MAX = 1 << 20;

type Part =
  | { readonly kind: 1; readonly word: string }
  | { readonly kind: 2; readonly flag: boolean; readonly many: readonly number[] };

const partSchema: Schema<Part> = tagged('kind', {
  1: tuple({ kind: literal(1), word: text(300) }),
  2: tuple({ kind: literal(2), flag: bool, many: list(uint(), 40) }),
});

/** Holds every kind of schema there is. */
const everything = tuple({
  version: version(1),
  number: uint(),
  choice: oneOf(3, 5),
  perhaps: nullable(text(80)),
  bytes: bytesUpTo(70_000),
  parts: list(partSchema, 20),
  sorted: ascending(uint(), 20, (a, b) => a - b),
});

const PLAIN = { noNullPrototype: true } as const;

const integers = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 2 ** 32));
const words = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.constant(`\ufeff${'a'.repeat(70)}`),
);
const parts = fc.oneof(
  fc.record({ kind: fc.constant(1 as const), word: words }, PLAIN),
  fc.record(
    {
      kind: fc.constant(2 as const),
      flag: fc.boolean(),
      many: fc.array(integers, { maxLength: 40 }),
    },
    PLAIN,
  ),
);
const values = fc.record(
  {
    version: fc.constant(1 as const),
    number: integers,
    choice: fc.constantFrom(3 as const, 5 as const),
    perhaps: fc.option(fc.string({ maxLength: 20 })),
    bytes: fc.uint8Array({ maxLength: 300 }),
    parts: fc.array(parts, { maxLength: 20 }),
    sorted: fc.uniqueArray(integers, { maxLength: 20 }).map((all) => all.sort((a, b) => a - b)),
  },
  PLAIN,
);

const hex = (spelled: string): Uint8Array => fromHex(spelled) as Uint8Array;

function codeOf(schema: Schema<unknown>, bytes: Uint8Array, sizeMax = SIZE_MAX): string {
  const read = decode(schema, bytes, sizeMax);
  return read.ok ? 'ok' : read.code;
}

describe('one encoding of each value', () => {
  test('what is written is read back, also from JSON and by msgpackr', () => {
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(everything, value);
        const read = decode(everything, bytes, SIZE_MAX);
        assert.ok(read.ok);
        assert.deepEqual(read.value, value);
        const json: unknown = JSON.parse(JSON.stringify(toJson(everything, value)));
        const again = fromJson(everything, json);
        assert.ok(again.ok);
        assert.deepEqual(again.value, value);
        const unpacked = unpackr.unpack(bytes) as unknown[];
        assert.equal(unpacked[1], value.number);
        assert.deepEqual(unpacked[6], value.sorted);
      }),
    );
  });

  test('at every length at which the form of a head changes', () => {
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
    for (const length of [0, 1, 15, 16, 31, 32, 64, 65, 255, 256, 65_535, 65_536]) {
      const value = {
        letters: 'a'.repeat(length),
        signs: 'é'.repeat(length),
        bytes: new Uint8Array(length).fill(7),
        many: Array.from({ length }, () => true),
        number: length,
      };
      const schema = tuple({
        letters: text(200_000),
        signs: text(200_000),
        bytes: bytesUpTo(200_000),
        many: list(bool, 200_000),
        number: uint(),
      });
      const bytes = encode(schema, value);
      const read = decode(schema, bytes, SIZE_MAX);
      assert.ok(read.ok);
      assert.deepEqual(read.value, value);
      const [letters, signs, binary, many, number] = unpackr.unpack(bytes) as unknown[];
      const unpacked = { letters, signs, bytes: new Uint8Array(binary as Buffer), many, number };
      assert.deepEqual(unpacked, value);
    }
  });

  test('a value outside its schema throws, and the next one is written as if nothing was', () => {
    const schema = list(uint(9), 3);
    assert.throws(() => encode(schema, [1, 2, 10]));
    assert.deepEqual(encode(schema, [1]), Uint8Array.of(0x91, 1));
  });

  test('views share the memory that was read, copies do not', () => {
    const schema = bytesUpTo(10);
    for (const [read, shared] of [
      [decodeViews, true],
      [decode, false],
    ] as const) {
      const bytes = encode(schema, Uint8Array.of(1, 2));
      const value = read(schema, bytes, 10);
      bytes[3] = 9;
      assert.deepEqual(value, { ok: true, value: Uint8Array.of(1, shared ? 9 : 2) });
    }
  });

  test('bytes that are changed anywhere are refused, or encode to themselves', () => {
    const change = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
    const cut = fc.option(fc.record({ at: fc.nat(), bytes: fc.uint8Array({ maxLength: 4 }) }));
    fc.assert(
      fc.property(values, fc.array(change, { maxLength: 3 }), cut, (value, changes, spliced) => {
        let bytes = encode(everything, value);
        for (const { at, by } of changes) {
          const index = at % bytes.length;
          bytes[index] = (bytes[index] as number) ^ by;
        }
        if (spliced !== null) {
          const at = spliced.at % bytes.length;
          bytes = concat(bytes.subarray(0, at), spliced.bytes, bytes.subarray(at + 1));
        }
        const read = decode(everything, bytes, SIZE_MAX);
        if (read.ok) assert.equal(toHex(encode(everything, read.value)), toHex(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test('random bytes never throw, and what is accepted encodes to itself', () => {
    const schemas = [uint(), text(9), bytesUpTo(9), bool, nullable(list(uint(), 9)), everything];
    const marks = fc.constantFrom(0x91, 0xa2, 0xc0, 0xc4, 0xcc, 0xcd, 0xcf, 0xd9, 0xdc, 0xdd, 0);
    const soup = fc.array(fc.oneof(marks, fc.nat(255)), { maxLength: 14 });
    fc.assert(
      fc.property(soup, fc.constantFrom(...schemas), (given, schema: Schema<unknown>) => {
        const bytes = Uint8Array.from(given);
        const read = decode(schema, bytes, SIZE_MAX);
        if (read.ok) assert.equal(toHex(encode(schema, read.value)), toHex(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  for (const length of [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    test(`strings, binary and arrays of ${length} items come back`, () => {
      const samples: [Schema<unknown>, unknown][] = [
        [text(70_000) as Schema<unknown>, 'x'.repeat(length)],
        [text(140_000) as Schema<unknown>, 'ä'.repeat(length)],
        [bytesUpTo(70_000) as Schema<unknown>, new Uint8Array(length).fill(1)],
        [list(uint(), 70_000) as Schema<unknown>, new Array(length).fill(1)],
      ];
      for (const [schema, value] of samples) {
        const read = decode(schema, encode(schema, value), SIZE_MAX);
        assert.ok(read.ok);
        assert.deepEqual(read.value, value);
      }
    });
  }

  const golden: readonly [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [2 ** 32 - 1, 'ceffffffff'],
    [2 ** 32, 'cf0000000100000000'],
    [Number.MAX_SAFE_INTEGER, 'cf001fffffffffffff'],
  ];
  for (const [value, bytes] of golden) {
    test(`${value} is ${bytes}`, () => {
      assert.equal(toHex(encode(uint(), value)), bytes);
      assert.deepEqual(decode(uint(), hex(bytes), 9), { ok: true, value });
    });
  }
});

describe('what is refused', () => {
  const refused: readonly [string, Schema<unknown>, string, string][] = [
    ['a longer form of a small integer', uint(), 'cc7f', 'CODEC_NOT_CANONICAL'],
    ['a longer form of 255', uint(), 'cd00ff', 'CODEC_NOT_CANONICAL'],
    ['a longer form of 65535', uint(), 'ce0000ffff', 'CODEC_NOT_CANONICAL'],
    ['a longer form of 2^32 - 1', uint(), 'cf00000000ffffffff', 'CODEC_NOT_CANONICAL'],
    ['an integer of 2^53', uint(), 'cf0020000000000000', 'CODEC_NOT_CANONICAL'],
    ['a negative integer', uint(), 'ff', 'CODEC_NOT_CANONICAL'],
    ['a signed form', uint(), 'd05f', 'CODEC_NOT_CANONICAL'],
    ['a float', uint(), 'cb3ff0000000000000', 'CODEC_NOT_CANONICAL'],
    ['a map', uint(), '80', 'CODEC_NOT_CANONICAL'],
    ['an extension', uint(), 'd40100', 'CODEC_NOT_CANONICAL'],
    ['a long form of short text', text(9), 'd90161', 'CODEC_NOT_CANONICAL'],
    ['a long form of short binary', bytesUpTo(9), 'c5000161', 'CODEC_NOT_CANONICAL'],
    ['a long form of a short array', list(uint(), 9), 'dc000101', 'CODEC_NOT_CANONICAL'],
    ['an unpaired surrogate', text(9), 'a3eda080', 'CODEC_NOT_CANONICAL'],
    ['an overlong character', text(9), 'a2c080', 'CODEC_NOT_CANONICAL'],
    ['bytes after the end', uint(), '0000', 'CODEC_NOT_CANONICAL'],
    ['nothing', uint(), '', 'CODEC_NOT_CANONICAL'],
    ['a cut-off integer', uint(), 'cd01', 'CODEC_NOT_CANONICAL'],
    ['cut-off text', text(9), 'a261', 'CODEC_NOT_CANONICAL'],
    ['an array without its items', list(uint(), 9), '9201', 'CODEC_NOT_CANONICAL'],
    ['text for binary', bytesUpTo(9), 'a161', 'CODEC_SCHEMA'],
    ['binary for text', text(9), 'c40161', 'CODEC_SCHEMA'],
    ['nil for an integer', uint(), 'c0', 'CODEC_SCHEMA'],
    ['a number too large', uint(9), '0a', 'CODEC_SCHEMA'],
    ['text too long', text(1), 'a26161', 'CODEC_SCHEMA'],
    ['too many items', list(uint(), 1), '920101', 'CODEC_SCHEMA'],
    ['items out of order', ascending(uint(), 9, (a, b) => a - b), '920101', 'CODEC_SCHEMA'],
    ['another number of fields', tuple({ a: uint(), b: uint() }), '9101', 'CODEC_SCHEMA'],
    ['another version', tuple({ version: version(1), b: uint() }), '9202c3', 'CODEC_VERSION'],
    ['a version with more fields', tuple({ version: version(1) }), '920201', 'CODEC_VERSION'],
  ];
  for (const [what, schema, bytes, code] of refused) {
    test(what, () => assert.equal(codeOf(schema, hex(bytes)), code));
  }

  test('more bytes than allowed, before anything else is looked at', () => {
    assert.equal(codeOf(bytesUpTo(99), new Uint8Array(11).fill(0xc1), 10), 'CODEC_TOO_LARGE');
  });

  test('counts that promise more than is there cost nothing', () => {
    for (const bomb of ['ddffffffff', 'dbffffffff', 'c6ffffffff']) {
      const bytes = concat(hex('9700'), hex(bomb));
      assert.notEqual(codeOf(everything, bytes), 'ok');
      assert.notEqual(codeOf(list(uint(), 2 ** 32), hex(bomb)), 'ok');
    }
  });

  test('arrays in arrays, however deep, end with a code', () => {
    const deep = new Uint8Array(SIZE_MAX).fill(0x91);
    for (const schema of [everything, list(list(uint(), 9), 9), partSchema, uint()]) {
      assert.equal(codeOf(schema as Schema<unknown>, deep), 'CODEC_SCHEMA');
    }
  });

  test('the message names the place', () => {
    const schema = tuple({ a: list(tuple({ b: list(uint(), 2) }), 3) });
    const bad = fromJson(schema, { a: [{ b: [1] }, { b: [0, -1] }] });
    assert.match(bad.ok ? '' : bad.message, /^a\[1\]\.b\[1\]: expected an integer/);
    const text = decode(schema, hex('919291910191920a' + 'a0'), 99);
    assert.match(text.ok ? '' : text.message, /^a\[1\]\.b\[1\]: expected an integer/);
  });

  test('writing what does not fit throws', () => {
    assert.throws(() => encode(uint(3), 4));
    assert.throws(() => encode(uint(), -1));
    assert.throws(() => encode(uint(), 0.5));
    assert.throws(() => encode(text(9), '\ud800'));
    assert.throws(() => encode(bytesUpTo(1), new Uint8Array(2)));
    assert.throws(() => encode(list(uint(), 1), [1, 2]));
  });
});

describe('JSON', () => {
  const schema = tuple({ version: version(1), name: text(9), bytes: bytesUpTo(3) });

  const refused: readonly [string, string, string][] = [
    ['no object', '[1,"a",""]', 'CODEC_SCHEMA'],
    ['null', 'null', 'CODEC_SCHEMA'],
    ['a member too few', '{"version":1,"name":"a"}', 'CODEC_SCHEMA'],
    ['a member too many', '{"version":1,"name":"a","bytes":"","x":1}', 'CODEC_SCHEMA'],
    ['__proto__', '{"version":1,"name":"a","bytes":"","__proto__":{"x":1}}', 'CODEC_SCHEMA'],
    ['an inherited member', '{"version":1,"__proto__":{"name":"a"},"bytes":""}', 'CODEC_SCHEMA'],
    ['padded base64url', '{"version":1,"name":"a","bytes":"AA=="}', 'CODEC_SCHEMA'],
    ['a string for a number', '{"version":"1","name":"a","bytes":""}', 'CODEC_SCHEMA'],
    ['an unpaired surrogate', '{"version":1,"name":"\\ud800","bytes":""}', 'CODEC_SCHEMA'],
    ['another version', '{"version":2,"title":"a"}', 'CODEC_VERSION'],
  ];
  for (const [what, json, code] of refused) {
    test(`${what} is refused`, () => {
      const read = fromJson(schema, JSON.parse(json));
      assert.equal(!read.ok && read.code, code);
    });
  }

  test('any JSON is an answer, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const each of [schema, everything, partSchema]) {
          assert.equal(fromJson(each as Schema<unknown>, json).ok, false);
        }
      }),
    );
  });

  test('huge strings are refused by their length', () => {
    const huge = 'A'.repeat(50_000_000);
    assert.equal(fromJson(text(9), huge).ok, false);
    assert.equal(fromJson(bytesUpTo(9), huge).ok, false);
  });
});

describe('views of memory', () => {
  test('a Buffer inside another is read as its own bytes, and copied out', () => {
    const bytes = encode(everything, {
      version: 1,
      number: 2 ** 40,
      choice: 5,
      perhaps: 'ja',
      bytes: Uint8Array.of(1, 2, 3),
      parts: [{ kind: 2, flag: true, many: [1, 70_000] }],
      sorted: [],
    });
    const around = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
    const view = around.subarray(6, 6 + bytes.length);
    const read = decode(everything, view, SIZE_MAX);
    assert.ok(read.ok);
    assert.equal(read.value.bytes.constructor, Uint8Array);
    around.fill(0);
    assert.deepEqual(read.value.bytes, Uint8Array.of(1, 2, 3));
    assert.equal(toHex(encode(everything, read.value)), toHex(bytes));
  });

  test('encoded bytes are memory of their own', () => {
    const [first, second] = [encode(text(9), 'first'), encode(text(9), 'other')];
    assert.notEqual(first.buffer, second.buffer);
    assert.equal(first.buffer.byteLength, first.length);
  });

  test('what recurs is shared, in memory that belongs to nobody else', () => {
    const name = recurring(bytesUpTo(40));
    const bytes = encode(name, Uint8Array.of(1, 2, 3));
    const reads = Array.from({ length: 3 }, () => decodeViews(name, bytes, SIZE_MAX));
    bytes.fill(0);
    const [, second, third] = reads.map((read) => (read.ok ? read.value : undefined));
    assert.deepEqual(second, Uint8Array.of(1, 2, 3));
    assert.equal(second, third);
  });
});

describe('what recurs', () => {
  const plain = { word: text(80, /^[^x]*$/), key: bytesUpTo(70) };
  const once = list(tuple(plain), 40);
  const again = list(tuple({ word: recurring(plain.word), key: recurring(plain.key) }), 40);
  // Few letters and lengths, so that much comes again, and takes the place of something else.
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '\u{1F600}', 'x'), maxLength: 40 });
  const key = fc.array(fc.nat(2), { maxLength: 68 }).map((items) => Uint8Array.from(items));
  const values = fc.array(fc.record({ word, key }, PLAIN), { maxLength: 40 });
  const writable = list(tuple({ word: text(200), key: bytesUpTo(70) }), 40);

  test('is read as if nothing had come before, and refused where it is wrong', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(writable, value);
        assert.deepEqual(decode(again, bytes, SIZE_MAX), decode(once, bytes, SIZE_MAX));
      }),
      { numRuns: 500 },
    );
  });

  test('is cut off, changed or spelled longer as safely as anything', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), length: fc.nat() });
    fc.assert(
      fc.property(values, change, (value, { at, to, length }) => {
        const whole = encode(writable, value);
        decode(again, whole, SIZE_MAX);
        const bytes = whole.slice(0, whole.length - (length % 3));
        bytes[at % whole.length] = to;
        assert.deepEqual(decode(again, bytes, SIZE_MAX), decode(once, bytes, SIZE_MAX));
      }),
      { numRuns: 2000 },
    );
  });
});
