/**
 * Whose word a genesis is. A chain that begins with nothing is signed by all of its members. A
 * successor, which goes on where the quorum of a chain was lost, is signed by so many members of
 * the old *genesis*, with the keys that stand there, as that genesis demands: whatever was voted
 * since, the same people can recover it. It names the last final block with its finalization. Pure.
 */
import { equalBytes } from '../common/bytes.ts';
import { list, type TypeOf, tuple } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { trustOf, verifyFinality } from './finality.ts';
import { lastHeaderOf } from './first-block.ts';
import {
  chainOf,
  checkGenesis,
  type Genesis,
  genesisSchema,
  genesisSignaturesSchema,
  genesisValidators,
  type Predecessor,
  type SignedGenesis,
  signedGenesisSchema,
  vouchHash,
} from './genesis.ts';
import { votesNeeded } from './governance.ts';
import { followLinks, validatorLinkSchema } from './validator-links.ts';
import type { ValidatorSet } from './validators.ts';

/** Of one chain: nobody loses a quorum so often. */
export const ANCESTORS_MAX = 16;
/** Changes of validators of a chain, as in a receipt. */
export const ANCESTOR_LINKS_MAX = 1024;

/** A chain before, and what leads from its genesis to the validators that signed its last block. */
export const ancestorSchema = tuple({
  signed: signedGenesisSchema,
  links: list(validatorLinkSchema, ANCESTOR_LINKS_MAX),
});
export type Ancestor = TypeOf<typeof ancestorSchema>;
/** The oldest chain first; the last one is the predecessor. */
export const ancestorsSchema = list(ancestorSchema, ANCESTORS_MAX);

/** A genesis with all that its signatures are checked against. */
export interface FullGenesis extends SignedGenesis {
  readonly ancestors?: readonly Ancestor[] | undefined;
}

/** The signed genesis of the chain before, with what it is checked against. */
export function predecessorOf({ ancestors = [] }: FullGenesis): FullGenesis | undefined {
  const before = ancestors.at(-1)?.signed;
  return before && { ...before, ancestors: ancestors.slice(0, -1) };
}

/** All geneses up to this one, the oldest first. */
export function lineageOf(full: FullGenesis): readonly Genesis[] {
  return [...(full.ancestors ?? []).map(({ signed }) => signed.genesis), full.genesis];
}

/** The genesis of block 0. */
export function oldestGenesis(full: FullGenesis): Genesis {
  return full.ancestors?.[0]?.signed.genesis ?? full.genesis;
}

/** Who validated first. */
export function oldestValidators(full: FullGenesis): ValidatorSet {
  return genesisValidators(oldestGenesis(full));
}

export type GenesisCode =
  | 'GENESIS_INVALID'
  | 'GENESIS_SIGNATURE'
  | 'GENESIS_UNSIGNED'
  /** The chain before is missing, or another than the successor names. */
  | 'SUCCESSOR_CHAIN'
  /** The header named last is not final on the chain before. */
  | 'SUCCESSOR_FINALITY';

/** Who has to sign a genesis, and how many of them. */
export interface Signers {
  readonly members: Genesis['members'];
  readonly needed: number;
}

/** All members; of a successor the recovery threshold of those of the genesis before. */
export function signersOf(full: FullGenesis): Signers {
  const before = predecessorOf(full)?.genesis;
  if (before === undefined) {
    return { members: full.genesis.members, needed: full.genesis.members.length };
  }
  const { members, recoveryVotesPercent } = before;
  return { members, needed: votesNeeded(recoveryVotesPercent, members.length) };
}

/** Checks the genesis itself, and that those signed it who have to, and nobody else. */
export function verifyGenesis(full: FullGenesis, verify: Verify): Result<null, GenesisCode> {
  const checked = checkGenesis(full.genesis);
  if (!checked.ok) return checked;
  const { predecessor } = full.genesis;
  const founded =
    predecessor === null ? checkFounded(full) : checkPredecessor(full, predecessor, verify);
  return founded.ok ? checkSignatures(full, verify) : founded;
}

function checkFounded({ ancestors = [] }: FullGenesis): Result<null, GenesisCode> {
  return ancestors.length === 0
    ? success(null)
    : failure('SUCCESSOR_CHAIN', 'it comes with a chain before, and names none');
}

/** The chain before is genuine, and the block named is final on it. */
function checkPredecessor(
  full: FullGenesis,
  predecessor: Predecessor,
  verify: Verify,
): Result<null, GenesisCode> {
  const before = predecessorOf(full);
  if (before === undefined) {
    return failure('SUCCESSOR_CHAIN', 'the genesis of the chain before is missing');
  }
  if (!equalBytes(chainOf(before.genesis), predecessor.chain)) {
    return failure('SUCCESSOR_CHAIN', 'it names another chain than the one it comes with');
  }
  const genuine = verifyGenesis(before, verify);
  if (!genuine.ok) {
    return failure('SUCCESSOR_CHAIN', `the chain before: ${genuine.message}`);
  }
  const trust = trustOf(before.genesis);
  const links = full.ancestors?.at(-1)?.links ?? [];
  const followed = followLinks({ trust, links, verify });
  if (!followed.ok) return notFinal(followed.message);
  const { epoch } = lastHeaderOf(predecessor);
  const known = followed.value.findLast((each) => each.epoch <= epoch) ?? trust;
  const { header, certificate } = predecessor;
  const finality = { certificate, headers: [] };
  const final = verifyFinality({ trust: known, header, finality, verify });
  return final.ok ? success(null) : notFinal(final.message);
}

function notFinal(why: string): Result<null, GenesisCode> {
  return failure('SUCCESSOR_FINALITY', `its last block is not final on the chain before: ${why}`);
}

function checkSignatures(full: FullGenesis, verify: Verify): Result<null, GenesisCode> {
  const { members, needed } = signersOf(full);
  const chain = chainOf(full.genesis);
  const keys = new Map(members.map((member) => [member.id, member.memberKey]));
  const signed = new Set<string>();
  for (const { member, signature } of full.signatures) {
    const key = keys.get(member);
    if (key === undefined) {
      return failure('GENESIS_SIGNATURE', `${member} signed, but is no member`);
    }
    if (signed.has(member)) return failure('GENESIS_SIGNATURE', `${member} signed twice`);
    if (!verify(signature, vouchHash(chain, member), key)) {
      return failure('GENESIS_SIGNATURE', `the signature of member ${member} is not good`);
    }
    signed.add(member);
  }
  if (signed.size >= needed) return success(null);
  const missing = members.find(({ id }) => !signed.has(id));
  return failure(
    'GENESIS_UNSIGNED',
    needed === members.length
      ? `the signature of member ${missing?.id} is missing`
      : `${signed.size} of ${members.length} members signed, ${needed} are needed`,
  );
}

/** Who of those that may have signed, and who hasn't. */
export function signedBy(full: FullGenesis): {
  readonly signed: readonly string[];
  readonly unsigned: readonly string[];
} {
  const given = new Set(full.signatures.map(({ member }) => member));
  const ids = signersOf(full).members.map(({ id }) => id);
  return {
    signed: ids.filter((id) => given.has(id)),
    unsigned: ids.filter((id) => !given.has(id)),
  };
}

/** As it is kept: with a place for the chains before. */
export const fullGenesisSchema = tuple({
  genesis: genesisSchema,
  signatures: genesisSignaturesSchema,
  ancestors: ancestorsSchema,
});
