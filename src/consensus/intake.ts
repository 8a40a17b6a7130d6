/**
 * From a peer's bytes to inputs of the core. Each part is checked for relevance first, for its
 * signatures only then, so that a flood of known or useless things costs little.
 */
import { equalBytes, toHex } from '../common/bytes.ts';
import type { Verify } from '../common/signature.ts';
import { blockHash, decodeBlock, decodeHeader, decodeOutline } from '../ledger/block.ts';
import type { Evidence } from '../ledger/evidence.ts';
import {
  type Certificate,
  VOTE,
  type Vote,
  verifyCertificate,
  verifyVote,
} from '../ledger/vote.ts';
import { wantsBlock } from './core/blocks.ts';
import { isNewCertificate } from './core/certificates.ts';
import type { Input } from './core/input.ts';
import { suspectsIn } from './core/signed.ts';
import type { CoreState } from './core/state.ts';
import { relevanceOf } from './core/votes.ts';
import type { Accusations } from './evidence/accusations.ts';
import {
  type AnswerMessage,
  decodeMessage,
  MESSAGE,
  type Message,
  type OutlineMessage,
} from './messages.ts';
import type { DropReason } from './metrics.ts';
import type { Outlines } from './outlines.ts';

export interface Intake {
  /** Of the current epoch. */
  readonly state: CoreState;
  readonly verify: Verify;
  /** Runs the core; what it concludes counts for the next part of the same message. */
  feed(input: Input): void;
  /** The member speaks of an earlier epoch. */
  late(member: string, epoch: number): void;
  /** Somebody answers our question where it stands. */
  answered(from: number, answer: AnswerMessage): void;
  dropped(from: string, reason: DropReason, detail?: string): void;
  readonly accusations: Accusations;
  readonly outlines: Outlines;
}

/** Who sent a message. */
interface Sender {
  readonly member: string;
  /** In the current epoch; undefined for a validator of the last or the next one. */
  readonly position: number | undefined;
}

const KIND_NAMES = new Map<number, string>(
  Object.entries(MESSAGE).map(([name, kind]) => [kind, name.toLowerCase()]),
);

/** Takes one message apart; returns the name of its kind, if it has one. */
export function takeMessage(intake: Intake, member: string, bytes: Uint8Array): string | undefined {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) {
    intake.dropped(member, 'decode', decoded.message);
    return undefined;
  }
  const found = intake.state.validators.findIndex((validator) => validator.member === member);
  const position = found < 0 ? undefined : found;
  if (position !== undefined) intake.feed({ type: 'heard', validator: position });
  takeParts(intake, { member, position }, decoded.value);
  return KIND_NAMES.get(decoded.value.kind);
}

function takeParts(intake: Intake, from: Sender, message: Message): void {
  switch (message.kind) {
    case MESSAGE.PROPOSAL:
      // The certificates first: they may let us enter the view that the vote is for.
      for (const certificate of message.justification) takeCertificate(intake, from, certificate);
      takeVote(intake, from, message.vote);
      takeBlock(intake, from, message.block);
      break;
    case MESSAGE.OUTLINE:
      for (const certificate of message.justification) takeCertificate(intake, from, certificate);
      takeVote(intake, from, message.vote);
      takeOutline(intake, from, message);
      break;
    case MESSAGE.BODIES:
      if (!intake.outlines.fill(from.member, message)) {
        intake.dropped(from.member, 'unwanted', 'bodies');
      }
      break;
    case MESSAGE.VOTES:
      for (const vote of message.votes) takeVote(intake, from, vote);
      break;
    case MESSAGE.CERTIFICATES:
      for (const certificate of message.certificates) takeCertificate(intake, from, certificate);
      break;
    case MESSAGE.BLOCK:
      if (message.acceptance !== null) takeCertificate(intake, from, message.acceptance);
      takeBlock(intake, from, message.block);
      break;
    case MESSAGE.FINALITY:
      takeFinality(intake, from, message.header, message.certificate);
      break;
    case MESSAGE.EVIDENCE:
      for (const evidence of message.evidence) takeEvidence(intake, from, evidence);
      break;
    default:
      takeCall(intake, from, message);
  }
}

type Call = Extract<Message, { kind: 4 | 6 | 8 | 9 | 12 }>;

/** What asks for something, or answers us: from validators of the epoch, or of the last one. */
function takeCall(intake: Intake, { member, position }: Sender, message: Call): void {
  if (message.kind === MESSAGE.STATUS) {
    const sender = { member, position };
    if (message.entry !== null) takeCertificate(intake, sender, message.entry);
    for (const vote of message.votes) takeVote(intake, sender, vote);
  }
  const epoch = 'epoch' in message ? message.epoch : intake.state.epoch;
  if (epoch < intake.state.epoch) intake.late(member, epoch);
  if (epoch > intake.state.epoch) intake.feed({ type: 'ahead', from: position });
  if (epoch !== intake.state.epoch || position === undefined) return;
  switch (message.kind) {
    case MESSAGE.STATUS: {
      const { view, height } = message;
      intake.feed({ type: 'status', from: position, view, height });
      intake.accusations.met(member, position);
      break;
    }
    case MESSAGE.REQUEST: {
      const { blocks, views } = message;
      intake.feed({ type: 'request', from: position, blocks, views });
      break;
    }
    case MESSAGE.BODIES_REQUEST: {
      const { block: hash, missing } = message;
      intake.feed({ type: 'bodies-request', from: position, hash, missing });
      break;
    }
    case MESSAGE.QUERY:
      intake.feed({ type: 'query', from: position, nonce: message.nonce });
      break;
    case MESSAGE.ANSWER:
      intake.answered(position, message);
      break;
  }
}

function takeVote(intake: Intake, from: Sender, vote: Vote): void {
  const { member, position } = from;
  const { state, verify } = intake;
  switch (relevanceOf(state, vote)) {
    case 'wanted':
      if (verifyVote(vote, state.validators, verify)) intake.feed({ type: 'vote', vote });
      else intake.dropped(member, 'signature', 'vote');
      return;
    case 'far':
      if (position !== undefined) intake.feed({ type: 'far', from: position });
      return;
    case 'ahead':
      intake.feed({ type: 'ahead', from: position });
      return;
    case 'late':
      intake.late(member, vote.epoch);
      break;
    case 'foreign':
      intake.dropped(member, 'foreign');
      break;
    case 'stale':
      intake.dropped(member, 'stale');
      break;
    case 'known':
      break;
  }
  takeSuspects(intake, from, vote);
}

/** What is of no use any more may still contradict what its signers signed before. */
function takeSuspects(intake: Intake, { member }: Sender, given: Certificate | Vote): void {
  const set = intake.accusations.validatorsOf(given.epoch);
  if (set === undefined) return;
  for (const vote of suspectsIn(intake.state, given)) {
    if (!intake.accusations.mayCheck(member)) return;
    if (verifyVote(vote, set, intake.verify)) intake.feed({ type: 'contradiction', vote });
    else intake.dropped(member, 'signature', 'vote');
  }
}

function takeCertificate(intake: Intake, from: Sender, certificate: Certificate): void {
  if (!isNewCertificate(intake.state, certificate)) {
    takeSuspects(intake, from, certificate);
    return;
  }
  if (isGood(intake, certificate)) intake.feed({ type: 'certificate', certificate });
  else intake.dropped(from.member, 'signature', 'certificate');
}

/** Checks the chain and all signatures; those that came as votes before are known to be good. */
function isGood({ state, verify }: Intake, certificate: Certificate): boolean {
  if (!equalBytes(certificate.chain, state.chain)) return false;
  const known = knownSignatures(state, certificate);
  const remembering: Verify = (signature, message, key) =>
    known.get(toHex(signature)) === key || verify(signature, message, key);
  return verifyCertificate(certificate, state.validators, remembering).ok;
}

/** The key of the validator by the signature (hex) that it gave this subject. */
function knownSignatures(state: CoreState, certificate: Certificate): Map<string, Uint8Array> {
  const known = new Map<string, Uint8Array>();
  const view = state.views.get(certificate.view);
  if (view === undefined) return known;
  const hex = certificate.block === null ? '' : toHex(certificate.block);
  const votes =
    certificate.kind === VOTE.NULLIFY
      ? view.nullifies
      : (certificate.kind === VOTE.ACCEPT ? view.accepts : view.finalizes).get(hex);
  for (const [validator, vote] of votes ?? []) {
    const key = state.validators[validator]?.key;
    if (key !== undefined) known.set(toHex(vote.signature), key);
  }
  return known;
}

function takeEvidence(intake: Intake, { member }: Sender, evidence: Evidence): void {
  const reason = intake.accusations.receive(member, evidence);
  if (reason !== undefined) intake.dropped(member, reason, 'evidence');
}

function takeBlock(intake: Intake, { member }: Sender, bytes: Uint8Array): void {
  const { state } = intake;
  if (state.wants.size === 0) return; // the usual fate of what comes twice: not decoded again
  const decoded = decodeBlock(state.chain, bytes);
  if (!decoded.ok) intake.dropped(member, 'decode', decoded.message);
  else if (!wantsBlock(state, decoded.value.hash)) intake.dropped(member, 'unwanted', 'block');
  else intake.feed({ type: 'block', block: decoded.value, bytes });
}

function takeOutline(intake: Intake, { member }: Sender, { header, leaves }: OutlineMessage): void {
  const { state } = intake;
  if (state.wants.size === 0) return;
  const outline = decodeOutline(state.chain, header, leaves);
  if (!outline.ok) intake.dropped(member, 'decode', outline.message);
  else if (!wantsBlock(state, outline.value.hash)) intake.dropped(member, 'unwanted', 'outline');
  else if (intake.outlines.take(member, outline.value)) {
    intake.feed({ type: 'outlined', hash: outline.value.hash });
  }
}

function takeFinality(
  intake: Intake,
  from: Sender,
  headerBytes: Uint8Array,
  certificate: Certificate,
): void {
  const { state } = intake;
  const { member } = from;
  const header = decodeHeader(state.chain, headerBytes);
  if (!header.ok) {
    intake.dropped(member, 'decode', header.message);
    return;
  }
  const named = certificate.block ?? new Uint8Array(0);
  const fits = equalBytes(blockHash(state.chain, headerBytes), named);
  if (!fits || certificate.kind !== VOTE.FINALIZE) {
    intake.dropped(member, 'foreign', 'finality');
    return;
  }
  if (header.value.height <= state.head.header.height) {
    takeSuspects(intake, from, certificate);
    return;
  }
  if (isNewCertificate(state, certificate)) {
    if (!isGood(intake, certificate)) {
      intake.dropped(member, 'signature', 'certificate');
      return;
    }
  } else if (!isKnownFinalization(state, certificate)) {
    takeSuspects(intake, from, certificate);
    return;
  }
  intake.feed({ type: 'finality', certificate, header: header.value });
}

/** Its view's finalization is here already; the header beside it still tells the height. */
function isKnownFinalization(state: CoreState, certificate: Certificate): boolean {
  const known = state.views.get(certificate.view)?.finalization?.block ?? null;
  return known !== null && certificate.block !== null && equalBytes(known, certificate.block);
}
