/** What must hold at every step, watched from outside: what nodes sent, wrote and made final. */
import { toHex } from '../../src/common/bytes.ts';
import { sha256Of } from '../../src/common/hash.ts';
import { decodeEvidenceRecord } from '../../src/consensus/evidence/record.ts';
import { decodeMessage, MESSAGE, type Message } from '../../src/consensus/messages.ts';
import { decodeRecord, RECORD } from '../../src/consensus/records.ts';
import type { Block } from '../../src/ledger/block.ts';
import { type Evidence, encodeEvidence } from '../../src/ledger/evidence.ts';
import { VOTE, type Vote } from '../../src/ledger/vote.ts';

interface Said {
  accepted?: string;
  nullified?: boolean;
  finalized?: string;
}

export class Violation extends Error {}

export class Monitor {
  /** The one hash of each height. */
  readonly #finals = new Map<number, string>();
  /** By node: the newest final height. */
  readonly #heights = new Map<number, number>();
  readonly #durable = new Map<number, Set<string>>();
  readonly #said = new Map<string, Said>();
  /** By node: the evidence on its disk. */
  readonly #accused = new Map<number, Set<string>>();
  readonly #byzantine: ReadonlySet<number>;
  #audit = new Uint8Array(32);

  constructor(byzantine: ReadonlySet<number>) {
    this.#byzantine = byzantine;
  }

  /** Hash over everything that was seen, in order. */
  get audit(): string {
    return toHex(this.#audit);
  }

  note(what: string, bytes: Uint8Array = new Uint8Array(0)): void {
    this.#audit = new Uint8Array(sha256Of(this.#audit, new TextEncoder().encode(what), bytes));
  }

  wrote(node: number, records: readonly Uint8Array[]): void {
    let durable = this.#durable.get(node);
    if (durable === undefined) {
      durable = new Set();
      this.#durable.set(node, durable);
    }
    for (const bytes of records) {
      const record = decodeRecord(bytes);
      if (!record.ok) throw new Violation(`node ${node} wrote an unreadable record`);
      if (record.value.kind === RECORD.VOTE) durable.add(toHex(record.value.vote.signature));
    }
  }

  sent(node: number, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (!message.ok) throw new Violation(`node ${node} sent what nobody can read`);
    if (this.#byzantine.has(node)) return;
    if (message.value.kind === MESSAGE.EVIDENCE) this.#checkTold(node, message.value.evidence);
    for (const vote of votesOf(message.value)) {
      if (vote.validator === node) this.#checkVote(node, vote);
    }
  }

  /** Evidence that is on a node's disk now: it never names who is honest. */
  accused(node: number, records: readonly Uint8Array[]): void {
    const kept = this.#accused.get(node) ?? new Set();
    this.#accused.set(node, kept);
    for (const bytes of records) {
      const record = decodeEvidenceRecord(bytes);
      if (!record.ok) throw new Violation(`node ${node} wrote evidence that nobody can read`);
      const { evidence, member } = record.value;
      if (!this.#byzantine.has(evidence.first.validator)) {
        throw new Violation(`node ${node} accuses ${member}, which is honest`);
      }
      kept.add(toHex(encodeEvidence(evidence)));
    }
  }

  #checkTold(node: number, told: readonly Evidence[]): void {
    for (const evidence of told) {
      if (this.#accused.get(node)?.has(toHex(encodeEvidence(evidence))) === true) continue;
      throw new Violation(`node ${node} told evidence before it was synced`);
    }
  }

  #checkVote(node: number, vote: Vote): void {
    const where = `node ${node}, view ${vote.view}`;
    if (this.#durable.get(node)?.has(toHex(vote.signature)) !== true) {
      throw new Violation(`${where}: a vote was sent before it was synced`);
    }
    const key = `${node}/${vote.epoch}/${vote.view}`;
    const said = this.#said.get(key) ?? {};
    this.#said.set(key, said);
    const block = vote.block === null ? '' : toHex(vote.block);
    if (vote.kind === VOTE.ACCEPT) {
      said.accepted ??= block;
      if (said.accepted !== block) throw new Violation(`${where}: accepted twice`);
    } else if (vote.kind === VOTE.FINALIZE) {
      said.finalized ??= block;
      if (said.finalized !== block) throw new Violation(`${where}: finalized twice`);
    } else {
      said.nullified = true;
    }
    if (said.nullified === true && said.finalized !== undefined) {
      throw new Violation(`${where}: nullified and finalized`);
    }
  }

  final(node: number, block: Block): void {
    if (this.#byzantine.has(node)) return;
    const { height } = block.header;
    const hex = toHex(block.hash);
    const agreed = this.#finals.get(height);
    if (agreed === undefined) this.#finals.set(height, hex);
    else if (agreed !== hex) throw new Violation(`node ${node}: another block ${height} is final`);
    const before = this.#heights.get(node) ?? 0;
    if (height !== before + 1) throw new Violation(`node ${node}: ${height} after ${before}`);
    this.#heights.set(node, height);
    this.note(`final ${node}`, block.hash);
  }
}

function votesOf(message: Message): readonly Vote[] {
  if (message.kind === MESSAGE.PROPOSAL) return [message.vote];
  return message.kind === MESSAGE.VOTES || message.kind === MESSAGE.STATUS ? message.votes : [];
}
