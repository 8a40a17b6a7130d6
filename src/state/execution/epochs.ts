/**
 * Epochs in state: which key of a member votes now and which from the next epoch on, which
 * parameters hold then, and when an epoch ends. A change is *due* as soon as what the next epoch
 * has differs from what the running one has; a key that waits for its `ready` is in the member's
 * entry only, so that it makes nothing due.
 */
import { compareText, equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { invariant } from '../../common/errors.ts';
import { type Parameters, parametersSchema } from '../../ledger/parameters.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { type EpochState, epochStateSchema } from '../../ledger/state-values.ts';
import { sameValidators, type ValidatorSet } from '../../ledger/validators.ts';
import type { Draft, Reading } from './draft.ts';
import { readStored } from './stored.ts';

export function readEpoch(state: Reading): EpochState {
  const value = state.get(stateKey.epoch);
  invariant(value !== undefined, 'every state has an epoch');
  return readStored(epochStateSchema, value, 'the epoch');
}

/** The key by which a member votes in a set. */
export function keyIn(set: ValidatorSet, member: string): Uint8Array | undefined {
  return set.find((validator) => validator.member === member)?.key;
}

/** Whether the block `height` has to end its epoch, going by the state after its parent. */
export function endsEpoch(
  epoch: EpochState,
  { epochBlocksMax }: Parameters,
  height: number,
): boolean {
  const { validators, nextValidators, nextParameters } = epoch;
  const due = !sameValidators(validators, nextValidators) || nextParameters !== null;
  return due || height - epoch.firstHeight + 1 >= epochBlocksMax;
}

/** Executes the boundary block `height`: what is due is in force from the next block on. */
export function enterNextEpoch(draft: Draft, height: number): void {
  const { epoch, nextValidators, nextParameters } = readEpoch(draft);
  if (nextParameters !== null) {
    draft.put(stateKey.parameters, encode(parametersSchema, nextParameters));
  }
  write(draft, {
    epoch: epoch + 1,
    firstHeight: height + 1,
    validators: nextValidators,
    nextValidators,
    nextParameters: null,
  });
}

/**
 * Says by which key a member votes from the next epoch on; undefined: it doesn't. False, and
 * nothing written, where nobody would be left to vote.
 */
export function setNextKey(draft: Draft, member: string, key: Uint8Array | undefined): boolean {
  const epoch = readEpoch(draft);
  const present = keyIn(epoch.nextValidators, member);
  if (present === key || (present && key && equalBytes(present, key))) return true;
  const others = epoch.nextValidators.filter((validator) => validator.member !== member);
  const own = key === undefined ? [] : [{ member, key }];
  const nextValidators = [...others, ...own].sort((a, b) => compareText(a.member, b.member));
  if (nextValidators.length === 0) return false;
  write(draft, { ...epoch, nextValidators });
  return true;
}

export function readParameters(state: Reading): Parameters {
  const value = state.get(stateKey.parameters);
  invariant(value !== undefined, 'every state has parameters');
  return readStored(parametersSchema, value, 'the parameters');
}

/** The parameters of the next epoch, as far as they are known. */
export function readNextParameters(state: Reading): Parameters {
  return readEpoch(state).nextParameters ?? readParameters(state);
}

/** Says what the next epoch has; what holds already makes nothing due. */
export function setNextParameters(draft: Draft, next: Parameters): void {
  const present = readParameters(draft);
  const same = equalBytes(encode(parametersSchema, present), encode(parametersSchema, next));
  write(draft, { ...readEpoch(draft), nextParameters: same ? null : next });
}

function write(draft: Draft, epoch: EpochState): void {
  draft.put(stateKey.epoch, encode(epochStateSchema, epoch));
}
