/**
 * Bindings: the PGP keys, X.509 certificates, domains and links of a publisher. A key or
 * certificate is bound by mutual signature: the publisher signs the transaction that names it, and
 * it signs a text that names the publisher and the ledger. That text's signature is data here;
 * clients check it. A domain counts once enough members attest that its DNS names the publisher. A
 * link is the publisher's own word, where people read more about it.
 */
import { toHex, utf8 } from '../common/bytes.ts';
import {
  list,
  literal,
  nullable,
  type Schema,
  type TypeOf,
  tagged,
  text,
  tuple,
} from '../common/codec/index.ts';
import { sha256 } from '../common/hash.ts';
import { foreignBytes } from './detached.ts';
import { MEMBERS_MAX } from './genesis.ts';
import { id, time } from './primitives.ts';

export const BINDING = { PGP: 1, X509: 2, DOMAIN: 3, LINK: 4 } as const;

/** Of a name in DNS (RFC 1035, section 2.3.4). */
const DOMAIN_BYTES_MAX = 253;
/** Labels of letters, digits and hyphens, lower case; of other alphabets as `xn--`. */
export const DOMAIN_PATTERN =
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
export const domainName = text(DOMAIN_BYTES_MAX, DOMAIN_PATTERN);
const LINK_BYTES_MAX = 256;
/** By https, in printable ASCII: a page of another alphabet as a browser sends it. */
export const LINK_PATTERN =
  /^https:\/\/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])(:\d{1,5})?(\/[!-~]*)?$/;
const link = text(LINK_BYTES_MAX, LINK_PATTERN);

/** What a publisher says is its own. */
const pgpClaim = {
  kind: literal(BINDING.PGP),
  /** A transferable public key (RFC 9580, section 10.1). */
  key: foreignBytes,
  /** By the key, on `bindingText`. */
  proof: foreignBytes,
} as const;
const x509Claim = {
  kind: literal(BINDING.X509),
  /** A certificate (RFC 5280), DER. */
  key: foreignBytes,
  proof: foreignBytes,
} as const;
const domainClaim = { kind: literal(BINDING.DOMAIN), domain: domainName } as const;
const linkClaim = { kind: literal(BINDING.LINK), link } as const;

const pgpClaimSchema = tuple(pgpClaim);
const x509ClaimSchema = tuple(x509Claim);
const domainClaimSchema = tuple(domainClaim);
const linkClaimSchema = tuple(linkClaim);
export type KeyClaim = TypeOf<typeof pgpClaimSchema> | TypeOf<typeof x509ClaimSchema>;
export type BindingClaim =
  | KeyClaim
  | TypeOf<typeof domainClaimSchema>
  | TypeOf<typeof linkClaimSchema>;
export const bindingClaimSchema: Schema<BindingClaim> = tagged('kind', {
  [BINDING.PGP]: pgpClaimSchema,
  [BINDING.X509]: x509ClaimSchema,
  [BINDING.DOMAIN]: domainClaimSchema,
  [BINDING.LINK]: linkClaimSchema,
});

/** A member's word that it read the publisher's record in the domain's DNS at `from`. */
const attestation = tuple({ member: id, from: time, until: time });
export type Attestation = TypeOf<typeof attestation>;
/** Domains change hands: what nobody looked at for more than a year doesn't count. */
export const ATTESTATION_MS_MAX = 400 * 24 * 60 * 60_000;

/** In force from `from` until before `until`; an ended one stays, since statements rest on it. */
const span = { from: time, until: nullable(time) } as const;
const pgpBinding = tuple({ ...pgpClaim, ...span });
const x509Binding = tuple({ ...x509Claim, ...span });
/** At most one attestation a member, oldest first. */
const domainBinding = tuple({
  ...domainClaim,
  from: time,
  attestations: list(attestation, MEMBERS_MAX),
});
const linkBinding = tuple({ ...linkClaim, from: time });
export type KeyBinding = TypeOf<typeof pgpBinding> | TypeOf<typeof x509Binding>;
export type DomainBinding = TypeOf<typeof domainBinding>;
export type LinkBinding = TypeOf<typeof linkBinding>;
export type Binding = KeyBinding | DomainBinding | LinkBinding;
const bindingSchema: Schema<Binding> = tagged('kind', {
  [BINDING.PGP]: pgpBinding,
  [BINDING.X509]: x509Binding,
  [BINDING.DOMAIN]: domainBinding,
  [BINDING.LINK]: linkBinding,
});

const BINDINGS_MAX = 32;
/** Attested by every member of the largest consortium, they still fit a value of the state. */
export const DOMAINS_MAX = 4;
/** A site, a place for code, one for reports, and some more. */
export const LINKS_MAX = 8;
/** Keys and proofs of a publisher together: every answer about it has them. */
export const BINDING_BYTES_MAX = 64 * 1024;
export const bindingsSchema = list(bindingSchema, BINDINGS_MAX);

/** Whether a publisher can have these. */
export function fitBindings(bindings: readonly Binding[]): boolean {
  const bytes = bindings.filter(isKeyBinding).map(({ key, proof }) => key.length + proof.length);
  return (
    bindings.length <= BINDINGS_MAX &&
    bindings.filter(isDomainBinding).length <= DOMAINS_MAX &&
    bindings.filter(isLinkBinding).length <= LINKS_MAX &&
    bytes.reduce((sum, each) => sum + each, 0) <= BINDING_BYTES_MAX
  );
}

export function isKeyBinding(binding: Binding): binding is KeyBinding {
  return binding.kind === BINDING.PGP || binding.kind === BINDING.X509;
}

export function isDomainBinding(binding: Binding): binding is DomainBinding {
  return binding.kind === BINDING.DOMAIN;
}

export function isLinkBinding(binding: Binding): binding is LinkBinding {
  return binding.kind === BINDING.LINK;
}

/** Names a binding among those of its publisher: SHA-256 of key, certificate, domain or link. */
export function bindingId(claim: BindingClaim): Uint8Array {
  if (claim.kind === BINDING.DOMAIN) return sha256(utf8(claim.domain));
  return sha256(claim.kind === BINDING.LINK ? utf8(claim.link) : claim.key);
}

/** Whether a key or certificate was bound at a ledger time. */
export function isBoundAt({ from, until }: KeyBinding, at: number): boolean {
  return from <= at && (until === null || at < until);
}

/** The active members whose attestation of a domain counts at a ledger time. */
export function attestersAt(
  { attestations }: DomainBinding,
  active: readonly string[],
  at: number,
): string[] {
  return attestations
    .filter(({ from, until }) => from <= at && at < until)
    .map(({ member }) => member)
    .filter((member) => active.includes(member));
}

/** What decides whether a domain counts. */
export interface Attesting {
  /** The parameter `domainAttestations`. */
  readonly needed: number;
  /** Ids of the active members. */
  readonly active: readonly string[];
}

/** The domains that count at a ledger time; of fewer members than needed all have to attest. */
export function domainsAt(
  bindings: readonly Binding[],
  { needed, active }: Attesting,
  at: number,
): string[] {
  const enough = Math.max(1, Math.min(needed, active.length));
  return bindings
    .filter(isDomainBinding)
    .filter((binding) => attestersAt(binding, active, at).length >= enough)
    .map(({ domain }) => domain);
}

/** What the PGP key or certificate signs, as a file: for this publisher, on this ledger. */
export function bindingText(chain: Uint8Array, publisher: string): string {
  return [
    'ztc publisher binding, version 1',
    `ledger: 0x${toHex(chain)}`,
    `publisher: ${publisher}`,
    'Whoever signs this text signs for this publisher on this ledger.',
    '',
  ].join('\n');
}

/** Where members look for the record, below the domain. */
export const TXT_LABEL = '_ztc';

/** The record that members look for: a TXT of `_ztc.` and the domain, among others there. */
export function domainRecord(chain: Uint8Array, publisher: string): string {
  return `ztc-publisher=${publisher} ledger=0x${toHex(chain)}`;
}
