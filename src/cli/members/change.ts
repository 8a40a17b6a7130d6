/** A change of the membership: its files, and what it does in words. */
import { hashText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import type { Result } from '../../common/result.ts';
import { publicKeyToText, verify } from '../../common/signature.ts';
import {
  type ChangeSignature,
  parseChangeFile,
  parseChangeSignature,
  type ReadChange,
} from '../../ledger/change-file.ts';
import { type Member, ROLE } from '../../ledger/genesis.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readText } from '../home/files.ts';
import { printable } from '../output.ts';
import { type Membership, quorumText } from './membership.ts';

/** @throws CliError INPUT_UNREADABLE, CHANGE_FILE, REQUEST_SIGNATURE */
export async function readChange(file: string): Promise<ReadChange> {
  return valueOr(file, parseChangeFile(await readText(file), verify));
}

/** @throws CliError INPUT_UNREADABLE, CHANGE_FILE, CHANGE_SIGNATURE */
export async function readChangeSignature(
  change: ReadChange,
  file: string,
): Promise<ChangeSignature> {
  return valueOr(file, parseChangeSignature(change, await readText(file), verify));
}

function valueOr<T>(file: string, result: Result<T>): T {
  if (result.ok) return result.value;
  const exit = result.code === 'CHANGE_FILE' ? EXIT.USAGE : EXIT.PROOF_INVALID;
  throw new CliError(result.code, `${file}: ${result.message}`, { exit });
}

/** The members who vote once all of it is in force, those that are waiting by now included. */
export function votersAfter(
  operations: readonly Operation[],
  { nextValidators, pending }: Membership,
): string[] {
  const voters = new Set([...nextValidators, ...pending].map(({ member }) => member));
  for (const operation of operations) {
    if (operation.op === OPERATION.MEMBER_REMOVE) voters.delete(operation.id);
    if (operation.op !== OPERATION.MEMBER_PUT) continue;
    const { id, role } = operation.member;
    if (role === ROLE.VALIDATOR) voters.add(id);
    else voters.delete(id);
  }
  return [...voters].sort();
}

/** Members whose nodes have to say `ready` before the change is in force as a whole. */
function awaited(operations: readonly Operation[], { validators }: Membership): string[] {
  return operations.flatMap((operation) => {
    if (operation.op !== OPERATION.MEMBER_PUT) return [];
    const { id, validatorKey } = operation.member;
    if (validatorKey === null) return [];
    const key = publicKeyToText(validatorKey);
    return validators.some((each) => each.member === id && each.key === key) ? [] : [id];
  });
}

/** Ledger times between which a block may hold the change. */
export function windowOf({ transaction }: ReadChange, maxValidityMs: number) {
  const { validUntil } = transaction;
  return { from: validUntil - maxValidityMs, until: validUntil };
}

/** What a signer has to look at. `membership` undefined: no node was asked. */
export function describeChange(
  change: ReadChange,
  membership: Membership | undefined,
): { readonly json: { readonly [name: string]: Json }; readonly text: readonly string[] } {
  const { operations, validUntil } = change.transaction;
  const changes = operations.flatMap((operation) => operationText(operation, membership));
  const until = new Date(validUntil).toISOString();
  const text = [`change   ${hashText(change.id)}`, ...changes.map((line) => `  ${line}`)];
  const json = { change: hashText(change.id), changes, validUntil: until };
  if (membership === undefined) {
    return { json, text: [...text, `valid    until ${until} in ledger time`] };
  }
  const voters = votersAfter(operations, membership);
  const nodes = awaited(operations, membership);
  const once = nodes.length === 0 ? '' : `, once ready: ${nodes.join(', ')}`;
  return {
    json: { ...json, signers: membership.members.map(({ id }) => id), voters, awaited: nodes },
    text: [
      ...text,
      `now      ${quorumText(membership.validators.length)}`,
      `then     ${quorumText(voters.length)}${once}`,
      `voters   ${voters.join(', ')}`,
      `signers  ${membership.members.map(({ id }) => id).join(', ')}: all members as of now`,
      `valid    until ${until} in ledger time`,
    ],
  };
}

function operationText(operation: Operation, membership: Membership | undefined): string[] {
  if (operation.op === OPERATION.MEMBER_REMOVE) return [`removes ${operation.id} for good`];
  if (operation.op !== OPERATION.MEMBER_PUT) return [];
  const { member } = operation;
  const { id, name, role, announce } = member;
  const as = role === ROLE.VALIDATOR ? 'validator' : 'observer';
  const before = membership?.members.find((each) => each.id === id);
  const entry = [
    `    member key     ${publicKeyToText(member.memberKey)}`,
    ...(member.validatorKey === null
      ? []
      : [`    validator key  ${publicKeyToText(member.validatorKey)}`]),
    `    node key       ${publicKeyToText(member.nodeKey)}`,
    `    addresses      ${announce.map(printable).join(' ') || 'none'}`,
  ];
  const named = `${id} (${printable(name)})`;
  if (membership === undefined) return [`puts the ${as} ${named}:`, ...entry];
  if (before === undefined) return [`admits the ${as} ${named}:`, ...entry];
  const differing = differences(member, before);
  if (differing.length === 0) return [`leaves ${named} as it is`];
  return [`changes ${named}: ${differing.join(', ')}`, ...entry];
}

function differences(member: Member, before: Membership['members'][number]): string[] {
  const { validatorKey, announce } = member;
  const key = validatorKey === null ? null : publicKeyToText(validatorKey);
  const role = member.role === ROLE.VALIDATOR ? 'validator' : 'observer';
  return [
    ...(member.name === before.name ? [] : ['another name']),
    ...(role === before.role ? [] : [`${role} from now on`]),
    ...(publicKeyToText(member.memberKey) === before.memberKey ? [] : ['another member key']),
    ...(key === null || key === before.validatorKey ? [] : ['another validator key']),
    ...(publicKeyToText(member.nodeKey) === before.nodeKey ? [] : ['another node key']),
    ...(announce.join() === before.announce.join() ? [] : ['other addresses']),
  ];
}
