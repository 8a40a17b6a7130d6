/**
 * What must hold at every step, watched from outside: what honest nodes send, write, judge and
 * make final. It counts for itself whatever certificates claim, from the votes that honest nodes
 * really gave; Byzantine ones are taken to have signed everything.
 */
import { toHex } from '../../src/common/bytes.ts';
import { decodeEvidenceRecord } from '../../src/consensus/evidence/record.ts';
import { type EvidenceMessage, MESSAGE, type Message } from '../../src/consensus/messages.ts';
import type { Block } from '../../src/ledger/block.ts';
import { encodeEvidence } from '../../src/ledger/evidence.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import {
  type Certificate,
  VOTE,
  VOTE_NAMES,
  type Vote,
  type VoteKind,
  verifyVote,
} from '../../src/ledger/vote.ts';
import { Audit } from './audit.ts';
import { type Consortium, memberOf } from './consortium.ts';

export class Violation extends Error {}

interface Said {
  accepted?: string;
  nullified?: boolean;
  finalized?: string;
}

interface ViewRecord {
  /** Honest validators who said it, by block; a nullify stands under ''. */
  readonly accepts: Map<string, Set<number>>;
  readonly finalizes: Map<string, Set<number>>;
  readonly nullifies: Set<number>;
  /** What a quorum was seen to say. */
  acceptance: string | undefined;
  finalization: string | undefined;
  nullification: boolean;
}

export interface MonitorOptions {
  readonly consortium: Consortium;
  /** Numbers of members whose validators may say anything. */
  readonly byzantine: ReadonlySet<number>;
}

export class Monitor {
  readonly audit = new Audit();
  readonly #consortium: Consortium;
  readonly #byzantine: ReadonlySet<number>;
  /** False with more Byzantine validators than are tolerated: only certificates are checked. */
  readonly #safe: boolean;
  readonly #epochs = new Map<number, ValidatorSet>();
  /** Blocks that end their epoch, and those that are final somewhere, by hex. */
  readonly #boundaries = new Set<string>();
  readonly #finals = new Set<string>();
  readonly #said = new Map<string, Said>();
  readonly #views = new Map<string, ViewRecord>();
  readonly #certificates = new Set<string>();
  readonly #blocks = new Map<string, Block>();
  readonly #madeByHonest = new Set<string>();
  /** Hex of signatures that are on a node's disk, by member. */
  readonly #durable = new Map<number, Set<string>>();
  /** Blocks that a node's ledger found valid, by member. */
  readonly #judged = new Map<number, Set<string>>();
  readonly #floors = new Map<number, number>();
  /** Evidence on a node's disk, by slot. */
  readonly #accused = new Map<number, Set<string>>();

  constructor({ consortium, byzantine }: MonitorOptions) {
    this.#consortium = consortium;
    this.#byzantine = byzantine;
    this.#epochs.set(1, consortium.validators);
    this.#safe = byzantine.size <= faultsOf(consortium.validators.length);
  }

  get safe(): boolean {
    return this.#safe;
  }

  isHonest(member: number): boolean {
    return !this.#byzantine.has(member);
  }

  /** A block is final on an honest node; `epoch` is the one of its children, if it is another. */
  final(
    hash: Uint8Array,
    epoch: { readonly number: number; readonly validators: ValidatorSet } | undefined,
  ): void {
    this.#finals.add(toHex(hash));
    if (epoch === undefined) return;
    const known = this.#epochs.get(epoch.number);
    this.#epochs.set(epoch.number, known ?? epoch.validators);
  }

  /** The id of the member that has to have made a block of this view. */
  leader(epoch: number, view: number): string | undefined {
    const set = this.#epochs.get(epoch) ?? [];
    return set[(view - 1) % set.length]?.member;
  }

  /** The number of the member whose validator stands at this position of an epoch's set. */
  #member(epoch: number, position: number): number | undefined {
    const id = this.#epochs.get(epoch)?.[position]?.member;
    return id === undefined ? undefined : memberOf(id);
  }

  #quorumOf(epoch: number): number {
    const count = this.#epochs.get(epoch)?.length ?? 0;
    return count - faultsOf(count);
  }

  /** A vote is durable: from now on its signer counts it, whether it could be sent or not. */
  wrote(member: number, vote: Vote): void {
    setOf(this.#durable, member).add(toHex(vote.signature));
    this.#noteVote(vote, member);
  }

  /** @param anew the earlier log was lost */
  floor(member: number, epoch: number, view: number, anew: boolean): void {
    const floor = epoch * 2 ** 32 + view;
    if (!anew && floor < (this.#floors.get(member) ?? 0)) {
      throw new Violation(`node ${member}: the floor went back to view ${view} of epoch ${epoch}`);
    }
    this.#floors.set(member, floor);
  }

  /** Evidence that is on an honest node's disk now. */
  accused(slot: number, records: readonly Uint8Array[]): void {
    for (const bytes of records) {
      const record = decodeEvidenceRecord(bytes);
      if (!record.ok) throw new Violation(`node ${slot} wrote evidence that nobody can read`);
      const { evidence, member } = record.value;
      if (this.isHonest(memberOf(member))) {
        throw new Violation(`node ${slot} accuses ${member}, which is honest`);
      }
      setOf(this.#accused, slot).add(toHex(encodeEvidence(evidence)));
    }
  }

  /** @param slot who tells it */
  told(slot: number, { evidence }: EvidenceMessage): void {
    for (const each of evidence) {
      if (setOf(this.#accused, slot).has(toHex(encodeEvidence(each)))) continue;
      throw new Violation(`node ${slot} told evidence before it was synced`);
    }
  }

  /** A ledger judged a block. */
  judged(
    member: number | undefined,
    block: Block,
    { judgement, boundary }: { readonly judgement: string; readonly boundary: boolean },
  ): void {
    const hex = toHex(block.hash);
    this.#blocks.set(hex, block);
    if (boundary) this.#boundaries.add(hex);
    if (member !== undefined && judgement === 'valid') setOf(this.#judged, member).add(hex);
    const bad = judgement === 'invalid' || judgement === 'diverged';
    if (bad && this.#safe && this.#madeByHonest.has(hex)) {
      const { height, view } = block.header;
      throw new Violation(
        `node ${member}: an honest leader's block ${height} of view ${view} is ${judgement}`,
      );
    }
  }

  /** An honest leader built a block. */
  proposed(member: number, block: Block, boundary: boolean): void {
    this.#madeByHonest.add(toHex(block.hash));
    this.judged(member, block, { judgement: 'valid', boundary });
  }

  /**
   * An honest validator's message leaves.
   *
   * @param guardLost it has no record of what it said, so whatever it found may never have been
   */
  sent(member: number, message: Message, guardLost: boolean): void {
    for (const certificate of certificatesIn(message)) this.certificate(certificate);
    for (const vote of votesIn(message)) {
      if (this.#member(vote.epoch, vote.validator) !== member) continue;
      if (guardLost) throw new Violation(`${nameOf(member, vote)}: it has no record of its votes`);
      this.#ownVote(member, vote);
    }
  }

  #ownVote(member: number, vote: Vote): void {
    if (!this.isHonest(member)) return;
    if (!setOf(this.#durable, member).has(toHex(vote.signature))) {
      throw new Violation(`${nameOf(member, vote)}: it was sent before it was synced`);
    }
  }

  /** A certificate that an honest node believes in. */
  certificate(certificate: Certificate): void {
    const { kind, epoch, view, block, signatures } = certificate;
    const hex = block === null ? '' : toHex(block);
    const signers = signatures.map(({ validator }) => validator);
    const key = `${kind}/${epoch}/${view}/${hex}/${signers.join()}`;
    if (this.#certificates.has(key)) return;
    this.#certificates.add(key);
    const where = `the ${VOTE_NAMES[kind]} certificate of view ${view}`;
    const validators = this.#epochs.get(epoch);
    if (validators === undefined) throw new Violation(`${where} is of epoch ${epoch}, not begun`);
    if (new Set(signers).size < this.#quorumOf(epoch)) {
      throw new Violation(`${where} has ${signers.length} signers of ${this.#quorumOf(epoch)}`);
    }
    const { signatures: scheme } = this.#consortium;
    for (const { validator, signature } of signatures) {
      const vote: Vote = { ...certificate, validator, signature };
      if (!verifyVote(vote, validators, scheme.verify)) {
        throw new Violation(`${where} has a bad signature of ${validator}`);
      }
    }
    if (!this.#safe) return;
    for (const validator of signers) {
      const member = this.#member(epoch, validator) as number;
      if (this.isHonest(member)) this.#noteVote(certificate, member);
    }
    this.#checkCertificate(where, certificate, hex);
  }

  #checkCertificate(where: string, { kind, epoch, view }: Certificate, hex: string): void {
    const record = this.#view(epoch, view);
    if (kind === VOTE.NULLIFY) record.nullification = true;
    else if (kind === VOTE.ACCEPT) {
      record.acceptance ??= hex;
      if (record.acceptance !== hex) throw new Violation(`${where}: another block has one, too`);
    } else {
      record.finalization ??= hex;
      if (record.finalization !== hex) throw new Violation(`${where}: another block has one, too`);
    }
    const { acceptance, finalization, nullification } = record;
    if (finalization !== undefined && nullification) {
      throw new Violation(`view ${view} is finalized and nullified`);
    }
    if (finalization !== undefined && acceptance !== undefined && finalization !== acceptance) {
      throw new Violation(`view ${view} finalized what it had not accepted`);
    }
  }

  /** What one honest validator said may never contradict itself, across all of its lives. */
  #noteVote(vote: Pick<Vote, 'kind' | 'epoch' | 'view' | 'block'>, by: number): void {
    const { kind, epoch, view } = vote;
    const hex = vote.block === null ? '' : toHex(vote.block);
    const key = `${by}/${epoch}/${view}`;
    let said = this.#said.get(key);
    if (said === undefined) {
      said = {};
      this.#said.set(key, said);
    }
    const before = { ...said };
    if (kind === VOTE.NULLIFY) said.nullified = true;
    else if (kind === VOTE.ACCEPT) said.accepted ??= hex;
    else said.finalized ??= hex;
    const where = nameOf(by, vote);
    const contradicts =
      (kind === VOTE.ACCEPT && said.accepted !== hex) ||
      (kind === VOTE.FINALIZE && said.finalized !== hex) ||
      (said.nullified === true && said.finalized !== undefined);
    if (contradicts) throw new Violation(`${where}: it contradicts ${JSON.stringify(before)}`);
    if (JSON.stringify(before) === JSON.stringify(said)) return;
    const record = this.#view(epoch, view);
    if (kind === VOTE.NULLIFY) record.nullifies.add(by);
    else setOf(kind === VOTE.ACCEPT ? record.accepts : record.finalizes, hex).add(by);
    if (!this.#safe) return;
    if (kind === VOTE.ACCEPT) this.#checkAccept(where, epoch, view, hex);
    if (kind === VOTE.FINALIZE) this.#checkFinalize(where, by, record, epoch, hex);
  }

  /** The parent was accepted in an earlier view, and all views between were given up. */
  #checkAccept(where: string, epoch: number, view: number, hex: string): void {
    const header = this.#blocks.get(hex)?.header;
    if (header === undefined) throw new Violation(`${where}: nobody judged its block`);
    const parent = toHex(header.parent);
    const again = header.view < view;
    if (again && !this.#boundaries.has(hex)) throw new Violation(`${where}: it is of another view`);
    this.#checkEpoch(where, epoch, header.height, parent);
    // A boundary block that is proposed again stands on its own acceptance.
    const anchor = again ? hex : parent;
    for (let v = view - 1; v > 0; v--) {
      const record = this.#views.get(`${epoch}/${v}`);
      const accepts = record?.accepts.get(anchor)?.size ?? 0;
      if (this.#canBeQuorum(epoch, accepts)) return;
      if (this.#canBeQuorum(epoch, record?.nullifies.size ?? 0)) continue;
      throw new Violation(`${where}: view ${v} is neither nullified nor the parent's`);
    }
    const first = header.height === 1 || this.#blocks.get(parent)?.header.epoch !== epoch;
    if (!first) throw new Violation(`${where}: its parent was accepted in no view`);
  }

  /** An epoch begins above a final boundary block, and only there. */
  #checkEpoch(where: string, epoch: number, height: number, parent: string): void {
    const before = this.#blocks.get(parent)?.header;
    if (before === undefined || height === 1) return;
    if (before.epoch === epoch && this.#boundaries.has(parent)) {
      throw new Violation(`${where}: a child of a boundary block in its own epoch`);
    }
    if (before.epoch !== epoch && !this.#finals.has(parent)) {
      throw new Violation(`${where}: epoch ${epoch} begins above a block that is not final`);
    }
  }

  #checkFinalize(where: string, by: number, record: ViewRecord, epoch: number, hex: string): void {
    if (!this.#canBeQuorum(epoch, record.accepts.get(hex)?.size ?? 0)) {
      throw new Violation(`${where}: the block has no acceptance`);
    }
    if (!setOf(this.#judged, by).has(hex)) {
      throw new Violation(`${where}: the block was never found valid there`);
    }
  }

  /** With the Byzantine ones, so many honest votes make a certificate. */
  #canBeQuorum(epoch: number, honest: number): boolean {
    const set = this.#epochs.get(epoch) ?? [];
    const byzantine = set.filter(({ member }) => this.#byzantine.has(memberOf(member))).length;
    return honest + byzantine >= this.#quorumOf(epoch);
  }

  #view(epoch: number, view: number): ViewRecord {
    const key = `${epoch}/${view}`;
    let record = this.#views.get(key);
    if (record === undefined) {
      record = {
        accepts: new Map(),
        finalizes: new Map(),
        nullifies: new Set(),
        acceptance: undefined,
        finalization: undefined,
        nullification: false,
      };
      this.#views.set(key, record);
    }
    return record;
  }
}

/** Worked out here again: the code under test must not check itself. */
function faultsOf(count: number): number {
  return Math.floor((count - 1) / 3);
}

function nameOf(
  member: number,
  { kind, view, block }: { kind: VoteKind; view: number; block: Uint8Array | null },
): string {
  const which = block === null ? '' : ` ${toHex(block).slice(0, 8)}`;
  return `node ${member}, ${VOTE_NAMES[kind]}${which} in view ${view}`;
}

function setOf<K, V>(sets: Map<K, Set<V>>, key: K): Set<V> {
  let set = sets.get(key);
  if (set === undefined) {
    set = new Set();
    sets.set(key, set);
  }
  return set;
}

export function votesIn(message: Message): readonly Vote[] {
  if (message.kind === MESSAGE.PROPOSAL || message.kind === MESSAGE.OUTLINE) return [message.vote];
  return message.kind === MESSAGE.VOTES || message.kind === MESSAGE.STATUS ? message.votes : [];
}

export function certificatesIn(message: Message): readonly Certificate[] {
  switch (message.kind) {
    case MESSAGE.PROPOSAL:
    case MESSAGE.OUTLINE:
      return message.justification;
    case MESSAGE.CERTIFICATES:
      return message.certificates;
    case MESSAGE.BLOCK:
      return message.acceptance === null ? [] : [message.acceptance];
    case MESSAGE.STATUS:
      return message.entry === null ? [] : [message.entry];
    case MESSAGE.FINALITY:
      return [message.certificate];
    case MESSAGE.ANSWER:
      return message.entry === null ? [] : [message.entry];
    default:
      return [];
  }
}
