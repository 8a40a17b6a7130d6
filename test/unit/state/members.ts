/** Short ways to change the membership of the bench's consortium. */
import type { Member } from '../../../src/ledger/genesis.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { type Bench, keysOf, MEMBER_IDS } from './fixture.ts';

export function putMember(member: Member): Operation {
  return { op: OPERATION.MEMBER_PUT, member };
}

export function removeMember(id: string): Operation {
  return { op: OPERATION.MEMBER_REMOVE, id };
}

/** A member's transaction, signed by the member keys of `signers`. */
export function approved(
  b: Pick<Bench, 'make'>,
  operations: readonly Operation[],
  signers: readonly string[] = MEMBER_IDS,
  sender = 'ada',
): ReceivedTransaction {
  return b.make(operations, {
    sender: `member:${sender}`,
    signers: signers.map((id) => keysOf(`member ${id}`)),
  });
}

/** A validator's `ready`, signed by the key of that name. */
export function ready(
  b: Pick<Bench, 'make'>,
  id: string,
  key = `validator ${id}`,
): ReceivedTransaction {
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
