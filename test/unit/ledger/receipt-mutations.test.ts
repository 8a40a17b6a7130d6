/**
 * Receipts that were tampered with, in every way that their parts allow: cut, padded, put twice, in
 * another order, swapped between receipts, of another chain or epoch, by others or too few. None is
 * accepted; and no input whatever makes the verifier throw anything but its own error, or work
 * without bound.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ReceiptError, verifyReceipt } from '../../../src/client/verify-receipt.ts';
import {
  decode,
  encode,
  fromJson,
  type Json,
  type Schema,
  toJson,
} from '../../../src/common/codec/index.ts';
import { type Verify, verify } from '../../../src/common/signature.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { inclusionSchema } from '../../../src/ledger/inclusion.ts';
import { PROVEN_ENTRIES_MAX, provenStateSchema } from '../../../src/ledger/proven-state.ts';
import {
  checkReceipt,
  formatReceipt,
  RECEIPT_TEXT_MAX,
  type Receipt,
  readReceipt,
  receiptSchema,
} from '../../../src/ledger/receipt.ts';
import { validatorLinkSchema } from '../../../src/ledger/validator-links.ts';
import { links, sets } from './epochs-world.ts';
import { crossing } from './vectors-epochs.ts';
import { wordReceipts } from './word-world.ts';
import { blocks, flip, genesis, receipts, validators } from './world.ts';

const [, second, third] = sets;
const ALL: Readonly<Record<string, Receipt>> = {
  ...receipts,
  ...wordReceipts,
  'across one epoch': crossing(5, second, links.slice(0, 1)),
  'across two epochs': crossing(7, third, links),
};
const names = Object.keys(ALL);
const trust = trustOf(genesis);
const sdkTrust = { name: 'vectors', origin: trust };

type Tree = { [name: string]: Json };

/** A receipt with its parts opened, as JSON. */
function treeOf(receipt: Receipt): Tree {
  const open = <T>(schema: Schema<T>, bytes: Uint8Array): Json => {
    const read = decode(schema, bytes, bytes.length);
    assert.ok(read.ok);
    return toJson(schema, read.value);
  };
  return {
    ...(toJson(receiptSchema, receipt) as Tree),
    state: open(provenStateSchema, receipt.state),
    links: receipt.links.map((link) => open(validatorLinkSchema, link)),
    transactions: receipt.transactions.map((each) => open(inclusionSchema, each)),
  };
}

/** The receipt of an opened one; undefined where its parts don't even have the form of some. */
function receiptOf({ state, links: given, transactions, ...rest }: Tree): Receipt | undefined {
  const close = <T>(schema: Schema<T>, json: Json | undefined): Uint8Array | undefined => {
    const read = fromJson(schema, json);
    return read.ok ? encode(schema, read.value) : undefined;
  };
  const listed = (json: Json | undefined): readonly Json[] => (Array.isArray(json) ? json : []);
  const parts = {
    state: close(provenStateSchema, state),
    links: listed(given).map((each) => close(validatorLinkSchema, each)),
    transactions: listed(transactions).map((each) => close(inclusionSchema, each)),
  };
  const plain = fromJson(receiptSchema, { ...rest, state: '', links: [], transactions: [] });
  const isWhole =
    plain.ok && ![parts.state, ...parts.links, ...parts.transactions].includes(undefined);
  return isWhole ? ({ ...plain.value, ...parts } as Receipt) : undefined;
}

type Path = readonly (string | number)[];

function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]));
  return [path, ...inner];
}

function at(tree: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((holder, name) => (holder as Tree)?.[name], tree);
}

function replaced(tree: Tree, path: Path, value: Json): Tree {
  const copy = structuredClone(tree);
  const holder = at(copy, path.slice(0, -1)) as Tree;
  holder[path.at(-1) as string] = value;
  return copy;
}

/** An absence shown of another key by the same bytes is what it says it is: true. */
function isAccepted(changed: Receipt, whole: Receipt): boolean {
  const result = checkReceipt({ trust, receipt: changed, verify });
  if (!result.ok) return false;
  const isOther = JSON.stringify(changed.subject) !== JSON.stringify(whole.subject);
  return !(isOther && whole.transactions.length === 0);
}

function refused(tree: Tree, whole: Receipt, what: string): void {
  const changed = receiptOf(tree);
  if (changed !== undefined) assert.ok(!isAccepted(changed, whole), what);
}

/** Ways to change a list: each item left out, put twice, and swapped with its neighbour. */
function* changedLists(items: readonly Json[]): Iterable<Json[]> {
  for (let i = 0; i < items.length; i++) {
    yield items.toSpliced(i, 1);
    yield items.toSpliced(i, 0, items[i] as Json);
    if (i > 0) yield items.toSpliced(i - 1, 2, items[i] as Json, items[i - 1] as Json);
  }
  if (items.length > 1) yield [];
}

describe('receipts that were tampered with', () => {
  for (const [name, whole] of Object.entries(ALL)) {
    const tree = treeOf(whole);
    const bytes = encode(receiptSchema, whole);

    test(`${name}: is good as it is, and stays so when opened and closed`, () => {
      assert.deepEqual(receiptOf(tree), whole);
      assert.ok(isAccepted(whole, whole));
    });

    test(`${name}: every byte changed`, () => {
      const check = (position: number, bit: number): void => {
        const read = decode(receiptSchema, flip(bytes, position, bit), bytes.length);
        if (read.ok) assert.ok(!isAccepted(read.value, whole), `byte ${position}, bit ${bit}`);
      };
      for (let i = 0; i < bytes.length; i++) check(i, (i * 5) % 8);
    });

    test(`${name}: cut off anywhere, and followed by anything`, () => {
      for (let size = 0; size < bytes.length; size++) {
        assert.ok(!decode(receiptSchema, bytes.subarray(0, size), bytes.length).ok);
      }
      for (const more of [[0], [0xc0], [...bytes]]) {
        const padded = Uint8Array.of(...bytes, ...more);
        assert.ok(!decode(receiptSchema, padded, padded.length).ok);
      }
    });

    test(`${name}: every list in it shorter, longer, in another order`, () => {
      for (const path of pathsOf(tree)) {
        const items = at(tree, path);
        if (!Array.isArray(items)) continue;
        for (const changed of changedLists(items)) {
          if (JSON.stringify(changed) === JSON.stringify(items)) continue;
          refused(replaced(tree, path, changed), whole, path.join('.'));
        }
      }
    });

    test(`${name}: every number in it another one`, () => {
      for (const path of pathsOf(tree)) {
        const value = at(tree, path);
        if (typeof value !== 'number') continue;
        for (const changed of [value + 1, value - 1, 0, Number.MAX_SAFE_INTEGER]) {
          if (changed === value || changed < 0) continue;
          refused(replaced(tree, path, changed), whole, path.join('.'));
        }
      }
    });
  }

  test('every part of one in the place of another’s', () => {
    const trees = names.map((name) => treeOf(ALL[name] as Receipt));
    for (const [i, tree] of trees.entries()) {
      const whole = ALL[names[i] as string] as Receipt;
      for (const path of pathsOf(tree).filter(({ length }) => length > 0 && length < 6)) {
        const own = JSON.stringify(at(tree, path));
        const others = new Set(trees.map((other) => JSON.stringify(at(other, path))));
        for (const other of others) {
          if (other === undefined || other === own) continue;
          const what = `${names[i]}: ${path.join('.')}`;
          refused(replaced(tree, path, JSON.parse(other) as Json), whole, what);
        }
      }
    }
  });

  test('under another genesis, chain, epoch or set, none is good', () => {
    for (const receipt of Object.values(ALL)) {
      const others = [
        { ...trust, chain: flip(trust.chain, 0) },
        { ...trust, epoch: 9 },
        { ...trust, validators: validators.slice(1) },
      ];
      for (const other of others) {
        assert.ok(!checkReceipt({ trust: other, receipt, verify }).ok);
      }
    }
  });
});

/** What the verifier made of any text or document: the answer, or the code of its own error. */
function outcomeOf(given: string | Json): string {
  try {
    return JSON.stringify(verifyReceipt(given, sdkTrust, { anyPublisher: true }));
  } catch (error) {
    assert.ok(error instanceof ReceiptError, String(error));
    return error.step;
  }
}

describe('whatever is given for a receipt', () => {
  const texts = names.map((name) => formatReceipt(ALL[name] as Receipt));
  const answers = new Set(texts.map(outcomeOf));

  test('is one of those that are good, or refused with the error of receipts', () => {
    const any = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const documents = texts.map((text) => JSON.parse(text) as Tree);
    const changed = fc
      .tuple(fc.nat(documents.length - 1), fc.nat(), any)
      .map(([which, place, value]) => {
        const document = documents[which] as Tree;
        const paths = pathsOf(document).filter(({ length }) => length > 0);
        const path = paths[place % paths.length] as Path;
        return replaced(document, path, value as Json);
      });
    fc.assert(
      fc.property(fc.oneof(any, fc.string(), changed), (given) => {
        const outcome = outcomeOf(given as Json);
        const absence = JSON.stringify(given ?? null)?.includes('"transactions":[]') === true;
        assert.ok(/^[A-Z_]+$/.test(outcome) || answers.has(outcome) || absence, outcome);
      }),
      { numRuns: 500 },
    );
  });

  test('may be nothing, a cycle, a depth without end, or too much', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const strange = [undefined, cycle, 1n, Symbol('x'), () => 0, new Proxy({}, {})];
    for (const given of strange) assert.equal(outcomeOf(given as unknown as Json), 'RECEIPT_FILE');
    const letters = JSON.stringify('x'.repeat(RECEIPT_TEXT_MAX - 2));
    const wide = `[${'1,'.repeat(RECEIPT_TEXT_MAX / 2 - 2)}1]`;
    const large = 'x'.repeat(RECEIPT_TEXT_MAX + 1);
    for (const given of [deep, '{"schema":'.repeat(50_000), letters, wide, large]) {
      assert.equal(outcomeOf(given), 'RECEIPT_FILE');
    }
    const text = texts[0] as string;
    const nested = text.replace(/"statements":\[[^\]]*\]/, `"statements":${deep}`);
    assert.equal(outcomeOf(nested), 'RECEIPT_FILE');
    const proto = text.replace('"chain"', '"__proto__":{"x":1},"chain"');
    assert.equal(outcomeOf(proto), 'RECEIPT_FILE');
  });

  test('costs no more signatures than validators, links and signed transactions have', () => {
    const asset = receipts.asset;
    const read = decode(provenStateSchema, asset.state, asset.state.length);
    assert.ok(read.ok);
    const [transaction] = asset.transactions as [Uint8Array];
    const many = (count: number): Uint8Array[] => new Array(count).fill(transaction);
    const [entry] = read.value.entries as [(typeof read.value.entries)[0]];
    const entries = Array.from({ length: PROVEN_ENTRIES_MAX }, (_, i) => {
      return { ...entry, key: `k${i}`, depth: 255 };
    });
    const siblings = new Array(100_000).fill(blocks[0]?.hash);
    const big = encode(provenStateSchema, { ...read.value, entries, siblings });
    const link = encode(validatorLinkSchema, links[0]);
    const hostile: Readonly<Record<string, [Receipt, number]>> = {
      'a transaction 2,000 times': [{ ...asset, transactions: many(2_000) }, 3],
      'a link 1,024 times': [{ ...asset, links: new Array(1_024).fill(link) }, 3],
      'a state full of entries': [{ ...asset, state: big }, 3],
    };
    for (const [what, [receipt, most]] of Object.entries(hostile)) {
      let checked = 0;
      const counting: Verify = (...given) => {
        checked++;
        return verify(...given);
      };
      const text = formatReceipt(receipt);
      const again = readReceipt(text);
      assert.ok(again.ok);
      assert.ok(!checkReceipt({ trust, receipt: again.value, verify: counting }).ok, what);
      assert.ok(checked <= most, `${what}: ${checked} signatures`);
    }
  });
});
