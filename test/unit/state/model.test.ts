/** Random histories, against a model in a few lines, over competing branches and restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromUtf8, toHex } from '../../../src/common/bytes.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { OPERATION, type Operation, STATUS, type Status } from '../../../src/ledger/operations.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import type { StateReader } from '../../../src/state/ledger.ts';
import * as queries from '../../../src/state/queries.ts';
import { assetNamed, type Bench, bench, finals, PUBLISHER_IDS, put, statement } from './fixture.ts';
import { assertRejected } from './members.ts';

/** What anybody would expect the ledger to remember. */
interface Model {
  /** By asset name: `publisher status` in order. */
  readonly statements: Map<string, string[]>;
  /** By `namespace key`: values in order. */
  readonly records: Map<string, string[]>;
}

const ASSETS = ['a', 'b', 'c'];
const NAMESPACES = ['acme/one', 'globex/one'];
const KEYS = ['k', 'l/m'];

function applyToModel(model: Model, sender: string, operations: readonly Operation[]): string {
  const statements = new Map(model.statements);
  const records = new Map(model.records);
  for (const operation of operations) {
    if (operation.op === OPERATION.STATEMENT) {
      const before = statements.get(operation.name) ?? [];
      statements.set(operation.name, [...before, `${sender} ${operation.status}`]);
      continue;
    }
    if (operation.op !== OPERATION.RECORD_PUT) return 'UNAUTHORISED';
    const { namespace, key, value, ifRevision } = operation;
    if (!namespace.startsWith(`${sender}/`)) return 'NAMESPACE_FORBIDDEN';
    const values = records.get(`${namespace} ${key}`) ?? [];
    if (ifRevision === 0 && values.length > 0) return 'ALREADY_EXISTS';
    if (ifRevision !== null && ifRevision !== values.length) return 'REVISION_MISMATCH';
    records.set(`${namespace} ${key}`, [...values, fromUtf8(value) as string]);
  }
  for (const [name, made] of statements) model.statements.set(name, made);
  for (const [name, values] of records) model.records.set(name, values);
  return '';
}

function assertSame(state: StateReader, model: Model): void {
  for (const name of ASSETS) {
    const asset = assetNamed(name);
    const expected = model.statements.get(name) ?? [];
    const found = queries.statementsOn(state, asset);
    assert.deepEqual(
      found.map(({ publisher, statement: made }) => `${publisher} ${made.status}`),
      expected,
    );
    for (const publisher of PUBLISHER_IDS) {
      const last = found.findLast((made) => made.publisher === publisher);
      assert.deepEqual(queries.statementBy(state, asset, publisher), last);
    }
  }
  for (const namespace of NAMESPACES) {
    const names = new Set<string>();
    for (const key of KEYS) {
      const values = model.records.get(`${namespace} ${key}`) ?? [];
      const found = queries.revisions(state, namespace, key, 0, 1_000);
      assert.deepEqual(
        found.map(({ value }) => fromUtf8(value)),
        values,
      );
      assert.deepEqual(
        found.map(({ revision }) => revision),
        values.map((_, i) => i + 1),
      );
      assert.deepEqual(queries.record(state, namespace, key), found.at(-1));
      if (values.length > 0) names.add(key);
    }
    assert.deepEqual(new Set(queries.namespaceKeys(state, namespace, 0, 9)), names);
  }
  for (const publisher of PUBLISHER_IDS) {
    const { count } = state.list(stateKey.publisherActs(publisher));
    const made = [...model.statements.values()].flat();
    assert.equal(count, made.filter((entry) => entry.startsWith(`${publisher} `)).length);
  }
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...ASSETS), fc.constantFrom<Status>(...Object.values(STATUS)))
    .map(([name, status]) => statement(name, status)),
  fc
    .tuple(
      fc.constantFrom(...NAMESPACES),
      fc.constantFrom(...KEYS),
      fc.nat(99).map(String),
      fc.option(fc.nat(4)),
    )
    .map(([namespace, key, value, ifRevision]) => put(namespace, key, value, ifRevision)),
);
const drafted = fc.record({
  sender: fc.constantFrom(...PUBLISHER_IDS),
  operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
});
type Drafted = { readonly sender: string; readonly operations: readonly Operation[] };

/** One round: a branch of blocks that loses, one that wins, and perhaps a restart. */
const round = fc.record({
  losing: fc.array(fc.array(drafted, { maxLength: 3 }), { maxLength: 2 }),
  winning: fc.array(fc.array(drafted, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  restart: fc.boolean(),
});

function branch(
  b: Bench,
  blocks: readonly (readonly Drafted[])[],
  firstView: number,
): { block: Block; made: ReceivedTransaction[] }[] {
  let parent: Block | undefined;
  return blocks.map((transactions, i) => {
    const made = transactions.map(({ sender, operations }) => b.make(operations, { sender }));
    parent = b.propose(made, parent, firstView + i);
    return { block: parent, made };
  });
}

test('any history gives what the model gives, on every node and after a restart', () =>
  fc.assert(
    fc.asyncProperty(fc.array(round, { maxLength: 5 }), async (rounds) => {
      let b = await bench();
      const other = await bench();
      const model: Model = { statements: new Map(), records: new Map() };
      for (const { losing, winning, restart } of rounds) {
        const view = b.ledger.head.header.view;
        branch(b, losing, view + 1);
        const won = branch(b, winning, view + 10);
        const blocks = won.map(({ block }) => block);
        for (const block of blocks) assert.equal(other.ledger.check(block), 'valid');
        await b.ledger.finalize(finals(blocks));
        await other.ledger.finalize(finals(blocks));
        for (const { block, made } of won) {
          const expected = made.map(({ transaction: { sender, operations } }) =>
            applyToModel(model, sender, operations),
          );
          const results = b.ledger.results(block.header.height);
          assert.deepEqual(
            results.map(({ code }) => code),
            expected,
          );
        }
        const root = toHex(b.ledger.state().treeRoot);
        if (restart) b = await bench({ store: b.store });
        assert.equal(toHex(b.ledger.state().treeRoot), root);
        assert.equal(toHex(other.ledger.state().treeRoot), root);
        assertSame(b.ledger.state(), model);
      }
    }),
    { numRuns: 40 },
  ));

test('rejected means that nothing of the transaction happened', async () => {
  const b = await bench();
  await b.grow(b.make([put('acme/x', 'k', '1')]));
  const bad = b.make([
    statement('a'),
    put('acme/x', 'k', '2', 1),
    put('acme/x', 'l', '1', 0),
    put('acme/x', 'k', '3', 1),
  ]);
  await assertRejected(b, bad, 'REVISION_MISMATCH');
  assert.deepEqual(b.ledger.recentStatements(undefined, 9), []);
});

test('several operations on one key in a transaction work in order', async () => {
  const b = await bench();
  const t = b.make([
    put('acme/x', 'k', '1', 0),
    put('acme/x', 'k', '2', 1),
    put('acme/x', 'k', '3', 2),
    statement('a', STATUS.UNTRUSTED),
    statement('a', STATUS.TRUSTED),
  ]);
  await b.grow(t);
  const state = b.ledger.state();
  assert.equal(b.ledger.transaction(t.id)?.result.code, '');
  assert.deepEqual(
    queries.revisions(state, 'acme/x', 'k', 0, 9).map(({ operation: at }) => at),
    [0, 1, 2],
  );
  const current = queries.statementBy(state, assetNamed('a'), 'acme');
  assert.equal(current?.statement.status, STATUS.TRUSTED);
  assert.equal(current?.operation, 4);
  assert.deepEqual(current?.transaction, t.id);
});
