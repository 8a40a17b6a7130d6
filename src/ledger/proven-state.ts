/**
 * Proven state: values of the ledger's state, or their absence, as of a height, with all that a
 * reader needs who knows only the chain and the validators of the epoch. Pure.
 *
 *   const trust = trustOf(genesis);       // later epochs: `validator-links.ts`
 *   const proven = fromJson(provenStateSchema, answer); // or decode(…, PROVEN_STATE_BYTES_MAX)
 *   const view = verifyProvenState({ trust, proven: proven.value, verify });
 *   view.value.get(stateKey.parameters)   // bytes, null = absent, undefined = not shown
 *
 * A node makes one for height H (block H + 1 must be final) from
 *   { version: 3, header: headerBytes(H + 1), history: null, finality: finality(H + 1),
 *     ...shareProofs(keys and their values, the path of each in the tree after block H) }.
 *
 * `height` is H, the last block whose transactions are in the state shown. `time` is the ledger
 * time of block H + 1, whose header carries that state: a quorum says that it was current then. No
 * statement in it is later. An old H is proven through the history of a newer block, which then has
 * the finality. `head` is the block that the certificate finalizes (H + 1 or later):
 * its time tells how fresh the proof is, its height and hash are what a trust file remembers.
 *
 * `verifyProvenState` never throws; its time is bounded by the schema's limits (one signature a
 * validator, one hash a header and two a sibling).
 */
import { equalBytes } from '../common/bytes.ts';
import {
  bytesUpTo,
  list,
  nullable,
  type TypeOf,
  text,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import type { Header } from './block.ts';
import {
  type ChainTrust,
  type FinalHeaderCode,
  finalHeaderFields,
  type ProvenHead,
  verifyFinalHeader,
} from './finality.ts';
import { keyTwice, rootOfShared } from './merkle/shared.ts';
import { stateRootOf } from './merkle/sparse.ts';
import { hash } from './primitives.ts';

/** `revisions/`, a namespace of 105 bytes, a slash and a record key of 256 are the longest. */
export const STATE_KEY_BYTES_MAX = 384;
/** The largest value is a publisher with all keys, vouches and bindings that one can have. */
export const STATE_VALUE_BYTES_MAX = 192 * 1024;
/** One answer: a list's head, its publishers and all members. */
export const PROVEN_ENTRIES_MAX = 4096;
/** Below the largest response of a node, in JSON too. */
export const PROVEN_STATE_BYTES_MAX = 6 * 1024 * 1024;

/** 32 for each entry; paths of ten million keys have 24 steps, and share some. */
const PROVEN_SIBLINGS_MAX = 32 * PROVEN_ENTRIES_MAX;

/** As in `ShownEntry`. */
const provenEntrySchema = tuple({
  key: text(STATE_KEY_BYTES_MAX),
  value: nullable(bytesUpTo(STATE_VALUE_BYTES_MAX)),
  depth: uint(),
  end: nullable(tuple({ keyHash: hash, valueHash: hash })),
});

const shownFields = {
  /** In any order, no key twice. */
  entries: list(provenEntrySchema, PROVEN_ENTRIES_MAX),
  /** With the entries they make the root of the state tree after block H. */
  siblings: list(hash, PROVEN_SIBLINGS_MAX),
} as const;

/** The part that is about the keys, without what makes it final. */
export const shownSchema = tuple(shownFields);

export const provenStateSchema = tuple({
  version: version(3),
  /** The header is that of block H + 1, whose `stateRoot` is the state after block H. */
  ...finalHeaderFields,
  ...shownFields,
});
export type ProvenState = TypeOf<typeof provenStateSchema>;

/** State that was proven, to be read without further checks. */
export interface ProvenView {
  readonly chain: Uint8Array;
  /** H: the state is that after this block. */
  readonly height: number;
  /** Ledger time in ms of block H + 1, whose header carries this state. */
  readonly time: number;
  /** Of block H + 1: final, and what older blocks can be shown under. */
  readonly header: Header;
  /** The certified block: H + 1 or a descendant. */
  readonly head: ProvenHead;
  /** The value; null: proven absent; undefined: not shown. */
  get(key: string): Uint8Array | null | undefined;
}

export type ProvenStateCode =
  | FinalHeaderCode
  /** The tree that the entries make is not the one that the header names. */
  | 'PROOF_STATE_ROOT'
  /** The entries make no tree, or a key stands twice. */
  | 'PROOF_ENTRY';

/** Checks everything that `proven` claims, under what the reader trusts. */
export function verifyProvenState(options: {
  readonly trust: ChainTrust;
  readonly proven: ProvenState;
  readonly verify: Verify;
}): Result<ProvenView, ProvenStateCode> {
  const { trust, proven, verify } = options;
  const final = verifyFinalHeader({ trust, proof: proven, verify });
  if (!final.ok) return final;
  const { header, head } = final.value;
  if (header.height === 0) return failure('PROOF_HEADER', 'the genesis block carries no state');
  const twice = keyTwice(proven.entries);
  if (twice !== undefined) return failure('PROOF_ENTRY', `the key ${twice} stands twice`);
  const root = rootOfShared(proven);
  if (root === undefined) return failure('PROOF_ENTRY', 'the entries and siblings make no tree');
  if (!equalBytes(stateRootOf(header.chain, root), header.stateRoot)) {
    return failure('PROOF_STATE_ROOT', 'the entries are not those of the state in the header');
  }
  const values = new Map(proven.entries.map(({ key, value }) => [key, value]));
  const get = (key: string): Uint8Array | null | undefined => values.get(key);
  const { chain } = trust;
  return success({ chain, height: header.height - 1, time: header.time, header, head, get });
}
