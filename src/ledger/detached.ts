/**
 * Detached signatures that publishers make anyway, by PGP or X.509 (CMS), beside their statements.
 * The ledger keeps their bytes and judges nothing about them; clients check them (`src/detached`).
 */
import { bytesUpTo, oneOf, refined, type TypeOf, tuple } from '../common/codec/index.ts';
import type { PublisherState, Statement } from './state-values.ts';

export const SCHEME = { PGP: 1, X509: 2 } as const;
export type Scheme = (typeof SCHEME)[keyof typeof SCHEME];
export type SchemeName = 'pgp' | 'x509';

export function schemeName(scheme: Scheme): SchemeName {
  return scheme === SCHEME.PGP ? 'pgp' : 'x509';
}

/** A CMS signature with its chain of certificates by RSA-4096 has 8 KiB. */
export const DETACHED_BYTES_MAX = 16 * 1024;

/** Of a key, certificate or signature of the old world. */
export const foreignBytes = refined(
  bytesUpTo(DETACHED_BYTES_MAX),
  'at least one byte',
  (bytes) => bytes.length > 0,
);

/** An OpenPGP signature packet (RFC 9580), or a CMS SignedData without content (RFC 5652), DER. */
export const detachedSchema = tuple({
  scheme: oneOf(SCHEME.PGP, SCHEME.X509),
  signature: foreignBytes,
});
export type Detached = TypeOf<typeof detachedSchema>;

/** Reads the signed content anew, in pieces; a file, whatever its size. */
export type Content = () => AsyncIterable<Uint8Array>;

/** Why a detached signature is bad, or was not checked. */
export type DetachedCode =
  /** It is no signature, key or certificate of this kind. */
  | 'SIGNATURE_MALFORMED'
  /** It signs something else, or another key made it than it says. */
  | 'SIGNATURE_MISMATCH'
  /** An algorithm that is broken, or unknown here. */
  | 'SIGNATURE_ALGORITHM'
  /** The PGP key was expired or revoked at that ledger time. */
  | 'SIGNATURE_KEY_INVALID'
  /** A certificate of the chain was not valid at that ledger time. */
  | 'CERTIFICATE_EXPIRED'
  /** A certificate of the chain was revoked by then, by a list that the reader pinned. */
  | 'CERTIFICATE_REVOKED'
  /** It is not for signing code. */
  | 'CERTIFICATE_PURPOSE'
  /** It leads to none of the roots that the reader pinned. */
  | 'CERTIFICATE_UNTRUSTED'
  /** The binding names another publisher or ledger, or somebody else signed it. */
  | 'BINDING_INVALID'
  /** The publisher never bound this PGP key, so nobody has it. */
  | 'SIGNATURE_KEY_UNKNOWN'
  /** The reader pinned no root. */
  | 'ROOTS_MISSING'
  /** Only the digest is at hand, and this signature needs the content. */
  | 'CONTENT_MISSING'
  /** The reader has nothing to check such signatures with. */
  | 'CHECKER_MISSING';

/** What was found about the detached signature of a statement. */
export interface DetachedCheck {
  readonly kind: SchemeName;
  readonly result: 'good' | 'bad' | 'unchecked';
  /** Null: good. */
  readonly code: DetachedCode | null;
  /** The PGP fingerprint, or the certificate's SHA-256; null: not known. */
  readonly fingerprint: string | null;
  /** Whom the key or certificate names; its own word, but under a pinned root. */
  readonly signer: string | null;
  /** The subject of the pinned root that the certificate leads to. */
  readonly root: string | null;
  /** The publisher and the key signed for each other, and that was in force at the time. */
  readonly bound: boolean;
}

export interface DetachedQuestion {
  readonly chain: Uint8Array;
  /** Whose statement it is, with its bindings. */
  readonly publisher: PublisherState;
  readonly statement: Pick<Statement, 'time' | 'statement'>;
  /** Undefined: only the digest is at hand. */
  readonly content: Content | undefined;
}

/** Checks the detached signature of a statement that has one; never throws for what it is given. */
export type DetachedChecker = (question: DetachedQuestion) => Promise<DetachedCheck>;

/** Where nobody checks. */
export function uncheckedSignature({ scheme }: Detached): DetachedCheck {
  return {
    kind: schemeName(scheme),
    result: 'unchecked',
    code: 'CHECKER_MISSING',
    fingerprint: null,
    signer: null,
    root: null,
    bound: false,
  };
}
