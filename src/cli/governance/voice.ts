/** A member's voice: its key, which member it is, and making what it says final. */
import { askProposal } from '../../client/governance.ts';
import { pause } from '../../client/pause.ts';
import { equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { type KeyPair, publicKeyToText, verify } from '../../common/signature.ts';
import { memberSchema } from '../../ledger/genesis.ts';
import { ACTION, type Action } from '../../ledger/governance.ts';
import type { ProposalAnswer } from '../../ledger/governance-answer.ts';
import type { Operation } from '../../ledger/operations.ts';
import { checkRequests } from '../../ledger/proposal-file.ts';
import type { OptionSpecs } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { homePaths, readHomeKey } from '../home/home.ts';
import { ownRequests } from '../home/requests.ts';
import { type Membership, readMembership } from '../members/membership.ts';
import { parseCount } from '../options.ts';
import { type Io, note } from '../output.ts';
import type { Session } from '../session.ts';
import { type FinalTransaction, sendTransaction, validUntil } from '../transactions.ts';

/** The block after a change ends the epoch, so this is a matter of a moment. */
const EPOCH_POLL_MS = 200;

export const VOICE_OPTIONS = {
  home: { type: 'string', describe: "the member's home", value: 'DIR' },
  key: { type: 'string', env: false, describe: 'the member key, elsewhere', value: 'FILE' },
} as const satisfies OptionSpecs;

export interface VoiceArgs {
  readonly home?: string | undefined;
  readonly key?: string | undefined;
}

/** @throws CliError USAGE, KEY_FILE_UNREADABLE, KEY_FILE_INVALID */
export function readMemberKey({ home, key }: VoiceArgs, io: Io): Promise<KeyPair> {
  const file = key ?? (home === undefined ? undefined : homePaths(home).keys.member);
  if (file === undefined) throw usageError('no member key is given: name --home or --key');
  return readHomeKey(file, 'member', (name) =>
    note(io, `others can read ${name}: chmod 600 ${name}`),
  );
}

/** The active member with this key. @throws CliError KEY_UNKNOWN */
export function memberOfKey({ members }: Membership, keys: KeyPair): string {
  const text = publicKeyToText(keys.publicKey);
  const member = members.find(({ memberKey }) => memberKey === text);
  if (member !== undefined) return member.id;
  throw new CliError('KEY_UNKNOWN', `${text} is the key of no active member`);
}

/** @throws CliError as `sendTransaction` */
export async function say(
  session: Session,
  voice: { readonly member: string; readonly keys: KeyPair; readonly timeoutMs: number },
  operation: Operation,
  io: Io,
): Promise<FinalTransaction> {
  const { member, keys, timeoutMs } = voice;
  const final = await sendTransaction(
    {
      session,
      sender: `member:${member}`,
      keys,
      operations: [operation],
      validUntil: await validUntil(session, io),
      timeoutMs,
    },
    io,
  );
  await session.remember({ written: final.height });
  return final;
}

export function parseNumber(value: number): number {
  if (value >= 1) return parseCount('proposal', value);
  throw usageError('proposals are numbered from 1: ztc gov list');
}

/** A proposal as it is proven to stand after block `minHeight`. @throws CliError NOT_FOUND */
export async function provenProposal(
  { client, proof, remember }: Session,
  number: number,
  minHeight = 0,
): Promise<ProposalAnswer> {
  const context = { ...proof, minHeight: Math.max(minHeight, proof.minHeight) };
  const { answer, view } = await askProposal(client, number, context);
  await remember({ head: view.head });
  if (answer !== null) return answer;
  throw new CliError('NOT_FOUND', `there is no proposal ${number}`, { hint: 'ztc gov list' });
}

/**
 * Refuses entries that their keys didn't ask for, and an entry of the own member that its home
 * doesn't know: nobody votes for keys that would speak for him.
 */
export async function checkEntries(
  actions: readonly Action[],
  home: string | undefined,
  { publicKey }: KeyPair,
): Promise<void> {
  const checked = checkRequests(actions, verify);
  if (!checked.ok) throw new CliError(checked.code, checked.message, { exit: EXIT.PROOF_INVALID });
  if (home === undefined) return;
  const own = await ownRequests(home, publicKey);
  for (const action of actions) {
    if (action.action !== ACTION.MEMBER_PUT) continue;
    const { member } = action.request;
    const isOwn =
      equalBytes(member.memberKey, publicKey) || own.some(({ member: { id } }) => id === member.id);
    const wanted = encode(memberSchema, member);
    if (!isOwn || own.some((each) => equalBytes(encode(memberSchema, each.member), wanted))) {
      continue;
    }
    throw new CliError('OWN_ENTRY', `it puts an entry of ${member.id} that ${home} lacks`, {
      hint: 'have it proposed again from the file of ztc member request',
      exit: EXIT.USAGE,
    });
  }
}

/** What is due is in force one block later; nobody waits here for a node's `ready`. */
export async function settled(
  { client }: Session,
  height: number,
  goOn: () => boolean,
): Promise<Membership> {
  for (;;) {
    const membership = await readMembership(client);
    const { validators, nextValidators } = membership;
    const same = JSON.stringify(validators) === JSON.stringify(nextValidators);
    if ((membership.height >= height && same) || !goOn()) return membership;
    await pause(EPOCH_POLL_MS, client.signal);
  }
}
