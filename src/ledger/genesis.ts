/**
 * The genesis: members, validators, first publishers and parameters, made from self-signed requests
 * and signed by every member. Its hash is the chain; the signatures are not in it, and a member's
 * signature is its vouch for all publishers listed. A successor's names the chain that it goes on
 * from. Who has to sign which: `genesis-signatures.ts`.
 */
import { compareBytes, compareText, EMPTY_BYTES, toHex } from '../common/bytes.ts';
import {
  ascending,
  bytesUpTo,
  encode,
  list,
  nullable,
  oneOf,
  refined,
  type TypeOf,
  text,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { DOMAIN, domainHash } from '../common/hash.ts';
import { failure, type Result } from '../common/result.ts';
import { type KeyPair, publicKeyToText, sign } from '../common/signature.ts';
import { decodeHeader, HEADER_BYTES_MAX } from './block.ts';
import { nameProblem, publisherLikenesses } from './names/names.ts';
import { checkParameters, isShare, type Parameters, parametersSchema } from './parameters.ts';
import { displayName, epoch, hash, id, publicKey, signature, time } from './primitives.ts';
import { type Signable, type Signer, signedHash } from './signing.ts';
import { VALIDATORS_MAX, type ValidatorSet } from './validators.ts';
import { certificateSchema } from './vote.ts';

export const MEMBERS_MAX = VALIDATORS_MAX;
const PUBLISHERS_MAX = 10_000;
const ADDRESSES_MAX = 8;
const ADDRESS_BYTES_MAX = 256;
/** Member key, node key and, for a validator, validator key. */
const MEMBER_KEYS_MAX = 3;
/** A publisher's people and build machines at the start; more come later, by operation. */
const REQUEST_KEYS_MAX = 16;
const CHAIN_NAME_PATTERN = /^[a-z0-9][a-z0-9.-]{0,39}$/;
const CHAIN_NAME_BYTES_MAX = 40;

export const ROLE = { VALIDATOR: 1, OBSERVER: 2 } as const;

/** An organisation of the consortium and its node. */
export const memberSchema = refined(
  tuple({
    id,
    name: displayName,
    /** Governance; may be kept offline. */
    memberKey: publicKey,
    role: oneOf(ROLE.VALIDATOR, ROLE.OBSERVER),
    /** Votes only; null for an observer. */
    validatorKey: nullable(publicKey),
    /** The libp2p host key: the peer id follows from it. */
    nodeKey: publicKey,
    /** Multiaddrs without peer id: first contacts only, `p2p.peers` overrides them. */
    announce: list(text(ADDRESS_BYTES_MAX), ADDRESSES_MAX),
  }),
  'a validator key exactly for a validator',
  (member) => (member.role === ROLE.VALIDATOR) === (member.validatorKey !== null),
);
export type Member = TypeOf<typeof memberSchema>;

/** The keys of a member, each with its own job. */
export function memberKeysOf({ memberKey, validatorKey, nodeKey }: Member): Uint8Array[] {
  return validatorKey === null ? [memberKey, nodeKey] : [memberKey, validatorKey, nodeKey];
}

export const genesisPublisherSchema = refined(
  tuple({ id, name: displayName, keys: list(publicKey, REQUEST_KEYS_MAX) }),
  'at least one key',
  (publisher) => publisher.keys.length > 0,
);
export type GenesisPublisher = TypeOf<typeof genesisPublisherSchema>;

/** Where a chain goes on that lost the quorum of its validators. */
export const predecessorSchema = tuple({
  chain: hash,
  /** Of its last final block: the new chain's first one stands above it. */
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** That block's own finalization. */
  certificate: certificateSchema,
  /** The new chain's first: the one after that of the state named. */
  epoch,
  /** Root of the state tree after that block: the state that goes on. */
  treeRoot: hash,
  /** Of that block's transactions. */
  resultRoot: hash,
  /** Over the hashes of all headers up to that block's. */
  historyRoot: hash,
});
export type Predecessor = TypeOf<typeof predecessorSchema>;

export const genesisSchema = tuple({
  version: version(1),
  /** A label; the chain is the hash. */
  name: text(CHAIN_NAME_BYTES_MAX, CHAIN_NAME_PATTERN),
  time,
  parameters: parametersSchema,
  /** More than so many percent of the members below can found a successor. */
  recoveryVotesPercent: uint(),
  /** Null: the chain begins with nothing. */
  predecessor: nullable(predecessorSchema),
  members: ascending(memberSchema, MEMBERS_MAX, (a, b) => compareText(a.id, b.id)),
  publishers: ascending(genesisPublisherSchema, PUBLISHERS_MAX, (a, b) => compareText(a.id, b.id)),
});
export type Genesis = TypeOf<typeof genesisSchema>;

/** Signatures by ascending key. */
const signedByKeys = (max: number) =>
  ascending(tuple({ key: publicKey, signature }), max, (a, b) => compareBytes(a.key, b.key));

/** The file `ID.member.json`: what a member asks to have in the genesis, signed by all its keys. */
export const memberRequestSchema = tuple({
  version: version(1),
  created: time,
  member: memberSchema,
  signatures: signedByKeys(MEMBER_KEYS_MAX),
});
export type MemberRequest = TypeOf<typeof memberRequestSchema>;

/** The file `ID.publisher.json`, signed by each of its keys. */
export const publisherRequestSchema = tuple({
  version: version(1),
  created: time,
  publisher: genesisPublisherSchema,
  signatures: signedByKeys(REQUEST_KEYS_MAX),
});
export type PublisherRequest = TypeOf<typeof publisherRequestSchema>;

/** A member's signature on the genesis: the file `ID.sig.json`. */
export const genesisSignatureSchema = tuple({ member: id, signature });
export type GenesisSignature = TypeOf<typeof genesisSignatureSchema>;

export const genesisSignaturesSchema = ascending(genesisSignatureSchema, MEMBERS_MAX, (a, b) =>
  compareText(a.member, b.member),
);

/** The genesis with signatures, as in `genesis.json`, over RPC and in `/.well-known/ztc.json`. */
export const signedGenesisSchema = tuple({
  genesis: genesisSchema,
  signatures: genesisSignaturesSchema,
});
export type SignedGenesis = TypeOf<typeof signedGenesisSchema>;

const requestBody = tuple({ version: version(1), created: time, member: memberSchema });
const publisherRequestBody = tuple({
  version: version(1),
  created: time,
  publisher: genesisPublisherSchema,
});
const vouchBody = tuple({ version: version(1), member: id });

/** The chain: the hash of the canonical genesis. Its hex form is the fingerprint. */
export function chainOf(genesis: Genesis): Uint8Array {
  return domainHash(DOMAIN.genesis, EMPTY_BYTES, encode(genesisSchema, genesis));
}

/** What each signature of a member request covers; `created` in ms. */
export function memberRequestSignable(created: number, member: Member): Signable {
  const body = encode(requestBody, { version: 1, created, member });
  return { domain: DOMAIN.memberRequest, chain: EMPTY_BYTES, body };
}

export function memberRequestHash(created: number, member: Member): Uint8Array {
  return signedHash(memberRequestSignable(created, member));
}

/** What each signature of a publisher request covers; `created` in ms. */
export function publisherRequestSignable(created: number, publisher: GenesisPublisher): Signable {
  const body = encode(publisherRequestBody, { version: 1, created, publisher });
  return { domain: DOMAIN.publisherRequest, chain: EMPTY_BYTES, body };
}

export function publisherRequestHash(created: number, publisher: GenesisPublisher): Uint8Array {
  return signedHash(publisherRequestSignable(created, publisher));
}

/** What a member's signature on the genesis of `chain` covers. */
function vouchSignable(chain: Uint8Array, member: string): Signable {
  const body = encode(vouchBody, { version: 1, member });
  return { domain: DOMAIN.genesisVouch, chain, body };
}

export function vouchHash(chain: Uint8Array, member: string): Uint8Array {
  return signedHash(vouchSignable(chain, member));
}

/** A member's signature on the genesis, which vouches for all publishers in it. */
export function signGenesis(
  genesis: Genesis,
  member: string,
  memberKeys: KeyPair,
): GenesisSignature {
  return { member, signature: sign(vouchHash(chainOf(genesis), member), memberKeys) };
}

/** As `signGenesis`, by a key that may be kept elsewhere. */
export async function signedGenesisBy(
  genesis: Genesis,
  member: string,
  signer: Signer,
): Promise<GenesisSignature> {
  return { member, signature: await signer.sign(vouchSignable(chainOf(genesis), member)) };
}

/** Checks what the schema can't: a validator, every key listed once, parameters that can work. */
export function checkGenesis(genesis: Genesis): Result<null, 'GENESIS_INVALID'> {
  if (genesisValidators(genesis).length === 0) {
    return failure('GENESIS_INVALID', 'no member is a validator');
  }
  if (!isShare(genesis.recoveryVotesPercent)) {
    return failure('GENESIS_INVALID', 'recoveryVotesPercent is not from 50 to 100 percent');
  }
  const unfit = genesis.predecessor && predecessorProblem(genesis, genesis.predecessor);
  if (unfit) return failure('GENESIS_INVALID', unfit);
  const seen = new Set<string>();
  for (const key of keysOf(genesis)) {
    if (seen.has(toHex(key))) {
      return failure('GENESIS_INVALID', `the key ${publicKeyToText(key)} stands twice`);
    }
    seen.add(toHex(key));
  }
  const named = [...genesis.members, ...genesis.publishers];
  const refused = named.find(({ name }) => nameProblem(name) !== undefined);
  if (refused !== undefined) {
    return failure('GENESIS_INVALID', `the name of ${refused.id}: ${nameProblem(refused.name)}`);
  }
  const alike = lookAlikes(genesis.publishers);
  return alike === undefined
    ? checkParameters(genesis.parameters)
    : failure('GENESIS_INVALID', `the publishers ${alike.join(' and ')} look alike`);
}

/** The first two publishers of which one has a name or id that looks like the other's. */
function lookAlikes(publishers: Genesis['publishers']): readonly string[] | undefined {
  const owners = new Map<string, string>();
  for (const publisher of publishers) {
    const { id } = publisher;
    for (const likeness of publisherLikenesses(publisher)) {
      const owner = owners.get(likeness);
      if (owner !== undefined && owner !== id) return [owner, id];
      owners.set(likeness, id);
    }
  }
  return undefined;
}

function keysOf({ members, publishers }: Genesis): Uint8Array[] {
  return [...members.flatMap(memberKeysOf), ...publishers.flatMap(({ keys }) => keys)];
}

/** What in a successor doesn't fit its predecessor, by itself. */
function predecessorProblem(genesis: Genesis, predecessor: Predecessor): string | undefined {
  const last = decodeHeader(predecessor.chain, predecessor.header);
  if (!last.ok) return `the last header of the chain before: ${last.message}`;
  const { height, time: ended, epoch: ending } = last.value;
  if (height === 0) return 'of the chain before nothing is final';
  if (genesis.time < ended) return 'it is older than the last block of the chain before';
  if (predecessor.epoch <= ending) return 'its epoch does not follow that of the chain before';
  return genesis.publishers.length > 0 ? 'publishers go on by the state, not by a list' : undefined;
}

/** The first epoch's validators, in order of member id. */
export function genesisValidators(genesis: Genesis): ValidatorSet {
  return genesis.members.flatMap(({ id: member, validatorKey: key }) =>
    key === null ? [] : [{ member, key }],
  );
}

export type { Parameters };
