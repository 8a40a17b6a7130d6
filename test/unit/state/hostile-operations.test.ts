/** Whatever members and publishers ask for is applied or rejected with a code; nothing throws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTION, type Action } from '../../../src/ledger/governance.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import * as queries from '../../../src/state/queries.ts';
import { type Bench, bench, keysOf, MEMBER_IDS, memberNamed, OBSERVER, START } from './fixture.ts';
import { putMember } from './members.ts';

const number = fc.constantFrom(0, 1, 2, 3, START, START + 2, 2 ** 40, Number.MAX_SAFE_INTEGER);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const id = fc.constantFrom(...MEMBER_IDS, 'eve', 'acme', 'globex', 'nobody');
const key = fc
  .constantFrom('acme', 'globex', 'member ada', 'validator bob', 'new', 'safe')
  .map((name) => keysOf(name).publicKey);
const name = fc.constantFrom(...Object.keys(DEFAULT_PARAMETERS), 'toString', 'constructor');
const changes = fc
  .dictionary(name, number, { minKeys: 1, maxKeys: 4 })
  .map((all) => Object.entries(all).map(([of, value]) => ({ name: of, value })))
  .map((all) => all.sort((a, b) => (a.name < b.name ? -1 : 1)));
const op = <const O extends number>(value: O) => fc.constant(value);

const publisherRequest = fc
  .record({
    id: fc.constantFrom('acme', 'acrne', 'newco'),
    name: fc.constantFrom('New Co', 'ACME', 'АCME', 'new\u0301co', '--'),
    key,
  })
  .map(({ id, name, key }) => {
    const publisher = { id, name, keys: [key] };
    return { version: 1 as const, created: 0, publisher, signatures: [] };
  });

const action: fc.Arbitrary<Action> = fc.oneof(
  fc
    .record({ id: id.filter((of) => of !== 'nobody'), nodeKey: key, isObserver: fc.boolean() })
    .map(({ isObserver, ...entry }) =>
      putMember(memberNamed(entry.id, { ...(isObserver ? OBSERVER : {}), ...entry })),
    ),
  fc.record({
    action: fc.constantFrom(ACTION.MEMBER_REMOVE, ACTION.MEMBER_SUSPEND, ACTION.MEMBER_REINSTATE),
    id,
  }),
  fc.record({ action: op(ACTION.PARAMETERS), changes }),
  fc.record({ action: op(ACTION.PROTOCOL), version: fc.constantFrom(0, 1) }),
  fc.record({ action: op(ACTION.KEY_COMPROMISED), publisher: id, key, since: number }),
  fc.record({ action: op(ACTION.PUBLISHER_REGISTER), request: publisherRequest }),
);

const scope = fc.constantFrom({ names: [], kinds: [] }, { names: ['a*', '*'], kinds: ['file'] });
const proof = fc.constantFrom(Uint8Array.from({ length: 65 }, (_, i) => (i === 0 ? 1 : 0)));
const hash = fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(7));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    op: op(OPERATION.PROPOSE),
    actions: fc.array(action, { minLength: 1, maxLength: 3 }),
    reason: fc.constant(''),
  }),
  fc.record({
    op: op(OPERATION.VOTE),
    proposal: number,
    transaction: hash,
    approve: fc.boolean(),
  }),
  fc.record({ op: fc.constantFrom(OPERATION.WITHDRAW, OPERATION.EXECUTE), proposal: number }),
  fc.record({ op: op(OPERATION.VOUCH), publisher: id, until: orNull(number) }),
  fc.record({ op: op(OPERATION.UNVOUCH), publisher: id }),
  fc.record({ op: op(OPERATION.PUBLISHER_REGISTER), request: publisherRequest }),
  fc.record({
    op: op(OPERATION.KEY_ADD),
    key,
    label: fc.constant('x'),
    validFrom: orNull(number),
    validUntil: orNull(number),
    scope,
    proof,
  }),
  fc.record({ op: op(OPERATION.KEY_REVOKE), key }),
  fc.record({ op: op(OPERATION.KEY_COMPROMISED), key, since: number }),
  fc.record({
    op: op(OPERATION.PUBLISHER_SET),
    approvals: orNull(fc.constantFrom(0, 1, 2, 16)),
    recovery: orNull(hash),
  }),
);

const SENDERS: readonly (readonly [sender: string, key: string])[] = [
  ['member:ada', 'member ada'],
  ['member:bob', 'member bob'],
  ['validator:cyd', 'validator cyd'],
  ['acme', 'acme'],
  ['recovery:acme', 'safe'],
];

function made(b: Bench, sender: number, operations: readonly Operation[]): ReceivedTransaction {
  const [text, signer] = SENDERS[sender] as (typeof SENDERS)[0];
  return b.make(operations, { sender: text, signers: [keysOf(signer)] });
}

test('any operations of anybody give a code, and a state that reads', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          sender: fc.nat({ max: SENDERS.length - 1 }),
          operations: fc.array(operation, { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 24 },
      ),
      async (all) => {
        const b = await bench();
        for (let at = 0; at < all.length; at += 6) {
          const due = all.slice(at, at + 6).map((each) => made(b, each.sender, each.operations));
          const { transactions } = await b.grow(...due);
          const results = b.ledger.results(b.ledger.head.header.height);
          assert.equal(results.length, transactions.length);
          for (const { code } of results) assert.match(code, /^[A-Z_]*$/);
        }
        const state = b.ledger.state();
        const { time } = b.ledger.head.header;
        for (const each of queries.proposals(state, 0, 1_000)) {
          queries.standing(state, each, time);
        }
        for (const each of queries.publishers(state, 0, 10)) queries.levelOf(state, each, time);
        assert.ok(queries.members(state).length >= MEMBER_IDS.length);
        assert.ok(queries.epochState(state).nextValidators.length > 0);
      },
    ),
    { numRuns: 150 },
  ));
