/** What changes of members mean for a node: whom it hears, and when it says `ready`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { failure, success } from '../../../src/common/result.ts';
import { verify } from '../../../src/common/signature.ts';
import { decodeTransaction, type ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { Membership } from '../../../src/node/membership.ts';
import { p2pMembers } from '../../../src/node/p2p-members.ts';
import { ReadyWord } from '../../../src/node/ready-word.ts';
import { VotingKeys } from '../../../src/node/voting-keys.ts';
import type { P2pMember } from '../../../src/p2p/roster.ts';
import type { Ledger } from '../../../src/state/ledger.ts';
import {
  type Bench,
  bench,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
  START,
  seal,
  statement,
} from '../state/fixture.ts';
import { approved, codes, putMember, ready, removeMember } from '../state/members.ts';

const log = pino({ level: 'silent' });
const eve = memberNamed('eve');
const EVES_KEY = keysOf('validator eve');

/** Ids of the members, those without a voice in brackets. */
function shown(members: readonly P2pMember[]): string {
  return members.map(({ id, votes }) => (votes ? id : `(${id})`)).join(' ');
}

suite('the members as p2p knows them', () => {
  test('a new one is there at once, and heard from its ready on', async () => {
    const b = await bench();
    await codes(b, ...approved(b, [putMember({ ...eve, announce: ['/dns4/eve.example/tcp/1'] })]));
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd dan (eve)');
    assert.deepEqual(p2pMembers(b.ledger).at(-1)?.addresses, ['/dns4/eve.example/tcp/1']);
    assert.deepEqual(await codes(b, ready(b, 'eve')), ['']);
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd dan eve');
  });

  test('one that is removed stays until the new epoch has a final block', async () => {
    const b = await bench();
    await codes(b, ...approved(b, [removeMember('dan')]));
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd dan', 'it has to end the epoch');
    await b.grow();
    assert.equal(b.ledger.epoch.number, 2);
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd dan', 'some may still need its votes');
    await b.grow();
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd');
  });

  test('an observer is gone at once, and who becomes one is silent with the epoch', async () => {
    const b = await bench();
    await codes(b, ...approved(b, [putMember(memberNamed('eve', OBSERVER))]));
    const all = [...MEMBER_IDS, 'eve'];
    await codes(b, ...approved(b, [removeMember('eve')], all));
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd dan');
    await codes(b, ...approved(b, [putMember(memberNamed('dan', OBSERVER))]));
    await b.grow();
    await b.grow();
    assert.equal(shown(p2pMembers(b.ledger)), 'ada bob cyd (dan)');
  });
});

/** A node of eve over the bench, with what it submitted and told p2p. */
function nodeOfEve(b: Bench, keys: VotingKeys) {
  const state = { current: true, taken: true };
  const submitted: ReceivedTransaction[] = [];
  const told: string[] = [];
  const followed: Uint8Array[] = [];
  const readyWord = new ReadyWord({
    member: 'eve',
    ledger: b.ledger,
    findKey: (publicKey) => keys.find(publicKey),
    isCurrent: () => state.current,
    submit: async (bytes) => {
      const decoded = decodeTransaction(bytes, bytes.length);
      assert.ok(decoded.ok);
      if (!state.taken) return failure('MEMPOOL_FULL', 'no room');
      submitted.push(decoded.value);
      return success(null);
    },
    log,
  });
  const membership = new Membership({
    ledger: b.ledger,
    member: 'eve',
    nodeKey: { follow: (listed) => void followed.push(listed) },
    keys,
    readyWord,
    setMembers: (members) => told.push(shown(members)),
    log,
  });
  b.ledger.onFinal((event) => membership.final(event));
  return { state, submitted, told, followed, membership };
}

/** Voting keys in a store that can be filled, and those that were settled. */
async function keysIn(pairs: (typeof EVES_KEY)[]) {
  const settled: Uint8Array[] = [];
  const keys = await VotingKeys.open({
    read: async () => pairs.map((pair) => ({ pair, counterFile: '/there/is/none' })),
    settle: async (key) => void settled.push(key),
  });
  return { keys, settled };
}

/** An empty block at this ledger time, and what follows from it. */
async function blockAt(ledger: Ledger, ms: number): Promise<void> {
  await seal(ledger, { time: START + ms, empty: true });
  await nextTurn();
}

suite('the word ready', () => {
  test('is said once, by the pending key, and again once it has expired', async () => {
    const b = await bench();
    const { keys } = await keysIn([EVES_KEY]);
    const { submitted } = nodeOfEve(b, keys);
    await blockAt(b.ledger, 10);
    assert.equal(submitted.length, 0, 'nothing is pending');
    await codes(b, ...approved(b, [putMember(eve)]));
    await nextTurn();
    await blockAt(b.ledger, 1_000);
    await blockAt(b.ledger, 50_000);
    assert.equal(submitted.length, 1);
    const [{ transaction, id }] = submitted as [ReceivedTransaction];
    assert.equal(transaction.sender, 'validator:eve');
    const [{ key, signature }] = transaction.signatures as [(typeof transaction.signatures)[0]];
    assert.deepEqual(key, EVES_KEY.publicKey);
    assert.ok(verify(signature, id, key));
    await blockAt(b.ledger, 70_000);
    assert.equal(submitted.length, 2, 'it got lost');
    assert.deepEqual(await codes(b, submitted[1] as ReceivedTransaction), ['']);
    await b.grow();
    assert.ok(b.ledger.epoch.validators.some(({ member }) => member === 'eve'));
    await blockAt(b.ledger, 200_000);
    assert.equal(submitted.length, 2, 'it votes');
  });

  test('waits until the node is current, the key is there and the mempool takes it', async () => {
    const b = await bench();
    const home: (typeof EVES_KEY)[] = [];
    const { keys, settled } = await keysIn(home);
    const { state, submitted } = nodeOfEve(b, keys);
    state.current = false;
    state.taken = false;
    await codes(b, ...approved(b, [putMember(eve)]));
    await blockAt(b.ledger, 1_000);
    assert.equal(keys.all.length, 0, 'not even looked for');
    state.current = true;
    await blockAt(b.ledger, 2_000);
    home.push(EVES_KEY);
    await blockAt(b.ledger, 3_000);
    assert.equal(keys.all.length, 0, 'looked for every five seconds');
    await blockAt(b.ledger, 8_000);
    while (keys.all.length === 0) await nextTurn(); // a file is read
    await nextTurn();
    state.taken = true;
    await blockAt(b.ledger, 14_000);
    assert.equal(submitted.length, 1);
    assert.deepEqual(settled, []);
    await codes(b, submitted[0] as ReceivedTransaction);
    await b.grow();
    await nextTurn();
    assert.deepEqual(settled, [EVES_KEY.publicKey], 'it is the one from now on');
  });

  test('is of a key that is pending still', async () => {
    const b = await bench();
    const { keys } = await keysIn([EVES_KEY]);
    const { submitted } = nodeOfEve(b, keys);
    await codes(b, ...approved(b, [putMember(eve)]));
    await codes(b, ...approved(b, [removeMember('eve')], [...MEMBER_IDS, 'eve']));
    submitted.length = 0;
    await blockAt(b.ledger, 100_000);
    assert.equal(submitted.length, 0);
  });
});

test('blocks that change nothing cost no look at the members', async () => {
  const b = await bench();
  const { keys } = await keysIn([]);
  const { told, followed, membership } = nodeOfEve(b, keys);
  await b.grow(b.make([statement('a')]));
  const first = told.length;
  await b.grow(b.make([statement('b')]));
  await b.grow();
  assert.equal(told.length, first);
  assert.equal(followed.length, 0);
  await codes(b, ...approved(b, [putMember(eve)]));
  assert.equal(told.length, first + 1);
  assert.deepEqual(followed, [eve.nodeKey]);
  await codes(b, ready(b, 'eve'));
  await b.grow();
  await b.grow();
  assert.deepEqual(told.slice(first), [
    'ada bob cyd dan (eve)',
    'ada bob cyd dan eve',
    'ada bob cyd dan eve',
    'ada bob cyd dan eve',
  ]);
  await b.grow();
  assert.equal(told.length, first + 4);
  assert.equal(membership.votes, true);
});
