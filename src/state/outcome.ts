/** What executing a block gives: the state after it, and the results of its transactions. */
import { resultRoot, type TransactionResult } from '../ledger/block.ts';
import { keyHash } from '../ledger/merkle/sparse.ts';
import { type Parameters, parametersSchema } from '../ledger/parameters.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { type EpochState, epochStateSchema } from '../ledger/state-values.ts';
import { AppendedLists, NOTHING_APPENDED } from './appended-lists.ts';
import type { Draft } from './execution/draft.ts';
import { readStored } from './execution/stored.ts';
import type { ListStore } from './lists.ts';
import type { StateTree, TreeVersion } from './tree/tree.ts';

/** The stores below all versions of the state. */
export interface StateStores {
  readonly tree: StateTree;
  readonly lists: ListStore;
}

/** What is read for every block, decoded once. */
export interface Settings {
  readonly parameters: Parameters;
  readonly epoch: EpochState;
}

export interface Outcome extends Settings {
  readonly version: TreeVersion;
  /** What the block appended. */
  readonly lists: AppendedLists;
  readonly results: readonly TransactionResult[];
  readonly resultRoot: Uint8Array;
}

/** What block `height`, by `draft`, wrote over `version`; `before` are the settings there. */
export function outcomeOf(
  tree: StateTree,
  { version, height }: { readonly version: TreeVersion; readonly height: number },
  draft: Draft,
  results: readonly TransactionResult[],
  before: Settings | undefined,
): Outcome {
  const { values, lists, items } = draft.writes();
  const after = tree.update(version, height, values, items);
  const settings =
    before === undefined || draft.isWritten(stateKey.parameters) || draft.isWritten(stateKey.epoch)
      ? readSettings((key) => tree.get(after, keyHash(key)))
      : { parameters: before.parameters, epoch: before.epoch };
  return {
    version: after,
    lists: new AppendedLists(lists),
    results,
    resultRoot: resultRoot(results),
    ...settings,
  };
}

/** The outcome of a final block that was stored earlier. */
export function storedOutcome(
  tree: StateTree,
  record: Uint8Array,
  results: readonly TransactionResult[],
): Outcome {
  const version = tree.at(record);
  return {
    version,
    lists: NOTHING_APPENDED,
    results,
    resultRoot: resultRoot(results),
    ...readSettings((key) => tree.get(version, keyHash(key))),
  };
}

function readSettings(get: (key: string) => Uint8Array | undefined): Settings {
  const [parameters, epoch] = [get(stateKey.parameters), get(stateKey.epoch)];
  return {
    parameters: readStored(parametersSchema, parameters ?? new Uint8Array(), 'the parameters'),
    epoch: readStored(epochStateSchema, epoch ?? new Uint8Array(), 'the epoch'),
  };
}
