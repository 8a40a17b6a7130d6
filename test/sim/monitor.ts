/**
 * What must hold at every step, watched from outside: what honest nodes send, write, judge and
 * make final. It counts for itself whatever certificates claim, from the votes that honest nodes
 * really gave; Byzantine ones are taken to have signed everything.
 */
import { toHex } from '../../src/common/bytes.ts';
import { MESSAGE, type Message } from '../../src/consensus/messages.ts';
import type { Block } from '../../src/ledger/block.ts';
import {
  type Certificate,
  VOTE,
  VOTE_NAMES,
  type Vote,
  type VoteKind,
  verifyVote,
} from '../../src/ledger/vote.ts';
import { Audit } from './audit.ts';
import type { Consortium } from './consortium.ts';

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
  /** Positions of validators that may say anything. */
  readonly byzantine: ReadonlySet<number>;
}

export class Monitor {
  readonly audit = new Audit();
  readonly #consortium: Consortium;
  readonly #byzantine: ReadonlySet<number>;
  /** False with more Byzantine validators than are tolerated: only certificates are checked. */
  readonly #safe: boolean;
  readonly #quorum: number;
  readonly #said = new Map<string, Said>();
  readonly #views = new Map<string, ViewRecord>();
  readonly #certificates = new Set<string>();
  readonly #blocks = new Map<string, Block>();
  readonly #madeByHonest = new Set<string>();
  /** Hex of signatures that are on a node's disk, by position. */
  readonly #durable = new Map<number, Set<string>>();
  /** Blocks that a node's ledger found valid, by position. */
  readonly #judged = new Map<number, Set<string>>();
  readonly #floors = new Map<number, number>();

  constructor({ consortium, byzantine }: MonitorOptions) {
    this.#consortium = consortium;
    this.#byzantine = byzantine;
    const count = consortium.validators.length;
    // Worked out here again: the code under test must not check itself.
    const faults = Math.floor((count - 1) / 3);
    this.#quorum = count - faults;
    this.#safe = byzantine.size <= faults;
  }

  get safe(): boolean {
    return this.#safe;
  }

  isHonest(position: number): boolean {
    return !this.#byzantine.has(position);
  }

  /** A vote is durable: from now on its signer counts it, whether it could be sent or not. */
  wrote(position: number, vote: Vote): void {
    setOf(this.#durable, position).add(toHex(vote.signature));
    this.#noteVote(vote, position);
  }

  floor(position: number, epoch: number, view: number): void {
    const floor = epoch * 2 ** 32 + view;
    if (floor < (this.#floors.get(position) ?? 0)) {
      throw new Violation(`node ${position}: the floor went back to view ${view}`);
    }
    this.#floors.set(position, floor);
  }

  /** A ledger judged a block. */
  judged(position: number | undefined, block: Block, judgement: string): void {
    const hex = toHex(block.hash);
    this.#blocks.set(hex, block);
    if (position !== undefined && judgement === 'valid') setOf(this.#judged, position).add(hex);
    const bad = judgement === 'invalid' || judgement === 'diverged';
    if (bad && this.#safe && this.#madeByHonest.has(hex)) {
      const { height, view } = block.header;
      throw new Violation(
        `node ${position}: an honest leader's block ${height} of view ${view} is ${judgement}`,
      );
    }
  }

  /** An honest leader built a block. */
  proposed(position: number, block: Block): void {
    this.#madeByHonest.add(toHex(block.hash));
    this.judged(position, block, 'valid');
  }

  /** An honest validator's message leaves. */
  sent(position: number, message: Message): void {
    for (const certificate of certificatesIn(message)) this.certificate(certificate);
    for (const vote of votesIn(message)) {
      if (vote.validator === position) this.#ownVote(position, vote);
    }
  }

  #ownVote(position: number, vote: Vote): void {
    if (!this.isHonest(position)) return;
    if (!setOf(this.#durable, position).has(toHex(vote.signature))) {
      throw new Violation(`${nameOf(position, vote)}: it was sent before it was synced`);
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
    if (new Set(signers).size < this.#quorum) {
      throw new Violation(`${where} has ${signers.length} signers of ${this.#quorum}`);
    }
    const { validators, signatures: scheme } = this.#consortium;
    for (const { validator, signature } of signatures) {
      const vote: Vote = { ...certificate, validator, signature };
      if (!verifyVote(vote, validators, scheme.verify)) {
        throw new Violation(`${where} has a bad signature of ${validator}`);
      }
    }
    if (!this.#safe) return;
    for (const validator of signers) {
      if (this.isHonest(validator)) this.#noteVote(certificate, validator);
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
    if (kind === VOTE.FINALIZE) this.#checkFinalize(where, by, record, hex);
  }

  /** The parent was accepted in an earlier view, and all views between were given up. */
  #checkAccept(where: string, epoch: number, view: number, hex: string): void {
    const header = this.#blocks.get(hex)?.header;
    if (header === undefined) throw new Violation(`${where}: nobody judged its block`);
    const parent = toHex(header.parent);
    const genesis = header.height === 1;
    for (let v = view - 1; v > 0; v--) {
      const record = this.#views.get(`${epoch}/${v}`);
      const accepts = record?.accepts.get(parent)?.size ?? 0;
      if (this.#canBeQuorum(accepts)) return;
      if (this.#canBeQuorum(record?.nullifies.size ?? 0)) continue;
      throw new Violation(`${where}: view ${v} is neither nullified nor the parent's`);
    }
    if (!genesis) throw new Violation(`${where}: its parent was accepted in no view`);
  }

  #checkFinalize(where: string, by: number, record: ViewRecord, hex: string): void {
    if (!this.#canBeQuorum(record.accepts.get(hex)?.size ?? 0)) {
      throw new Violation(`${where}: the block has no acceptance`);
    }
    if (!setOf(this.#judged, by).has(hex)) {
      throw new Violation(`${where}: the block was never found valid there`);
    }
  }

  /** With the Byzantine ones, so many honest votes make a certificate. */
  #canBeQuorum(honest: number): boolean {
    return honest + this.#byzantine.size >= this.#quorum;
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

function nameOf(
  position: number,
  { kind, view, block }: { kind: VoteKind; view: number; block: Uint8Array | null },
): string {
  const which = block === null ? '' : ` ${toHex(block).slice(0, 8)}`;
  return `node ${position}, ${VOTE_NAMES[kind]}${which} in view ${view}`;
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
  if (message.kind === MESSAGE.PROPOSAL) return [message.vote];
  return message.kind === MESSAGE.VOTES || message.kind === MESSAGE.STATUS ? message.votes : [];
}

export function certificatesIn(message: Message): readonly Certificate[] {
  switch (message.kind) {
    case MESSAGE.PROPOSAL:
      return message.justification;
    case MESSAGE.CERTIFICATES:
      return message.certificates;
    case MESSAGE.BLOCK:
      return message.acceptance === null ? [] : [message.acceptance];
    case MESSAGE.STATUS:
      return message.entry === null ? [] : [message.entry];
    case MESSAGE.FINALITY:
      return [message.certificate];
    default:
      return [];
  }
}
