/**
 * Who is let in where there is a crowd. A bound on all senders together would be one flood's to
 * fill, and everybody else's release would be told to come back; each sender has its part of it.
 */

/** How many a sender has somewhere, beside all others. */
export interface Crowd {
  readonly own: number;
  readonly all: number;
  /** That have any. */
  readonly senders: number;
}

/**
 * Whether one more of a sender is too many where `max` is what there should be: all have so many,
 * and it has its part of them. The n-th sender to come finds an n-th of `max` for itself, so all
 * together may be more than `max`: what must never be more has another bound.
 */
export function isAboveShare({ own, all, senders }: Crowd, max: number): boolean {
  if (all < max) return false;
  return own >= max / (own === 0 ? senders + 1 : senders);
}

/** Two crowds as one; how many of their senders are the same is not known. */
export function bothOf(a: Crowd, b: Crowd): Crowd {
  const senders = Math.max(a.senders, b.senders);
  return { own: a.own + b.own, all: a.all + b.all, senders };
}

/** Counts by sender; those without any cost nothing. */
export class SenderCounts {
  readonly #counts = new Map<string, number>();
  #all = 0;

  add(sender: string, count: number): void {
    this.#all += count;
    const now = (this.#counts.get(sender) ?? 0) + count;
    if (now === 0) this.#counts.delete(sender);
    else this.#counts.set(sender, now);
  }

  crowd(sender: string): Crowd {
    const own = this.#counts.get(sender) ?? 0;
    return { own, all: this.#all, senders: this.#counts.size };
  }
}
