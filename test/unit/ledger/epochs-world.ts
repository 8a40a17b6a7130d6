/** The chain of `world.ts` through two changes of validators, and the links that prove them. */
import type { Block, Header } from '../../../src/ledger/block.ts';
import type { ValidatorLink } from '../../../src/ledger/validator-links.ts';
import { type ValidatorSet, validatorsHash } from '../../../src/ledger/validators.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { blocks, certify, chain, extend, keysOf, validators } from './world.ts';

function setOf(...ids: readonly string[]): ValidatorSet {
  return ids.map((member) => ({ member, key: keysOf(`${member} validator`).publicKey }));
}

/** Of the first three epochs: one leaves and another joins, then one leaves. */
export const sets = [
  validators,
  setOf('alfa', 'bravo', 'charlie', 'foxtrot'),
  setOf('alfa', 'bravo', 'foxtrot'),
] as const;

const hashOf = (set: ValidatorSet): Uint8Array => validatorsHash(chain, set);
const [first, second, third] = sets;

/** Heights 4 and 6 end epochs 1 and 2; 8 ends the third, in which nothing changes. */
export const epochBlocks: readonly Block[] = (() => {
  const all = [...blocks];
  const add = (changes: Partial<Header>, set: ValidatorSet, next: ValidatorSet): void =>
    extend(all, { ...changes, validators: hashOf(set), nextValidators: hashOf(next) });
  add({ epoch: 1 }, first, second);
  add({ epoch: 2, view: 1 }, second, second);
  add({ epoch: 2, view: 2 }, second, third);
  add({ epoch: 3, view: 1 }, third, third);
  add({ epoch: 3, view: 2 }, third, third);
  add({ epoch: 4, view: 1 }, third, third);
  return all;
})();

export function blockAt(height: number): Block {
  return epochBlocks[height] as Block;
}

/** The link by the block at `height`, finalized by `signers` of `set`, to `next`. */
export function linkOf(
  height: number,
  set: ValidatorSet,
  next: ValidatorSet,
  signers?: readonly number[],
): ValidatorLink {
  const block = blockAt(height);
  const certificate = certify(VOTE.FINALIZE, block, signers, set);
  return { version: 1, header: block.headerBytes, certificate, validators: next };
}

export const links: readonly [ValidatorLink, ValidatorLink] = [
  linkOf(4, first, second),
  linkOf(6, second, third),
];
