/** What each peer may cost and get in evidence, so that neither a liar nor a laggard costs much. */
import { EVIDENCE_PER_MESSAGE_MAX } from '../messages.ts';
import type { EvidenceRecord } from './record.ts';

/** Votes that would be evidence, checked for one peer in a second: each may cost a millisecond. */
const CHECKS_PER_SECOND_MAX = 64;
const MS_PER_SECOND = 1_000;
/** A peer that was silent this long may have lost what it was told: it is told again. */
const FORGETS_MS = 60_000;

/** How many signatures a member may still have checked. */
export class CheckShares {
  readonly #used = new Map<string, { since: number; count: number }>();

  /** Counts one check; false where the peer has used up its share of this second. */
  take(peer: string, elapsed: number): boolean {
    const used = this.#used.get(peer);
    if (used === undefined || elapsed - used.since >= MS_PER_SECOND) {
      this.#used.set(peer, { since: elapsed, count: 1 });
      return true;
    }
    used.count++;
    return used.count <= CHECKS_PER_SECOND_MAX;
  }
}

/** How much of the book each peer was told. */
export class ToldShares {
  readonly #told = new Map<string, { position: number; at: number }>();

  /** What this peer gets next: each item once, until it has been silent for long. */
  next(peer: string, items: readonly EvidenceRecord[], elapsed: number): readonly EvidenceRecord[] {
    const told = this.#told.get(peer);
    const from = told === undefined || elapsed - told.at >= FORGETS_MS ? 0 : told.position;
    const more = items.slice(from, from + EVIDENCE_PER_MESSAGE_MAX);
    this.#told.set(peer, { position: from + more.length, at: elapsed });
    return more;
  }
}
