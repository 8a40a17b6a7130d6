/** Who is a member and who votes, as a node says, and how that is shown. */
import type { AnswerOf, MemberView } from '../../client/answers.ts';
import type { Client } from '../../client/client.ts';
import { faultsTolerated, quorumOf } from '../../ledger/validators.ts';
import { CliError } from '../errors.ts';
import { printable } from '../output.ts';

type Validators = NonNullable<AnswerOf<'chain_validators'>>;

/** The node's word: what it does to the chain, its other members check for themselves. */
export interface Membership extends Validators {
  /** Active ones, by id. */
  readonly members: readonly MemberView[];
}

/** All members that ever were fit a few pages. */
const PAGES_MAX = 1_000;

export async function readMembership(client: Client): Promise<Membership> {
  const validators = await client.call('chain_validators', {});
  if (validators === null) throw new CliError('BAD_ANSWER', 'the node has no validators');
  const members: MemberView[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, nextCursor } = await client.call('member_list', cursor ? { cursor } : {});
    members.push(...items.filter(({ active }) => active));
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  members.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ...validators, members };
}

/** `3 of 4 validators; 1 may fail or lie (f)`. */
export function quorumText(count: number): string {
  return `${quorumOf(count)} of ${count} validators; ${faultsTolerated(count)} may fail or lie (f)`;
}

/** What a member's vote waits for, in words; undefined where it waits for nothing. */
export function waitingText({ pending, validators, nextValidators }: Validators, id: string) {
  const keyIn = (set: Validators['pending']): string | undefined =>
    set.find(({ member }) => member === id)?.key;
  if (keyIn(pending) !== undefined) {
    const what = keyIn(validators) === undefined ? 'its vote' : 'its new key';
    return `${what} waits until its node says that it is ready`;
  }
  if (keyIn(validators) === keyIn(nextValidators)) return undefined;
  if (keyIn(nextValidators) === undefined) return 'no vote from the next epoch on';
  return 'ready: its key votes from the next epoch on';
}

/** `echo: its vote waits until …`, a line for each member whose vote or key is changing. */
export function changingText(validators: Validators): string[] {
  const sets = [validators.validators, validators.nextValidators, validators.pending];
  const ids = new Set(sets.flat().map(({ member }) => member));
  return [...ids].sort().flatMap((id) => {
    const waiting = waitingText(validators, id);
    return waiting === undefined ? [] : [`${id}: ${waiting}`];
  });
}

export function membershipText(membership: Membership): string[] {
  const { members, epoch, firstHeight, validators } = membership;
  const width = Math.max(12, ...members.map(({ id }) => id.length));
  return [
    `members  ${members.length}`,
    ...members.map(({ id, name, role }) => {
      const waiting = waitingText(membership, id);
      const line = `  ${role.padEnd(9)}  ${printable(id).padEnd(width)} ${printable(name)}`;
      return waiting === undefined ? line : `${line} (${waiting})`;
    }),
    `epoch    ${epoch}, from block ${firstHeight} on`,
    `quorum   ${quorumText(validators.length)}`,
  ];
}
