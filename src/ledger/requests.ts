/**
 * The self-signed requests that a genesis is built from: `ID.member.json` and `ID.publisher.json`.
 * Each key listed in one signs it, so nobody can enter a key that isn't his. Pure.
 */
import { compareBytes, equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import { type KeyPair, sign, type Verify } from '../common/signature.ts';
import { formatDocument, parseDocument } from './document.ts';
import {
  type GenesisPublisher,
  type Member,
  type MemberRequest,
  memberKeysOf,
  memberRequestHash,
  memberRequestSchema,
  memberRequestSignable,
  type PublisherRequest,
  publisherRequestHash,
  publisherRequestSchema,
  publisherRequestSignable,
} from './genesis.ts';
import { type Signer, signaturesOf } from './signing.ts';

export const MEMBER_REQUEST_SCHEMA = 'ztc.member-request/v1';
export const PUBLISHER_REQUEST_SCHEMA = 'ztc.publisher-request/v1';

export type RequestCode = 'REQUEST_FILE' | 'REQUEST_SIGNATURE';

const MEMBER_REQUEST = {
  name: MEMBER_REQUEST_SCHEMA,
  schema: memberRequestSchema,
  code: 'REQUEST_FILE',
} as const;
const PUBLISHER_REQUEST = {
  name: PUBLISHER_REQUEST_SCHEMA,
  schema: publisherRequestSchema,
  code: 'REQUEST_FILE',
} as const;

type Signatures = MemberRequest['signatures'];

/** Signs with every key of the member. `created` is ledger time in ms. */
export function makeMemberRequest(
  created: number,
  member: Member,
  signers: readonly KeyPair[],
): MemberRequest {
  const signatures = signaturesBy(signers, memberRequestHash(created, member));
  return { version: 1, created, member, signatures };
}

/** As `makeMemberRequest`, by keys that may be kept elsewhere. */
export async function signMemberRequest(
  created: number,
  member: Member,
  signers: readonly Signer[],
): Promise<MemberRequest> {
  const signatures = await signaturesOf(memberRequestSignable(created, member), signers);
  signatures.sort((a, b) => compareBytes(a.key, b.key));
  return { version: 1, created, member, signatures };
}

/** Signs with every key of the publisher. `created` is ledger time in ms. */
export function makePublisherRequest(
  created: number,
  publisher: GenesisPublisher,
  signers: readonly KeyPair[],
): PublisherRequest {
  const signatures = signaturesBy(signers, publisherRequestHash(created, publisher));
  return { version: 1, created, publisher, signatures };
}

/** As `makePublisherRequest`, by keys that may be kept elsewhere. */
export async function signPublisherRequest(
  created: number,
  publisher: GenesisPublisher,
  signers: readonly Signer[],
): Promise<PublisherRequest> {
  const signatures = await signaturesOf(publisherRequestSignable(created, publisher), signers);
  signatures.sort((a, b) => compareBytes(a.key, b.key));
  return { version: 1, created, publisher, signatures };
}

function signaturesBy(signers: readonly KeyPair[], hash: Uint8Array): Signatures {
  return signers
    .map((keys) => ({ key: keys.publicKey, signature: sign(hash, keys) }))
    .sort((a, b) => compareBytes(a.key, b.key));
}

export function verifyMemberRequest(
  { created, member, signatures }: MemberRequest,
  verify: Verify,
): Result<null, RequestCode> {
  const hash = memberRequestHash(created, member);
  return signedBy(memberKeysOf(member), signatures, hash, verify);
}

export function verifyPublisherRequest(
  { created, publisher, signatures }: PublisherRequest,
  verify: Verify,
): Result<null, RequestCode> {
  const hash = publisherRequestHash(created, publisher);
  return signedBy(publisher.keys, signatures, hash, verify);
}

/** Exactly `keys` have signed, each once. */
function signedBy(
  keys: readonly Uint8Array[],
  signatures: Signatures,
  hash: Uint8Array,
  verify: Verify,
): Result<null, RequestCode> {
  const signers = signatures.map(({ key }) => key).sort(compareBytes);
  const wanted = [...keys].sort(compareBytes);
  const distinct = wanted.every(
    (key, i) => i === 0 || !equalBytes(key, wanted[i - 1] as typeof key),
  );
  if (!distinct) return failure('REQUEST_SIGNATURE', 'it lists a key twice');
  const same =
    signers.length === wanted.length &&
    wanted.every((key, i) => equalBytes(key, signers[i] as typeof key));
  if (!same || wanted.length === 0) {
    return failure('REQUEST_SIGNATURE', 'it is not signed by exactly the keys that it lists');
  }
  return signatures.every(({ key, signature }) => verify(signature, hash, key))
    ? success(null)
    : failure('REQUEST_SIGNATURE', 'a signature on it is not good: was it changed?');
}

export function formatMemberRequest(request: MemberRequest): string {
  return formatDocument(MEMBER_REQUEST_SCHEMA, memberRequestSchema, request);
}

export function formatPublisherRequest(request: PublisherRequest): string {
  return formatDocument(PUBLISHER_REQUEST_SCHEMA, publisherRequestSchema, request);
}

/** Reads the text of `ID.member.json` and checks its signatures. */
export function parseMemberRequest(
  text: string,
  verify: Verify,
): Result<MemberRequest, RequestCode> {
  const request = parseDocument(text, MEMBER_REQUEST);
  if (!request.ok) return request;
  const verified = verifyMemberRequest(request.value, verify);
  return verified.ok ? request : verified;
}

/** Reads the text of `ID.publisher.json` and checks its signatures. */
export function parsePublisherRequest(
  text: string,
  verify: Verify,
): Result<PublisherRequest, RequestCode> {
  const request = parseDocument(text, PUBLISHER_REQUEST);
  if (!request.ok) return request;
  const verified = verifyPublisherRequest(request.value, verify);
  return verified.ok ? request : verified;
}
