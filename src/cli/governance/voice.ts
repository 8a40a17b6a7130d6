/** A member's voice: its key, which member it is, and making what it says final. */
import { askProposal } from '../../client/governance.ts';
import { pause } from '../../client/pause.ts';
import { equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { publicKeyToText, verify } from '../../common/signature.ts';
import { type MemberRequest, memberSchema } from '../../ledger/genesis.ts';
import { ACTION, type Action } from '../../ledger/governance.ts';
import type { ProposalAnswer } from '../../ledger/governance-answer.ts';
import type { Operation } from '../../ledger/operations.ts';
import { checkRequests } from '../../ledger/proposal-file.ts';
import type { Signer } from '../../ledger/signing.ts';
import type { Transaction } from '../../ledger/transaction.ts';
import { AS_OPTIONS, type CollectArgs, speak } from '../collect.ts';
import type { OptionSpecs, Outcome } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { homePaths } from '../home/home.ts';
import { requestsIn } from '../home/requests.ts';
import { readMemberSigner } from '../keys/signing-key.ts';
import { type Membership, readMembership } from '../members/membership.ts';
import { parseCount, parseDuration, TIMEOUT_OPTIONS } from '../options.ts';
import type { Io } from '../output.ts';
import type { Session } from '../session.ts';
import type { FinalTransaction } from '../transactions.ts';

/** The block after a change ends the epoch, so this is a matter of a moment. */
const EPOCH_POLL_MS = 200;

export const VOICE_OPTIONS = {
  home: { type: 'string', describe: "the member's home", value: 'DIR' },
  key: { type: 'string', env: false, describe: 'the member key, elsewhere', value: 'FILE' },
  ...AS_OPTIONS,
  ...TIMEOUT_OPTIONS,
} as const satisfies OptionSpecs;

export interface VoiceArgs extends CollectArgs {
  readonly home?: string | undefined;
  readonly key?: string | undefined;
  readonly timeout: string;
}

/** Who speaks as a member, and how. */
export interface Voice {
  /** Undefined: the key is elsewhere, and `as` says whose it is. */
  readonly signer: Signer | undefined;
  readonly as: string | undefined;
  readonly collect: string | undefined;
  readonly timeoutMs: number;
}

/** @throws CliError USAGE, KEY_FILE_UNREADABLE, KEY_FILE_INVALID */
export async function readVoice(args: VoiceArgs, io: Io): Promise<Voice> {
  const { home, key, as, collect } = args;
  const timeoutMs = parseDuration('timeout', args.timeout);
  const file = key ?? (home === undefined ? undefined : homePaths(home).keys.member);
  if (as !== undefined) {
    if (collect === undefined) throw usageError('--as goes with --collect: nothing can be sent');
    if (key !== undefined) throw usageError('give --key or --as, not both');
    return { signer: undefined, as, collect, timeoutMs };
  }
  if (file === undefined) throw usageError('no member key is given: name --home or --key');
  return { signer: await readMemberSigner(file, io), as, collect, timeoutMs };
}

/** The active member that speaks. @throws CliError KEY_UNKNOWN, MEMBER_UNKNOWN */
export function memberOf({ members }: Membership, { signer, as }: Voice): string {
  if (signer === undefined) {
    if (members.some(({ id }) => id === as)) return as as string;
    throw new CliError('MEMBER_UNKNOWN', `there is no active member ${as}`, { exit: EXIT.USAGE });
  }
  const text = publicKeyToText(signer.publicKey);
  const member = members.find(({ memberKey }) => memberKey === text);
  if (member !== undefined) return member.id;
  throw new CliError('KEY_UNKNOWN', `${text} is the key of no active member`);
}

/** Says it, or writes it down for who has the key: `speak`. */
export function say(
  session: Session,
  spoken: {
    readonly voice: Voice;
    readonly member: string;
    readonly operation: Operation;
    readonly proposed?: Transaction;
  },
  io: Io,
  then: (final: FinalTransaction) => Promise<Outcome>,
): Promise<Outcome> {
  const { voice, member, operation, proposed } = spoken;
  const { signer, collect, timeoutMs } = voice;
  const signers = signer === undefined ? [] : [signer];
  const speech = { session, sender: `member:${member}`, signers, operations: [operation] };
  return speak({ ...speech, proposed, timeoutMs, collect }, io, then);
}

/** How a command about a proposal ends: where it stands, and what is in force where it is done. */
export async function proposalOutcome(
  session: Session,
  number: number,
  final: FinalTransaction,
  goOn: () => boolean,
): Promise<{ readonly answer: ProposalAnswer; readonly done: Membership | undefined }> {
  const answer = await provenProposal(session, number, final.height);
  const isDone = answer.standing.status === 'EXECUTED';
  return { answer, done: isDone ? await settled(session, final.height, goOn) : undefined };
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
  signer: Pick<Signer, 'publicKey'> | undefined,
): Promise<void> {
  const checked = checkRequests(actions, verify);
  if (!checked.ok) throw new CliError(checked.code, checked.message, { exit: EXIT.PROOF_INVALID });
  if (home === undefined || signer === undefined) return;
  const { publicKey } = signer;
  const all = await requestsIn(home);
  const ids = new Set(all.filter((each) => isOf(each, publicKey)).map(({ member }) => member.id));
  for (const action of actions) {
    if (action.action !== ACTION.MEMBER_PUT) continue;
    const { member } = action.request;
    if (!ids.has(member.id) && !equalBytes(member.memberKey, publicKey)) continue;
    // Also one with another member key: its holder asked for it, in this home.
    const wanted = encode(memberSchema, member);
    if (all.some((each) => equalBytes(encode(memberSchema, each.member), wanted))) continue;
    throw new CliError('OWN_ENTRY', `it puts an entry of ${member.id} that ${home} lacks`, {
      hint: 'have it proposed again from the file of ztc member request',
      exit: EXIT.USAGE,
    });
  }
}

function isOf({ member }: MemberRequest, memberKey: Uint8Array): boolean {
  return equalBytes(member.memberKey, memberKey);
}

/** What is due is in force one block later; nobody waits here for a node's `ready`. */
async function settled(
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
