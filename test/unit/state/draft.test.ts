/** Drafts against a model that copies everything: what is read, taken back, and written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, utf8 } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import {
  append,
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  leafHash,
  rootOfHashes,
} from '../../../src/ledger/merkle/rfc6962.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import { listHeadSchema } from '../../../src/ledger/state-values.ts';
import { Draft, type StateBase } from '../../../src/state/execution/draft.ts';
import { STORED_LEVEL } from '../../../src/state/execution/list-change.ts';

interface Model {
  readonly values: Map<string, Uint8Array>;
  readonly lists: Map<string, Uint8Array[]>;
}

const VALUE_KEYS = ['value/a', 'value/b', 'value/ключ'];
const LIST_KEYS = ['list/a', 'list/b'];

function copyOf({ values, lists }: Model): Model {
  const copied = [...lists].map(([key, items]): [string, Uint8Array[]] => [key, [...items]]);
  return { values: new Map(values), lists: new Map(copied) };
}

function itemsOf({ lists }: Model, key: string): Uint8Array[] {
  return lists.get(key) ?? [];
}

function frontierOf(items: readonly Uint8Array[]): Frontier {
  return items.reduce(append, EMPTY_FRONTIER);
}

function baseOf(model: Model): StateBase {
  return {
    read: ({ text, keyHash: hashed }) => {
      assert.deepEqual(hashed, keyHash(text));
      return model.values.get(text);
    },
    frontier: ({ text }) => frontierOf(itemsOf(model, text)),
  };
}

interface Step {
  readonly isItem: boolean;
  readonly key: string;
  readonly bytes: Uint8Array;
}

const bytes = fc.uint8Array({ maxLength: 40 });
const step: fc.Arbitrary<Step> = fc.boolean().chain((isItem) =>
  fc.record({
    isItem: fc.constant(isItem),
    key: fc.constantFrom(...(isItem ? LIST_KEYS : VALUE_KEYS)),
    bytes,
  }),
);
const base: fc.Arbitrary<Model> = fc
  .tuple(fc.array(bytes, { maxLength: 40 }), bytes)
  .map(([items, value]) => ({
    values: new Map([['value/a', value]]),
    lists: new Map([['list/a', items]]),
  }));
const transactions = fc.array(
  fc.record({ steps: fc.array(step, { maxLength: 30 }), isApplied: fc.boolean() }),
  { maxLength: 8 },
);

function apply(draft: Draft, model: Model, { isItem, key, bytes: given }: Step): void {
  if (isItem) {
    draft.append(key, given);
    model.lists.set(key, [...itemsOf(model, key), given]);
  } else {
    draft.put(key, given);
    model.values.set(key, given);
  }
}

/** The stored roots of the complete subtrees that end with the items from `from` on. */
function nodesOf(items: readonly Uint8Array[], from: number): Map<number, Uint8Array> {
  const nodes = new Map<number, Uint8Array>();
  for (let at = from; at < items.length; at++) {
    const roots: Uint8Array[] = [];
    for (let size = 2 ** STORED_LEVEL; (at + 1) % size === 0; size *= 2) {
      roots.push(rootOfHashes(items.slice(at + 1 - size, at + 1).map(leafHash)));
    }
    if (roots.length > 0) nodes.set(at, concat(...roots));
  }
  return nodes;
}

test('a draft reads, takes back and writes as a model that copies everything', () => {
  fc.assert(
    fc.property(base, transactions, (before, all) => {
      const draft = new Draft(baseOf(before));
      let model = copyOf(before);
      for (const { steps, isApplied } of all) {
        draft.begin();
        const after = copyOf(model);
        for (const each of steps) apply(draft, after, each);
        if (isApplied) model = after;
        else draft.rollback();
        for (const key of VALUE_KEYS) assert.deepEqual(draft.get(key), model.values.get(key));
        for (const key of LIST_KEYS) assert.equal(draft.count(key), itemsOf(model, key).length);
      }
      assertWrites(draft, before, model);
      const above = new Draft(draft);
      for (const key of VALUE_KEYS) assert.deepEqual(above.get(key), model.values.get(key));
      for (const key of LIST_KEYS) above.append(key, utf8('more'));
      for (const { text, frontier } of above.writes().lists) {
        assert.deepEqual(frontier, frontierOf([...itemsOf(model, text), utf8('more')]));
      }
    }),
  );
});

/** What is written is what differs, and the heads of what was appended to. */
function assertWrites(draft: Draft, before: Model, after: Model): void {
  const { values, lists, items: all } = draft.writes();
  const expected = new Map<string, Uint8Array>();
  for (const [key, value] of after.values) {
    assert.equal(draft.isWritten(key), value !== before.values.get(key));
    if (draft.isWritten(key)) expected.set(key, value);
  }
  for (const key of LIST_KEYS) {
    const items = itemsOf(after, key);
    const from = itemsOf(before, key).length;
    const change = lists.find(({ text }) => text === key);
    assert.equal(change === undefined, items.length === from);
    if (change === undefined) continue;
    const frontier = frontierOf(items);
    assert.deepEqual(
      change.items.map((item) => all.at(item)),
      items.slice(from),
    );
    assert.deepEqual(change.frontier, frontier);
    assert.deepEqual(new Map(change.nodes), nodesOf(items, from));
    const head = { count: items.length, root: frontierRoot(frontier) };
    expected.set(key, encode(listHeadSchema, head));
  }
  assert.deepEqual(new Map(values.map(({ text, value }) => [text, value])), expected);
  for (const { text, keyHash: hashed } of values) assert.deepEqual(hashed, keyHash(text));
}

test('text becomes what TextEncoder makes of it', () => {
  const draft = new Draft(baseOf({ values: new Map(), lists: new Map() }));
  fc.assert(
    fc.property(fc.array(fc.nat(0x200), { maxLength: 30 }), (codes) => {
      const text = String.fromCharCode(...codes);
      assert.deepEqual(draft.utf8(text), utf8(text));
    }),
  );
  assert.deepEqual(draft.utf8('plain'), utf8('plain'));
});
