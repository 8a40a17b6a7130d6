/**
 * By how much a peer's clock differs from ours, as NTP tells it (RFC 5905, section 8): both put
 * their time on what they send, and echo the other's latest with the time they held it. The answer
 * to something that left here at t1 and came back at t4, held for h and stamped t3, makes a round
 * trip of t4 − t1 − h and an offset of t3 + trip / 2 − t4, wrong by at most half the trip. Peers
 * may say anything: this is shown to people and decides nothing.
 */

/** What is under way is remembered; at five a second a round trip of more than a second. */
const SENT_MAX = 8;
/** Of the latest samples the one with the shortest trip counts: it is the most certain. */
const SAMPLES_MAX = 8;
/** An older one no longer says how clocks are now: someone may have set them. */
const SAMPLE_MS_MAX = 60_000;
/** Times are whole milliseconds, so a trip may come out this much too short. */
const ROUNDING_MS = 2;

/** Ms of the wall clock, and of one that nobody sets. */
export interface ClockTime {
  readonly wall: number;
  readonly elapsed: number;
}

/** The other's latest time, and how long it was held before this was sent, both in ms. */
export interface Echo {
  readonly time: number;
  readonly heldMs: number;
}

export interface ClockOffset {
  /** The peer's clock minus ours. */
  readonly offsetMs: number;
  /** The truth is at most this far from it, if the peer is honest. */
  readonly uncertaintyMs: number;
  readonly roundTripMs: number;
}

interface Sample extends ClockOffset {
  readonly at: number;
}

export class PeerClock {
  #sent: ClockTime[] = [];
  #samples: Sample[] = [];
  #latest: { readonly time: number; readonly at: number } | undefined;

  /** What goes into a message that is sent now. */
  stamp(now: ClockTime): { readonly time: number; readonly echo: Echo | null } {
    this.#sent = [...this.#sent, now].slice(-SENT_MAX);
    const latest = this.#latest;
    const echo =
      latest === undefined
        ? null
        : { time: latest.time, heldMs: Math.max(0, Math.round(now.elapsed - latest.at)) };
    return { time: now.wall, echo };
  }

  /** Takes what a message said; an echo of nothing that we sent is ignored. */
  heard(time: number, echo: Echo | null, now: ClockTime): void {
    this.#latest = { time, at: now.elapsed };
    const sent = this.#sent.findLast(({ wall }) => wall === echo?.time);
    if (sent === undefined || echo === null) return;
    const trip = now.elapsed - sent.elapsed - echo.heldMs;
    if (trip < -ROUNDING_MS) return; // held longer than it was away
    const roundTripMs = Math.max(0, Math.round(trip));
    const sample = {
      offsetMs: Math.round(time + roundTripMs / 2 - now.wall),
      uncertaintyMs: Math.ceil(roundTripMs / 2) + ROUNDING_MS,
      roundTripMs,
      at: now.elapsed,
    };
    this.#samples = [...this.#samples, sample].slice(-SAMPLES_MAX);
  }

  /** The most certain of the latest samples; undefined while there is none. */
  offset(now: ClockTime): ClockOffset | undefined {
    const fresh = this.#samples.filter(({ at }) => now.elapsed - at <= SAMPLE_MS_MAX);
    const best = fresh.toSorted((a, b) => a.roundTripMs - b.roundTripMs || b.at - a.at)[0];
    if (best === undefined) return undefined;
    const { offsetMs, uncertaintyMs, roundTripMs } = best;
    return { offsetMs, uncertaintyMs, roundTripMs };
  }
}
