/** The certificates that a block's parent is accepted by, gathered for those who may lack them. */
import { toHex } from '../../common/bytes.ts';
import { leafHashes } from '../../ledger/merkle/rfc6962.ts';
import type { Certificate, Vote } from '../../ledger/vote.ts';
import {
  CERTIFICATES_BYTES_MAX,
  CERTIFICATES_PER_MESSAGE_MAX,
  MESSAGE,
  type OutlineMessage,
  type ProposalMessage,
} from '../messages.ts';
import type { BlockEntry, CoreState } from './state.ts';
import { acceptanceOf, exitOf } from './view.ts';

/** A signature with its signer, as encoded; the rest of a certificate is a constant. */
export const SIGNATURE_WIRE_BYTES = 72;
const CERTIFICATE_REST_BYTES = 128;
/** Gap nullifications that ride along with a proposal; the rest is fetched. */
const GAP_MAX = 32;

/** How many certificates of a quorum fit one message beside a block. */
export function certificatesPerMessage(state: CoreState): number {
  const each = state.quorum * SIGNATURE_WIRE_BYTES + CERTIFICATE_REST_BYTES;
  return Math.min(CERTIFICATES_PER_MESSAGE_MAX, Math.floor(CERTIFICATES_BYTES_MAX / each));
}

/** The view in which a block (hex) stands accepted or final; undefined if that isn't known. */
export function acceptedViewOf(state: CoreState, hex: string): number | undefined {
  return hex === state.head.hex ? state.head.view : state.acceptedIn.get(hex);
}

function certificateOf(state: CoreState, hex: string): Certificate | undefined {
  if (hex === state.head.hex) return state.head.certificate;
  const view = state.acceptedIn.get(hex);
  return view === undefined ? undefined : acceptanceOf(state.views.get(view));
}

/**
 * The block (hex) whose acceptance a proposal in `view` stands on: the parent, or for a boundary
 * block that is proposed again the block itself.
 */
export function baseOf(entry: BlockEntry, view: number): string {
  const { header } = entry.block;
  return header.view < view ? entry.hex : toHex(header.parent);
}

/** A block's proposal, whole or, where it is large, by the names of its transactions. */
export function proposalOf(
  state: CoreState,
  vote: Vote,
  entry: BlockEntry,
): ProposalMessage | OutlineMessage {
  const base = baseOf(entry, vote.view);
  const acceptance = certificateOf(state, base);
  const justification = acceptance === undefined ? [] : [acceptance];
  const from = acceptedViewOf(state, base) ?? vote.view;
  const room = Math.min(certificatesPerMessage(state), GAP_MAX + 1);
  for (let v = vote.view - 1; v > from && justification.length < room; v--) {
    const nullification = state.views.get(v)?.nullification;
    if (nullification !== undefined) justification.push(nullification);
  }
  if (entry.bytes.length <= state.wholeBytesMax) {
    return { kind: MESSAGE.PROPOSAL, version: 1, block: entry.bytes, vote, justification };
  }
  const { headerBytes: header, transactions, leaves = leafHashes(transactions) } = entry.block;
  return { kind: MESSAGE.OUTLINE, version: 1, header, leaves, vote, justification };
}

/** By what the current view was entered: lets anybody follow. */
export function entryOf(state: CoreState): Certificate | undefined {
  if (state.view - 1 === state.head.view) return state.head.certificate;
  return exitOf(state.views.get(state.view - 1));
}
