/** Random changes of the membership, against a model in a few lines, over restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../src/common/bytes.ts';
import * as queries from '../../../src/state/queries.ts';
import { type Bench, bench, keysOf, MEMBER_IDS, memberNamed, OBSERVER } from './fixture.ts';
import { approved, putMember, ready, removeMember } from './members.ts';

const IDS = [...MEMBER_IDS, 'eve', 'fay'];
const KEYS = ['1', '2', '3'];

type Change =
  | { readonly do: 'put'; readonly id: string; readonly key: string | null }
  | { readonly do: 'remove'; readonly id: string }
  | { readonly do: 'ready'; readonly id: string; readonly key: string }
  | { readonly do: 'nothing' };

/** By member id: the name of its validator key. */
type Keys = ReadonlyMap<string, string>;

interface Model {
  /** The active members' keys as their entries say; null for an observer. */
  readonly entries: ReadonlyMap<string, string | null>;
  readonly gone: ReadonlySet<string>;
  readonly now: Keys;
  readonly next: Keys;
}

const FIRST: Keys = new Map(MEMBER_IDS.map((id) => [id, '1']));
const keyName = (id: string, key: string): string =>
  key === '1' ? `validator ${id}` : `validator ${id} ${key}`;

/** What a change makes of the model: the code, and the model after it. */
function apply(model: Model, change: Change): [string, Model] {
  const { entries, gone, now, next } = model;
  const keep = (code: string): [string, Model] => [code, model];
  const goOn = (changed: Partial<Model>): [string, Model] =>
    changed.next?.size === 0 ? keep('NO_VALIDATORS') : ['', { ...model, ...changed }];
  if (change.do === 'nothing') return keep('');
  const { id } = change;
  const without = new Map([...next].filter(([other]) => other !== id));
  const by = (key: string): Keys => new Map([...without, [id, key]]);
  if (change.do === 'remove') {
    if (!entries.has(id)) return keep('MEMBER_UNKNOWN');
    const left = new Map([...entries].filter(([other]) => other !== id));
    return goOn({ entries: left, gone: new Set([...gone, id]), next: without });
  }
  const { key } = change;
  if (change.do === 'ready') {
    if (now.get(id) === key) return keep('NOTHING_PENDING');
    return next.get(id) === key ? keep('ALREADY_READY') : goOn({ next: by(change.key) });
  }
  if (gone.has(id)) return keep('MEMBER_ID_USED');
  const put = { entries: new Map([...entries, [id, key]]) };
  if (key === null) return goOn({ ...put, next: without });
  if (now.get(id) === key || next.get(id) === key) {
    // An entry alone makes nobody a validator, but a key that is in force stays or comes back.
    return goOn({ ...put, next: by(key) });
  }
  const inForce = now.get(id);
  if (!next.has(id)) return goOn(put);
  return goOn({ ...put, next: inForce === undefined ? without : by(inForce) });
}

function isBoundaryDue({ now, next }: Model): boolean {
  return now.size !== next.size || [...now].some(([id, key]) => next.get(id) !== key);
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      id: fc.constantFrom(...IDS),
      key: fc.option(fc.constantFrom(...KEYS), { freq: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('remove' as const), id: fc.constantFrom(...IDS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('ready' as const),
      id: fc.constantFrom(...IDS),
      key: fc.constantFrom(...KEYS),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'nothing' as const }) },
);

/** The transaction of a change; undefined where the parent's state lets nobody make it. */
function made(b: Bench, model: Model, wanted: Change) {
  const members = [...model.entries.keys()];
  const signed = (operation: ReturnType<typeof removeMember>) =>
    approved(b, [operation], members, members[0] as string);
  if (wanted.do === 'nothing') return undefined;
  if (wanted.do === 'remove') return signed(removeMember(wanted.id));
  const { id, key } = wanted;
  if (wanted.do === 'put') {
    const keys = key === null ? OBSERVER : { validatorKey: keysOf(keyName(id, key)).publicKey };
    return signed(putMember(memberNamed(id, keys)));
  }
  return model.entries.get(id) === key ? ready(b, id, keyName(id, wanted.key)) : undefined;
}

function assertSame(b: Bench, model: Model, epoch: number): void {
  const state = b.ledger.state();
  const found = queries.epochState(state);
  const spelled = (set: typeof found.validators) =>
    set.map(({ member, key }) => `${member} ${toHex(key)}`);
  const expected = (keys: Keys) =>
    [...keys].map(([id, key]) => `${id} ${toHex(keysOf(keyName(id, key)).publicKey)}`).sort();
  assert.equal(found.epoch, epoch);
  assert.deepEqual(spelled(found.validators), expected(model.now));
  assert.deepEqual(spelled(found.nextValidators), expected(model.next));
  assert.deepEqual(queries.activeMembers(state), [...model.entries.keys()].sort());
  assert.equal(b.ledger.hasWork(b.ledger.head.hash), isBoundaryDue(model));
  for (const id of IDS) {
    const member = queries.member(state, id);
    assert.equal(member?.active, model.gone.has(id) ? false : model.entries.has(id) || undefined);
  }
}

test('any changes give what the model gives, on every node and after a restart', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ changes: fc.array(change, { maxLength: 4 }), restart: fc.boolean() }), {
        maxLength: 12,
      }),
      async (rounds) => {
        let b = await bench();
        const other = await bench();
        let model: Model = { entries: FIRST, gone: new Set(), now: FIRST, next: FIRST };
        let epoch = 1;
        for (const { changes, restart } of rounds) {
          const ends = isBoundaryDue(model);
          // Who approves is judged on the state before the block, and again when it is their turn.
          const first = model;
          const due = changes.flatMap((wanted) => {
            const t = made(b, first, wanted);
            return t === undefined ? [] : [{ wanted, t }];
          });
          const block = await b.grow(...due.map(({ t }) => t));
          assert.equal(other.ledger.check(block), 'valid');
          await other.ledger.finalize([
            { block, certificate: b.ledger.certificate(block.header.height) },
          ]);
          if (ends) {
            assert.equal(block.transactions.length, 0);
            model = { ...model, now: model.next };
            epoch++;
          } else {
            for (const { wanted, t } of due) {
              const [code, after] = turn(first, model, wanted);
              assert.equal(b.ledger.transaction(t.id)?.result.code, code);
              model = after;
            }
          }
          b.fill([]);
          if (restart) b = await bench({ store: b.store });
          assertSame(b, model, epoch);
          assert.deepEqual(b.ledger.state().treeRoot, other.ledger.state().treeRoot);
        }
      },
    ),
    { numRuns: 60 },
  ));

/** As `apply`, with what earlier changes of the block made of the right to it. */
function turn(first: Model, model: Model, wanted: Change): [string, Model] {
  if (wanted.do === 'nothing') return ['', model];
  if (wanted.do === 'ready') {
    const mine = model.entries.get(wanted.id) === wanted.key;
    return mine ? apply(model, wanted) : ['UNAUTHORISED', model];
  }
  const [sender] = first.entries.keys();
  const active = model.entries.has(sender as string);
  const all = [...model.entries.keys()].every((id) => first.entries.has(id));
  return active && all ? apply(model, wanted) : ['APPROVALS_MISSING', model];
}
