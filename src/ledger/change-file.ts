/**
 * A change of the membership on its way to the signatures of all members: the unsigned transaction
 * with the requests that its entries come from, and each member's signature in a file of its own.
 * The id stands in both for people; readers compute it. Pure.
 */
import { equalBytes } from '../common/bytes.ts';
import { encode, fromJson, type Json, list, toJson, tuple } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { type KeyPair, sign, type Verify } from '../common/signature.ts';
import { MEMBERS_MAX, type MemberRequest, memberRequestSchema, memberSchema } from './genesis.ts';
import { OPERATION, type Operation } from './operations.ts';
import { hash, publicKey, signature } from './primitives.ts';
import { verifyMemberRequest } from './requests.ts';
import {
  senderOf,
  transactionId,
  type UnsignedTransaction,
  unsignedTransactionSchema,
} from './transaction.ts';

export const CHANGE_FILE_SCHEMA = 'ztc.change/v1';
export const CHANGE_SIGNATURE_SCHEMA = 'ztc.change-signature/v1';

export type ChangeFileCode = 'CHANGE_FILE' | 'REQUEST_SIGNATURE' | 'CHANGE_SIGNATURE';

/** What members sign. */
export interface Change {
  readonly transaction: UnsignedTransaction;
  /** Of every entry that is put, signed by all keys in it. */
  readonly requests: readonly MemberRequest[];
}

export interface ReadChange extends Change {
  readonly id: Uint8Array;
}

/** One member's signature on a change. */
export interface ChangeSignature {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

const changeSchema = tuple({
  transaction: unsignedTransactionSchema,
  requests: list(memberRequestSchema, MEMBERS_MAX),
});
const signatureSchema = tuple({ id: hash, key: publicKey, signature });

/** The text of a change file. */
export function formatChangeFile(change: Change): string {
  const { transaction, requests } = change;
  const json = toJson(changeSchema, { transaction, requests: [...requests] });
  const id = toJson(hash, transactionId(transaction));
  return format(CHANGE_FILE_SCHEMA, { id, ...(json as JsonObject) });
}

/** Reads a change file: nothing but members, and each entry as all its keys have asked for it. */
export function parseChangeFile(text: string, verify: Verify): Result<ReadChange, ChangeFileCode> {
  const document = parse(CHANGE_FILE_SCHEMA, text);
  if (!document.ok) return document;
  const { id: named, ...rest } = document.value;
  const change = fromJson(changeSchema, rest);
  if (!change.ok) return failure('CHANGE_FILE', change.message);
  const { transaction, requests } = change.value;
  const id = transactionId(transaction);
  if (named !== toJson(hash, id)) return failure('CHANGE_FILE', 'its content has another id');
  if (senderOf(transaction.sender).kind !== 'member' || transaction.operations.length === 0) {
    return failure('CHANGE_FILE', 'it is no change that members make');
  }
  for (const operation of transaction.operations) {
    const checked = checkOperation(operation, requests, verify);
    if (!checked.ok) return checked;
  }
  return success({ transaction, requests, id });
}

function checkOperation(
  operation: Operation,
  requests: readonly MemberRequest[],
  verify: Verify,
): Result<null, ChangeFileCode> {
  if (operation.op === OPERATION.MEMBER_REMOVE) return success(null);
  if (operation.op !== OPERATION.MEMBER_PUT) {
    return failure('CHANGE_FILE', 'it does something else than changing members');
  }
  const { member } = operation;
  const wanted = encode(memberSchema, member);
  const request = requests.find((each) => equalBytes(encode(memberSchema, each.member), wanted));
  if (request === undefined) {
    return failure('REQUEST_SIGNATURE', `the entry of ${member.id} is not what its keys asked for`);
  }
  const verified = verifyMemberRequest(request, verify);
  if (verified.ok) return success(null);
  return failure('REQUEST_SIGNATURE', `the request of ${member.id}: ${verified.message}`);
}

export function signChange({ id }: ReadChange, memberKeys: KeyPair): ChangeSignature {
  return { key: memberKeys.publicKey, signature: sign(id, memberKeys) };
}

/** The text of a signature's file. */
export function formatChangeSignature({ id }: ReadChange, made: ChangeSignature): string {
  return format(CHANGE_SIGNATURE_SCHEMA, toJson(signatureSchema, { id, ...made }) as JsonObject);
}

/** Reads a signature on this change, and checks it. */
export function parseChangeSignature(
  { id }: ReadChange,
  text: string,
  verify: Verify,
): Result<ChangeSignature, ChangeFileCode> {
  const document = parse(CHANGE_SIGNATURE_SCHEMA, text);
  if (!document.ok) return document;
  const read = fromJson(signatureSchema, document.value);
  if (!read.ok) return failure('CHANGE_FILE', read.message);
  const { key, signature: made } = read.value;
  if (!equalBytes(read.value.id, id)) {
    return failure('CHANGE_SIGNATURE', 'it is a signature on another change');
  }
  if (!verify(made, id, key)) return failure('CHANGE_SIGNATURE', 'the signature is not good');
  return success({ key, signature: made });
}

type JsonObject = { readonly [name: string]: Json };

function format(schema: string, json: JsonObject): string {
  return `${JSON.stringify({ schema, ...json }, null, 2)}\n`;
}

function parse(name: string, text: string): Result<JsonObject, 'CHANGE_FILE'> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return failure('CHANGE_FILE', 'it is no JSON');
  }
  const { schema, ...rest } = Object(document) as JsonObject;
  return schema === name ? success(rest) : failure('CHANGE_FILE', `its schema is not ${name}`);
}
