/** Short ways to govern the bench's consortium. */
import assert from 'node:assert/strict';
import { compareBytes } from '../../../src/common/bytes.ts';
import type { Member } from '../../../src/ledger/genesis.ts';
import { ACTION, type Action, votesNeeded } from '../../../src/ledger/governance.ts';
import { append, EMPTY_FRONTIER, type Frontier } from '../../../src/ledger/merkle/rfc6962.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import { makeMemberRequest } from '../../../src/ledger/requests.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import type { Key } from '../../../src/state/execution/draft.ts';
import { executeTransactions } from '../../../src/state/execution/execute.ts';
import { type Bench, keysOf, MEMBER_IDS } from './fixture.ts';

/** Execution takes the entry; that its keys signed for it is for voters to check. */
export function putMember(member: Member): Action {
  const request = { version: 1, created: 0, member, signatures: [] } as const;
  return { action: ACTION.MEMBER_PUT, request };
}

/** Signed by the keys of these names. */
export function requestedMember(member: Member, ...keys: readonly string[]): Action {
  const request = makeMemberRequest(0, member, keys.map(keysOf));
  const signatures = [...request.signatures].sort((a, b) => compareBytes(a.key, b.key));
  return { action: ACTION.MEMBER_PUT, request: { ...request, signatures } };
}

export function removeMember(id: string): Action {
  return { action: ACTION.MEMBER_REMOVE, id };
}

export function setParameters(changes: Readonly<Record<string, number>>): Action {
  const names = Object.keys(changes).sort();
  return {
    action: ACTION.PARAMETERS,
    changes: names.map((name) => ({ name, value: changes[name] as number })),
  };
}

type Maker = Pick<Bench, 'make'>;

/** A member's transaction, signed by its member key, or by the one of that name. */
export function byMember(
  b: Maker,
  id: string,
  operations: readonly Operation[],
  key = id,
): ReceivedTransaction {
  return b.make(operations, { sender: `member:${id}`, signers: [keysOf(`member ${key}`)] });
}

export function propose(
  b: Maker,
  actions: readonly Action[],
  by = 'ada',
  key = by,
): ReceivedTransaction {
  return byMember(b, by, [{ op: OPERATION.PROPOSE, actions, reason: '' }], key);
}

export function vote(
  b: Maker,
  by: string,
  proposal: number,
  made: Pick<ReceivedTransaction, 'id'>,
  approve = true,
): ReceivedTransaction {
  const { id: transaction } = made;
  return byMember(b, by, [{ op: OPERATION.VOTE, proposal, transaction, approve }]);
}

/** A maker, and where it is known, what stands on the ledger already. */
type Somewhere = Maker & { readonly ledger?: Bench['ledger'] };

/** How many proposals were made with a maker that knows no ledger. */
const counts = new WeakMap<Bench['make'], number>();

function nextNumber({ ledger, make }: Somewhere): number {
  if (ledger !== undefined) return ledger.state().list(stateKey.proposals).count + 1;
  const number = (counts.get(make) ?? 0) + 1;
  counts.set(make, number);
  return number;
}

/** The next proposal, by the first of `voters`, and the votes of the others. */
export function decided(
  b: Somewhere,
  actions: readonly Action[],
  voters: readonly string[] = ['ada', 'bob', 'cyd'],
  number = nextNumber(b),
): ReceivedTransaction[] {
  const [proposer = '', ...others] = voters;
  const proposal = propose(b, actions, proposer);
  return [proposal, ...others.map((id) => vote(b, id, number, proposal))];
}

/** As `decided`, by as many of these active members as it takes; the last vote decides. */
export function approved(
  b: Somewhere,
  actions: readonly Action[],
  members: readonly string[] = MEMBER_IDS,
  number?: number,
): ReceivedTransaction[] {
  const leaving = actions.flatMap((each) =>
    each.action === ACTION.MEMBER_REMOVE ? [each.id] : [],
  );
  const voters = [...members].sort((a, b) => +leaving.includes(a) - +leaving.includes(b));
  const { memberVotesPercent } = DEFAULT_PARAMETERS;
  return decided(
    b,
    actions,
    voters.slice(0, votesNeeded(memberVotesPercent, members.length)),
    number,
  );
}

/** Makes them final in one block, and gives the code of the last. */
export async function codeOf(b: Bench, transactions: readonly ReceivedTransaction[]) {
  return (await codes(b, ...transactions)).at(-1);
}

/** A validator's `ready`, signed by the key of that name. */
export function ready(b: Maker, id: string, key = `validator ${id}`): ReceivedTransaction {
  const operations = [{ op: OPERATION.READY }] as const;
  return b.make(operations, { sender: `validator:${id}`, signers: [keysOf(key)] });
}

/** Makes them final in one block, and gives the code of each. */
export async function codes(
  b: Bench,
  ...transactions: readonly ReceivedTransaction[]
): Promise<readonly (string | undefined)[]> {
  await b.grow(...transactions);
  return transactions.map(({ id }) => b.ledger.transaction(id)?.result.code);
}

/** Rejected with this code, and only charged for: nothing else of it happened. */
export async function assertRejected(
  b: Bench,
  received: ReceivedTransaction,
  code: string,
): Promise<void> {
  const writes = writesOf(b, received);
  assert.deepEqual(await codes(b, received), [code]);
  assert.deepEqual(writes, [stateKey.usage(received.transaction.sender)]);
}

/** The keys and lists that a child of the head writes if it holds this transaction alone. */
function writesOf(b: Bench, received: ReceivedTransaction): string[] {
  const state = b.ledger.state();
  const read = ({ text }: Key): Uint8Array | undefined => state.get(text);
  const frontier = ({ text }: Key): Frontier =>
    state.items(text, 0, state.list(text).count).reduce(append, EMPTY_FRONTIER);
  const base = { read, frontier };
  const { height, time } = b.propose([received]).header;
  const { parameters } = b.ledger.epoch;
  const { draft } = executeTransactions(base, { height, time, parameters }, [received]);
  return draft.writes().values.map(({ text }) => text);
}
