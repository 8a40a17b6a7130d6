/** Test vectors of runs of lists: one item, a page, the latest, all, none; and what is no run. */
import { fromHex, toHex } from '../../../src/common/bytes.ts';
import { decode, encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import { rangeProof } from '../../../src/ledger/merkle/range.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { shareProofs } from '../../../src/ledger/merkle/shared.ts';
import { stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import {
  type ProvenState,
  provenStateSchema,
  verifyProvenState,
} from '../../../src/ledger/proven-state.ts';
import { listPartFromProof } from '../../../src/ledger/proven-value.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { listHeadSchema, revisionSchema } from '../../../src/ledger/state-values.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { treeOf } from './reference-tree.ts';
import { blocks, certify, chain, extend, flip, genesis, revision, state } from './world.ts';

/** A run as a node gives it: in hexadecimal, the state as bytes. */
export interface ListRun {
  readonly name: string;
  readonly state: string;
  readonly key: string;
  readonly from: number;
  readonly items: readonly string[];
  readonly path: readonly string[];
}

/** With how many items the list has, or the code of what is wrong. */
type ListVector = ListRun & ({ readonly count: number } | { readonly code: string });

const COUNT = 11;
const KEY = stateKey.recordRevisions('acme/builds', 'latest');
const NONE = stateKey.recordRevisions('acme/builds', 'never');

const items = Array.from({ length: COUNT }, (_, i) =>
  encode(revisionSchema, { ...revision, key: 'latest', revision: i + 1 }),
);
const head = encode(listHeadSchema, { count: COUNT, root: merkleRoot(items) });
const entries = new Map([...state, [KEY, head]]);
const tree = treeOf(entries);

/** Block 2 carries this state instead. */
const carrier = (() => {
  const all = blocks.slice(0, 2);
  extend(all, { time: 2 ** 41, stateRoot: stateRootOf(chain, tree.root) });
  return all[2] as Block;
})();

function proven(keys: readonly string[]): ProvenState {
  const shown = keys.map((key) => ({ key, value: entries.get(key) ?? null }));
  const finality = { certificate: certify(VOTE.FINALIZE, carrier), headers: [] };
  const final = { header: carrier.headerBytes, history: null, finality };
  return { version: 3, ...final, ...shareProofs(shown, tree.prove) };
}

function run(name: string, from: number, to: number, key = KEY): ListRun {
  const path = key === KEY ? rangeProof(subtreesOf(items), COUNT, from, to) : [];
  return {
    name,
    state: toHex(encode(provenStateSchema, proven([key]))),
    key,
    from,
    items: items.slice(from, to).map(toHex),
    path: path.map(toHex),
  };
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

/** How many items the list of a run has, or the code of what is wrong. */
export function checkRun(given: ListRun): { count: number } | { code: string } {
  const { key, from } = given;
  const bytes = bytesOf(given.state);
  const read = decode(provenStateSchema, bytes, bytes.length);
  if (!read.ok) return { code: read.code };
  const view = verifyProvenState({ trust: trustOf(genesis), proven: read.value, verify });
  if (!view.ok) return { code: view.code };
  const part = { from, items: given.items.map(bytesOf), path: given.path.map(bytesOf) };
  const count = listPartFromProof(view.value, key, part);
  return count.ok ? { count: count.value } : { code: count.code };
}

export function listVectors(): readonly ListVector[] {
  const page = run('', 4, 7);
  const bad = (name: string, change: Partial<ListRun>): ListRun => ({ ...page, ...change, name });
  const turned = (hex: string): string => toHex(flip(bytesOf(hex), 5));
  const all = [
    run('one item', 6, 7),
    run('a page', 4, 7),
    run('the latest two', COUNT - 2, COUNT),
    run('the first', 0, 1),
    run('all', 0, COUNT),
    { ...run('nothing after the end', COUNT, COUNT), path: [] },
    run('of a list that is absent', 0, 0, NONE),
    bad('an item changed', { items: page.items.with(1, turned(page.items[1] as string)) }),
    bad('an item left out', { items: page.items.slice(1) }),
    bad('the last item left out', { items: page.items.slice(0, -1) }),
    bad('an item twice', { items: [...page.items, page.items[2] as string] }),
    bad('items out of order', { items: page.items.toReversed() }),
    bad('another place', { from: 5 }),
    bad('a place beyond the end', { from: COUNT }),
    bad('a step changed', { path: page.path.with(0, turned(page.path[0] as string)) }),
    bad('a step left out', { path: page.path.slice(1) }),
    bad('a step too many', { path: [...page.path, page.path[0] as string] }),
    bad('steps out of order', { path: page.path.toReversed() }),
    bad('nothing, where there is something', { items: [], path: [] }),
    bad('another list, which is not shown', { key: NONE }),
    { ...run('an absent list with an item', 0, 0, NONE), items: page.items.slice(0, 1) },
  ];
  return all.map((each) => ({ ...each, ...checkRun(each) }));
}
