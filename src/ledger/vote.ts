/**
 * The three votes of Simplex and the certificates that a quorum of them makes. Certificates are
 * lists of signatures: a consortium wants to know who signed.
 */
import {
  ascending,
  type DecodeCode,
  decode,
  encode,
  nullable,
  oneOf,
  refined,
  type TypeOf,
  tuple,
  version,
} from '../common/codec/index.ts';
import { DOMAIN, domainHash } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import { type KeyPair, sign, type Verify } from '../common/signature.ts';
import { epoch, hash, signature, validatorIndex, view } from './primitives.ts';
import { quorumOf, VALIDATORS_MAX, type ValidatorSet } from './validators.ts';

/** `accept` is "notarize" in the Simplex paper (https://eprint.iacr.org/2023/463). */
export const VOTE = { ACCEPT: 1, NULLIFY: 2, FINALIZE: 3 } as const;
export type VoteKind = (typeof VOTE)[keyof typeof VOTE];

/** How a kind of vote is spelled where people read it. */
export const VOTE_NAMES = {
  [VOTE.ACCEPT]: 'accept',
  [VOTE.NULLIFY]: 'nullify',
  [VOTE.FINALIZE]: 'finalize',
} as const satisfies Record<VoteKind, string>;

const subjectFields = {
  version: version(1),
  kind: oneOf(VOTE.ACCEPT, VOTE.NULLIFY, VOTE.FINALIZE),
  chain: hash,
  epoch,
  view,
  /** Null in a nullify only. */
  block: nullable(hash),
} as const;

const blockFitsKind = (subject: { kind: VoteKind; block: Uint8Array | null }): boolean =>
  (subject.kind === VOTE.NULLIFY) === (subject.block === null);

/** What a vote is about, and what its signature covers. */
const subjectSchema = refined(tuple(subjectFields), 'a block unless nullify', blockFitsKind);
export type VoteSubject = TypeOf<typeof subjectSchema>;

export const voteSchema = refined(
  tuple({ ...subjectFields, validator: validatorIndex, signature }),
  'a block unless nullify',
  blockFitsKind,
);
export type Vote = TypeOf<typeof voteSchema>;

/** The signatures of a quorum under one subject, by ascending validator. */
export const certificateSchema = refined(
  tuple({
    ...subjectFields,
    signatures: ascending(
      tuple({ validator: validatorIndex, signature }),
      VALIDATORS_MAX,
      (a, b) => a.validator - b.validator,
    ),
  }),
  'a block unless nullify',
  blockFitsKind,
);
export type Certificate = TypeOf<typeof certificateSchema>;

export const VOTE_BYTES_MAX = 256;
/** 128 signatures of 65 bytes and their framing, and the subject. */
export const CERTIFICATE_BYTES_MAX = VALIDATORS_MAX * 72 + 256;

/** The hash that a vote's signature covers. */
export function voteHash(subject: VoteSubject): Uint8Array {
  const { version, kind, chain, epoch: inEpoch, view: inView, block } = subject;
  const body = encode(subjectSchema, { version, kind, chain, epoch: inEpoch, view: inView, block });
  return domainHash(DOMAIN.vote, chain, body);
}

export function signVote(subject: VoteSubject, validator: number, keys: KeyPair): Vote {
  return { ...subject, validator, signature: sign(voteHash(subject), keys) };
}

export function decodeVote(bytes: Uint8Array): Result<Vote, DecodeCode> {
  return decode(voteSchema, bytes, VOTE_BYTES_MAX);
}

export function decodeCertificate(bytes: Uint8Array): Result<Certificate, DecodeCode> {
  return decode(certificateSchema, bytes, CERTIFICATE_BYTES_MAX);
}

export function verifyVote(vote: Vote, set: ValidatorSet, verify: Verify): boolean {
  const signer = set[vote.validator];
  return signer !== undefined && verify(vote.signature, voteHash(vote), signer.key);
}

export type CertificateCode = 'CERTIFICATE_SIGNER' | 'CERTIFICATE_QUORUM' | 'CERTIFICATE_SIGNATURE';

/** Checks that a quorum of `set` signed; every signature that stands there must be good. */
export function verifyCertificate(
  certificate: Certificate,
  set: ValidatorSet,
  verify: Verify,
): Result<null, CertificateCode> {
  if (certificate.signatures.length < quorumOf(set.length)) {
    return failure('CERTIFICATE_QUORUM', `fewer than ${quorumOf(set.length)} signatures`);
  }
  const subjectHash = voteHash(certificate);
  let previous = -1;
  for (const { validator, signature: signed } of certificate.signatures) {
    const signer = set[validator];
    if (signer === undefined || validator <= previous) {
      return failure('CERTIFICATE_SIGNER', `validator ${validator} is unknown or out of order`);
    }
    previous = validator;
    if (!verify(signed, subjectHash, signer.key)) {
      return failure('CERTIFICATE_SIGNATURE', `the signature of ${signer.member} is not good`);
    }
  }
  return success(null);
}
