/**
 * What validators say to each other. Every message is a canonical tuple of kind, version and
 * fields; everything that matters in one is signed by itself (votes, certificates) or proven by a
 * hash (blocks, headers), so any node may pass it on.
 */
import {
  bytesOf,
  bytesUpTo,
  type DecodeCode,
  decode,
  encode,
  list,
  literal,
  nullable,
  type Schema,
  type TypeOf,
  tagged,
  tuple,
  version as versionOf,
} from '../common/codec/index.ts';
import { HASH_BYTES } from '../common/hash.ts';
import type { Result } from '../common/result.ts';
import { ENCODED_BLOCK_BYTES_MAX, HEADER_BYTES_MAX, TRANSACTIONS_CAP } from '../ledger/block.ts';
import { evidenceSchema } from '../ledger/evidence.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import { epoch, hash, height, view } from '../ledger/primitives.ts';
import { certificateSchema, voteSchema } from '../ledger/vote.ts';

export const MESSAGE = {
  PROPOSAL: 1,
  VOTES: 2,
  CERTIFICATES: 3,
  REQUEST: 4,
  BLOCK: 5,
  STATUS: 6,
  FINALITY: 7,
  QUERY: 8,
  ANSWER: 9,
  EVIDENCE: 10,
  OUTLINE: 11,
  BODIES_REQUEST: 12,
  BODIES: 13,
} as const;

/** Certificates that justify a proposal, votes and framing, beside the block. */
const BESIDE_BLOCK_BYTES_MAX = 64 * 1024;
export const MESSAGE_BYTES_MAX = ENCODED_BLOCK_BYTES_MAX + BESIDE_BLOCK_BYTES_MAX;
/** What certificates of one message may take together; leaves room for the votes beside them. */
export const CERTIFICATES_BYTES_MAX = 56 * 1024;
/** Longer gaps are rare: the rest is fetched. */
export const CERTIFICATES_PER_MESSAGE_MAX = 64;
/** Own votes of two views. */
export const VOTES_PER_MESSAGE_MAX = 8;
/** One answer of those who have evidence that a peer may lack. */
export const EVIDENCE_PER_MESSAGE_MAX = 16;
export const REQUESTED_BLOCKS_MAX = 16;
export const REQUESTED_VIEWS_MAX = 32;
/** Makes an answer one to this question: nobody can have it from earlier. */
export const NONCE_BYTES = 16;

const version = versionOf(1);

/** A block with its leader's accept; what makes the parent acceptable rides along. */
const proposalMessage = tuple({
  kind: literal(MESSAGE.PROPOSAL),
  version,
  block: bytesUpTo(ENCODED_BLOCK_BYTES_MAX),
  vote: voteSchema,
  /** The parent's acceptance or finalization (null for genesis), then nullifications of the gap. */
  justification: list(certificateSchema, CERTIFICATES_PER_MESSAGE_MAX),
});
export type ProposalMessage = TypeOf<typeof proposalMessage>;

/** The same of a large block: its transactions are named, since others have them by gossip. */
const outlineMessage = tuple({
  kind: literal(MESSAGE.OUTLINE),
  version,
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** Their leaf hashes in the tree under the header's `txRoot`, one after the other. */
  leaves: bytesUpTo(TRANSACTIONS_CAP * HASH_BYTES),
  vote: voteSchema,
  justification: list(certificateSchema, CERTIFICATES_PER_MESSAGE_MAX),
});
export type OutlineMessage = TypeOf<typeof outlineMessage>;

/** Asks who proposed a block for transactions that are missing here. */
const bodiesRequestMessage = tuple({
  kind: literal(MESSAGE.BODIES_REQUEST),
  version,
  block: hash,
  /** A bit for each transaction, the first one the lowest of the first byte; 1 = missing. */
  missing: bytesUpTo(TRANSACTIONS_CAP / 8),
});
export type BodiesRequestMessage = TypeOf<typeof bodiesRequestMessage>;

/** The answer: the bytes of each, in the block's order. */
const bodiesMessage = tuple({
  kind: literal(MESSAGE.BODIES),
  version,
  block: hash,
  transactions: list(bytesUpTo(TRANSACTION_BYTES_CAP), TRANSACTIONS_CAP),
});
export type BodiesMessage = TypeOf<typeof bodiesMessage>;

const votesMessage = tuple({
  kind: literal(MESSAGE.VOTES),
  version,
  votes: list(voteSchema, VOTES_PER_MESSAGE_MAX),
});
export type VotesMessage = TypeOf<typeof votesMessage>;

const certificatesMessage = tuple({
  kind: literal(MESSAGE.CERTIFICATES),
  version,
  certificates: list(certificateSchema, CERTIFICATES_PER_MESSAGE_MAX),
});
export type CertificatesMessage = TypeOf<typeof certificatesMessage>;

/** Asks for blocks by hash and for the certificates of views. */
const requestMessage = tuple({
  kind: literal(MESSAGE.REQUEST),
  version,
  epoch,
  blocks: list(hash, REQUESTED_BLOCKS_MAX),
  views: list(view, REQUESTED_VIEWS_MAX),
});
export type RequestMessage = TypeOf<typeof requestMessage>;

const blockMessage = tuple({
  kind: literal(MESSAGE.BLOCK),
  version,
  block: bytesUpTo(ENCODED_BLOCK_BYTES_MAX),
  acceptance: nullable(certificateSchema),
});
export type BlockMessage = TypeOf<typeof blockMessage>;

/** Where the sender stands: repeated while it does not get on, and answered by who is ahead. */
const statusMessage = tuple({
  kind: literal(MESSAGE.STATUS),
  version,
  epoch,
  view,
  /** Of the newest final block. */
  height,
  votes: list(voteSchema, VOTES_PER_MESSAGE_MAX),
  /** By which the view was entered; null in the first. */
  entry: nullable(certificateSchema),
});
export type StatusMessage = TypeOf<typeof statusMessage>;

/** The newest finalization and the header it is for: tells a node how far behind it is. */
const finalityMessage = tuple({
  kind: literal(MESSAGE.FINALITY),
  version,
  header: bytesUpTo(HEADER_BYTES_MAX),
  certificate: certificateSchema,
});
export type FinalityMessage = TypeOf<typeof finalityMessage>;

/** Asks where a validator stands: by one that doesn't know any more what it signed. */
const queryMessage = tuple({
  kind: literal(MESSAGE.QUERY),
  version,
  nonce: bytesOf(NONCE_BYTES),
});
export type QueryMessage = TypeOf<typeof queryMessage>;

/** Where the sender stands, and votes; the answer to a query. */
const answerMessage = tuple({
  kind: literal(MESSAGE.ANSWER),
  version,
  nonce: bytesOf(NONCE_BYTES),
  epoch,
  view,
  /** Of the view before, which proves that the view was reached; null in the first. */
  entry: nullable(certificateSchema),
});
export type AnswerMessage = TypeOf<typeof answerMessage>;

/** Votes of validators that contradict themselves: passed on once to everybody. */
const evidenceMessage = tuple({
  kind: literal(MESSAGE.EVIDENCE),
  version,
  evidence: list(evidenceSchema, EVIDENCE_PER_MESSAGE_MAX),
});
export type EvidenceMessage = TypeOf<typeof evidenceMessage>;

export type Message =
  | ProposalMessage
  | VotesMessage
  | CertificatesMessage
  | RequestMessage
  | BlockMessage
  | StatusMessage
  | FinalityMessage
  | QueryMessage
  | AnswerMessage
  | EvidenceMessage
  | OutlineMessage
  | BodiesRequestMessage
  | BodiesMessage;

const messageSchema: Schema<Message> = tagged('kind', {
  [MESSAGE.PROPOSAL]: proposalMessage,
  [MESSAGE.VOTES]: votesMessage,
  [MESSAGE.CERTIFICATES]: certificatesMessage,
  [MESSAGE.REQUEST]: requestMessage,
  [MESSAGE.BLOCK]: blockMessage,
  [MESSAGE.STATUS]: statusMessage,
  [MESSAGE.FINALITY]: finalityMessage,
  [MESSAGE.QUERY]: queryMessage,
  [MESSAGE.ANSWER]: answerMessage,
  [MESSAGE.EVIDENCE]: evidenceMessage,
  [MESSAGE.OUTLINE]: outlineMessage,
  [MESSAGE.BODIES_REQUEST]: bodiesRequestMessage,
  [MESSAGE.BODIES]: bodiesMessage,
});

export function encodeMessage(message: Message): Uint8Array {
  return encode(messageSchema, message);
}

export function decodeMessage(bytes: Uint8Array): Result<Message, DecodeCode> {
  return decode(messageSchema, bytes, MESSAGE_BYTES_MAX);
}
