/**
 * The links between nodes, each direction by itself: delay, jitter, loss, duplication, reordering,
 * old frames again, a bandwidth with a bounded queue, clogs, cuts, and frames that arrive damaged.
 */
import type { Prng } from './prng.ts';
import type { Schedule } from './schedule.ts';

export type Channel = 'consensus' | 'batch' | 'head' | 'range-request' | 'range-answer';

export interface Frame {
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** Probabilities are a frame's. */
export interface LinkFaults {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Whether frames overtake each other. */
  readonly reorder: boolean;
  /** Some earlier frame of the link comes again. */
  readonly replay: number;
  /** A frame arrives with flipped bits, or cut short. */
  readonly corruption: number;
  /** Bytes a ms; Infinity: as many as come. */
  readonly bandwidth: number;
  /** Frames that would wait longer than this are dropped. */
  readonly queueMs: number;
}

export const GOOD_LINK: LinkFaults = {
  delayMs: 1,
  jitterMs: 3,
  loss: 0,
  duplication: 0,
  reorder: false,
  replay: 0,
  corruption: 0,
  bandwidth: Number.POSITIVE_INFINITY,
  queueMs: Number.POSITIVE_INFINITY,
};

/** Old frames that a link remembers to send again. */
const REMEMBERED = 8;
/** Arrivals are rounded to this: frames of one moment are taken in one turn. */
const GRID_MS = 0.25;

interface Link {
  faults: LinkFaults;
  cut: boolean;
  cloggedUntil: number;
  freeAt: number;
  lastAt: number;
  readonly old: Frame[];
}

export interface LinksOptions {
  readonly count: number;
  readonly schedule: Schedule;
  readonly random: Prng;
  readonly deliver: (from: number, to: number, frame: Frame) => void;
  readonly tally: (what: string) => void;
}

export class Links {
  readonly #options: LinksOptions;
  readonly #links: Link[];
  readonly #deaf = new Map<number, Channel>();
  frames = 0;
  bytes = 0;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#links = Array.from({ length: options.count ** 2 }, () => ({
      faults: GOOD_LINK,
      cut: false,
      cloggedUntil: 0,
      freeAt: 0,
      lastAt: 0,
      old: [],
    }));
  }

  get count(): number {
    return this.#options.count;
  }

  set(from: number, to: number, faults: LinkFaults): void {
    this.#link(from, to).faults = faults;
  }

  /** Loses what is under way, too. */
  cut(from: number, to: number, cut = true): void {
    this.#link(from, to).cut = cut;
  }

  /** A node that hears nothing on a channel, whoever sends. */
  deafen(to: number, channel: Channel): void {
    this.#deaf.set(to, channel);
  }

  /** What is sent meanwhile comes afterwards. */
  clog(from: number, to: number, until: number): void {
    this.#link(from, to).cloggedUntil = until;
  }

  /** No link is cut or clogged any more. */
  heal(): void {
    for (const link of this.#links) {
      link.cut = false;
      link.cloggedUntil = 0;
    }
  }

  send(from: number, to: number, frame: Frame): void {
    const { random, tally } = this.#options;
    const link = this.#link(from, to);
    const { loss, duplication, replay, corruption } = link.faults;
    this.frames += 1;
    this.bytes += frame.bytes.length;
    if (this.#deaf.get(to) === frame.channel) return;
    if (loss > 0 && random.chance(loss)) {
      tally('lost frame');
      return;
    }
    const damaged = corruption > 0 && random.chance(corruption);
    if (damaged) tally('damaged frame');
    this.#carry(from, to, damaged ? this.#damage(frame) : frame);
    if (duplication > 0 && random.chance(duplication)) {
      tally('duplicated frame');
      this.#carry(from, to, frame);
    }
    if (replay === 0) return;
    const old = link.old[random.between(0, REMEMBERED - 1)];
    if (old !== undefined && random.chance(replay)) {
      tally('replayed frame');
      this.#carry(from, to, old);
    }
    if (link.old.length < REMEMBERED) link.old.push(frame);
    else if (random.chance(0.1)) link.old[random.between(0, REMEMBERED - 1)] = frame;
  }

  #link(from: number, to: number): Link {
    return this.#links[from * this.#options.count + to] as Link;
  }

  #carry(from: number, to: number, frame: Frame): void {
    const { schedule, random, deliver, tally } = this.#options;
    const link = this.#link(from, to);
    const { delayMs, jitterMs, reorder, bandwidth, queueMs } = link.faults;
    const start = Math.max(schedule.now, link.freeAt);
    if (start - schedule.now > queueMs) {
      tally('frame beyond the queue');
      return;
    }
    link.freeAt = start + frame.bytes.length / bandwidth;
    let at = Math.max(link.freeAt, link.cloggedUntil) + delayMs + random.next() * jitterMs;
    if (!reorder) at = Math.max(at, link.lastAt);
    link.lastAt = Math.max(at, link.lastAt);
    at = Math.ceil(at / GRID_MS) * GRID_MS;
    schedule.after(at - schedule.now, () => {
      if (!link.cut) deliver(from, to, frame);
    });
  }

  #damage({ channel, bytes }: Frame): Frame {
    const { random } = this.#options;
    if (random.chance(0.3))
      return { channel, bytes: bytes.slice(0, random.between(0, bytes.length)) };
    const flipped = bytes.slice();
    const at = random.between(0, bytes.length - 1);
    flipped[at] = (flipped[at] as number) ^ (1 << random.between(0, 7));
    return { channel, bytes: flipped };
  }
}
