/**
 * Bad input to governance and about publishers, each kind with its stable code: what a block may
 * hold is rejected and only charged for, what it may not hold is kept out of every block, and what
 * is no transaction is not even read. In no case anything else of the state changes.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { equalBytes, utf8 } from '../../../src/common/bytes.ts';
import { sign } from '../../../src/common/signature.ts';
import { makeBlock } from '../../../src/ledger/block.ts';
import { ACTION } from '../../../src/ledger/governance.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { ANY_SCOPE, keyProofHash } from '../../../src/ledger/publishers.ts';
import { makePublisherRequest } from '../../../src/ledger/requests.ts';
import { decodeTransaction, type ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import {
  type Bench,
  bench,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
  statement,
} from './fixture.ts';
import {
  assertRejected,
  byMember,
  decided,
  propose,
  putMember,
  removeMember,
  vote,
} from './members.ts';

const VALID_MS = 5;
const keyed = (name: string): Uint8Array => keysOf(name).publicKey;
const eve = putMember(memberNamed('eve', OBSERVER));

const addKey = (key: string): Operation => ({
  op: OPERATION.KEY_ADD,
  key: keyed(key),
  label: '',
  validFrom: null,
  validUntil: null,
  scope: ANY_SCOPE,
  proof: sign(keyProofHash('acme', keyed(key)), keysOf(key)),
});
const scoped = (key: string, ...names: string[]): Operation => ({
  ...(addKey(key) as Operation & { op: typeof OPERATION.KEY_ADD }),
  scope: { names, kinds: [] },
});
const register = (id: string, name: string): Operation => {
  const publisher = { id, name, keys: [keyed(`key of ${id}`)] };
  const request = makePublisherRequest(0, publisher, [keysOf(`key of ${id}`)]);
  return { op: OPERATION.PUBLISHER_REGISTER, request };
};
const approvals = (count: number): Operation => {
  return { op: OPERATION.PUBLISHER_SET, approvals: count, recovery: null };
};
const signed = (b: Bench, operations: readonly Operation[], ...keys: string[]) =>
  b.make(operations, { signers: keys.map(keysOf) });

type Make = (b: Bench) => Promise<ReceivedTransaction> | ReceivedTransaction;

/** Puts the first to the block, and makes another about it. */
const after =
  (
    first: (b: Bench) => readonly ReceivedTransaction[],
    then: (b: Bench, made: ReceivedTransaction) => ReceivedTransaction,
  ): Make =>
  async (b) => {
    const [made, ...more] = first(b) as [ReceivedTransaction, ...ReceivedTransaction[]];
    await b.grow(made, ...more);
    // A change ends the epoch with an empty block, and a revoked key ends with its millisecond.
    await b.grow();
    return then(b, made);
  };
const pass = async (b: Bench, blocks: number): Promise<void> => {
  for (let i = 0; i < blocks; i++) await b.grow();
};
const proposed = (b: Bench) => [propose(b, [eve])];

suite('what a block may hold is rejected, and only charged for', () => {
  const cases: readonly (readonly [what: string, code: string, make: Make])[] = [
    [
      'a vote that was given',
      'ALREADY_VOTED',
      after(proposed, (b, made) => vote(b, 'ada', 1, made)),
    ],
    [
      'a vote that repeats the last one',
      'ALREADY_VOTED',
      after(
        (b) => {
          const made = propose(b, [eve]);
          return [made, vote(b, 'bob', 1, made, false)];
        },
        (b, made) => vote(b, 'bob', 1, made, false),
      ),
    ],
    [
      'a vote after expiry',
      'PROPOSAL_EXPIRED',
      async (b) => {
        const made = propose(b, [eve]);
        await b.grow(made);
        await pass(b, VALID_MS + 1);
        return vote(b, 'bob', 1, made);
      },
    ],
    [
      'a vote on what is executed',
      'PROPOSAL_EXECUTED',
      after(
        (b) => decided(b, [eve]),
        (b, made) => vote(b, 'dan', 1, made),
      ),
    ],
    [
      'a vote by a publisher’s key for a member',
      'UNAUTHORISED',
      after(proposed, (b, made) =>
        b.make([{ op: OPERATION.VOTE, proposal: 1, transaction: made.id, approve: true }]),
      ),
    ],
    [
      'a proposal to remove its proposer',
      'PROPOSER_REMOVED',
      (b) => propose(b, [removeMember('ada')]),
    ],
    [
      'a proposal that removes its proposer among others',
      'PROPOSER_REMOVED',
      (b) => propose(b, MEMBER_IDS.map(removeMember)),
    ],
    [
      'a proposal that leaves no validator',
      'NO_VALIDATORS',
      (b) =>
        propose(
          b,
          MEMBER_IDS.map((id) => putMember(memberNamed(id, OBSERVER))),
        ),
    ],
    [
      'a vouch for oneself',
      'VOUCH_SELF',
      after(
        (b) => [byMember(b, 'ada', [register('ada', 'Ada')])],
        (b) => byMember(b, 'ada', [{ op: OPERATION.VOUCH, publisher: 'ada', until: null }]),
      ),
    ],
    ['a key of another publisher', 'KEY_TAKEN', (b) => signed(b, [addKey('globex')], 'acme')],
    [
      'a vouch for a publisher with a key of one’s own',
      'VOUCH_SELF',
      after(
        (b) => [signed(b, [addKey('member bob')], 'acme')],
        (b) => byMember(b, 'bob', [{ op: OPERATION.VOUCH, publisher: 'acme', until: null }]),
      ),
    ],
    [
      'revoking a key of another publisher',
      'PUBLISHER_KEY_UNKNOWN',
      (b) => signed(b, [{ op: OPERATION.KEY_REVOKE, key: keyed('globex') }], 'acme'),
    ],
    [
      'a key of another publisher, called compromised by a vote',
      'PUBLISHER_KEY_UNKNOWN',
      (b) =>
        propose(b, [
          { action: ACTION.KEY_COMPROMISED, publisher: 'acme', key: keyed('globex'), since: 0 },
        ]),
    ],
    [
      'a statement out of scope',
      'OUT_OF_SCOPE',
      after(
        (b) => [signed(b, [scoped('build', 'app-*')], 'acme')],
        (b) => signed(b, [statement('tool')], 'build'),
      ),
    ],
    [
      'a statement of which one part is out of scope',
      'OUT_OF_SCOPE',
      after(
        (b) => [signed(b, [scoped('build', 'app-*')], 'acme')],
        (b) => signed(b, [statement('app-1'), statement('tool')], 'build'),
      ),
    ],
    [
      'one signature where two are asked for',
      'APPROVALS_MISSING',
      after(
        (b) => [signed(b, [addKey('two'), approvals(2)], 'acme')],
        (b) => signed(b, [statement('a')], 'two'),
      ),
    ],
    [
      'names of mixed scripts',
      'NAME_REFUSED',
      (b) => byMember(b, 'dan', [register('newco', 'New С\u043e')]),
    ],
    [
      'a name with a filler that shows nothing',
      'NAME_REFUSED',
      (b) => byMember(b, 'dan', [register('newco', 'New\u3164Co')]),
    ],
    [
      'a name in fullwidth letters',
      'NAME_REFUSED',
      (b) => byMember(b, 'dan', [register('newco', 'Ｎewco')]),
    ],
    [
      'a name like another’s',
      'NAME_COLLIDES',
      (b) => byMember(b, 'dan', [register('newco', 'a.c.m.e')]),
    ],
  ];
  for (const [what, code, make] of cases) {
    test(`${what}: ${code}`, async () => {
      const b = await bench({ parameters: { proposalValidityMs: VALID_MS } });
      await assertRejected(b, await make(b), code);
    });
  }
});

suite('what a block may not hold is kept out of each', () => {
  const cases: readonly (readonly [what: string, code: string, make: Make])[] = [
    [
      'a vote by who is no member',
      'UNKNOWN_SENDER',
      after(proposed, (b, made) => vote(b, 'eve', 1, made)),
    ],
    [
      'a vote by who is a member no more',
      'UNKNOWN_SENDER',
      after(
        (b) => {
          const made = propose(b, [eve]);
          return [made, ...decided(b, [removeMember('dan')], undefined, 2)];
        },
        (b, made) => vote(b, 'dan', 1, made),
      ),
    ],
    [
      'a vote with the key of another member',
      'UNAUTHORISED_KEY',
      (b) => propose(b, [eve], 'ada', 'bob'),
    ],
    [
      'a statement by the key of another publisher',
      'UNAUTHORISED_KEY',
      (b) => signed(b, [statement('a')], 'globex'),
    ],
    [
      'one signature of two by another publisher',
      'UNAUTHORISED_KEY',
      (b) => signed(b, [statement('a')], 'acme', 'globex'),
    ],
    [
      'a statement by a key that was revoked',
      'UNAUTHORISED_KEY',
      after(
        (b) => [
          signed(b, [addKey('old'), { op: OPERATION.KEY_REVOKE, key: keyed('old') }], 'acme'),
        ],
        (b) => signed(b, [statement('a')], 'old'),
      ),
    ],
  ];
  for (const [what, code, make] of cases) {
    test(`${what}: ${code}`, async () => {
      const b = await bench();
      const bad = await make(b);
      const root = b.ledger.state().treeRoot;
      const judged = b.ledger.admissible(bad);
      assert.equal(judged.ok ? '' : judged.code, code);
      const good = signed(b, [statement('good')], 'acme');
      const block = b.propose([bad, good]);
      assert.deepEqual(block.transactions, [good.bytes], 'nobody proposes it');
      const transactions = [bad.bytes, good.bytes];
      const forced = makeBlock({ ...block.header, txRoot: merkleRoot(transactions) }, transactions);
      assert.equal(b.ledger.check(forced), 'invalid', 'and nobody votes for it');
      assert.deepEqual(b.ledger.state().treeRoot, root);
    });
  }
});

/** The bytes of a transaction in which `from` stands, once, as `to` of the same length. */
function altered({ bytes }: ReceivedTransaction, from: Uint8Array, to: Uint8Array): Uint8Array {
  assert.equal(from.length, to.length);
  const at = Buffer.from(bytes).indexOf(from);
  assert.ok(at > 0);
  const changed = Uint8Array.from(bytes);
  changed.set(to, at);
  return changed;
}

suite('what is no transaction is not read', () => {
  const hidden: readonly (readonly [what: string, character: string])[] = [
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a right-to-left override', '\u202e'],
    ['a right-to-left mark', '\u200f'],
    ['a line separator', '\u2028'],
  ];
  for (const [what, character] of hidden) {
    test(`a name with ${what}: CODEC_SCHEMA`, async () => {
      const b = await bench();
      const good = byMember(b, 'dan', [register('newco', 'New...Co')]);
      const bytes = altered(good, utf8('New...Co'), utf8(`New${character}Co`));
      const read = decodeTransaction(bytes, bytes.length);
      assert.equal(read.ok ? '' : read.code, 'CODEC_SCHEMA');
    });
  }

  test('one signer twice: CODEC_SCHEMA', async () => {
    const b = await bench();
    const two = signed(b, [statement('a')], 'acme', 'other');
    const [first, second] = two.transaction.signatures.map(({ key }) => key) as [
      Uint8Array,
      Uint8Array,
    ];
    assert.ok(!equalBytes(first, second));
    for (const bytes of [altered(two, second, first), altered(two, first, second)]) {
      const read = decodeTransaction(bytes, bytes.length);
      assert.equal(read.ok ? '' : read.code, 'CODEC_SCHEMA');
    }
  });
});
