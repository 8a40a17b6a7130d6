/**
 * Keeps this node connected to every peer that it knows an address of: dials again after a growing,
 * capped and jittered pause. Of two members the one with the lower peer id dials at once and the
 * other a moment later, so that they rarely end up with two connections.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Logger } from 'pino';
import { CUT_OFF, type DialProblem, dialProblem, OTHER_CHAIN } from './dial-problem.ts';
import { DIAL_MS_MAX } from './host.ts';
import type { P2pMetrics } from './metrics.ts';
import { type DialTarget, sameTarget } from './roster.ts';
import { DIALLED, type Dialled } from './status.ts';

const PAUSE_MS = 200;
const PAUSE_MS_MAX = 10_000;
/** How long the one with the higher peer id lets the other try. */
const SECOND_PAUSE_MS = 1_000;
/** After a peer has connected that we couldn't reach: until then whatever starts has started. */
const LOOK_AGAIN_MS = 1_000;
/** A connection that ends sooner counts as a failed dial: the other side doesn't want us (yet). */
const STABLE_MS = 5_000;
/** A peer that we cut off for a reason it can't cure quickly. */
const BARRED_PAUSE_MS = 60_000;

export interface DialerOptions {
  readonly self: string;
  readonly targets: readonly DialTarget[];
  /** Resolves with the peer id that answered. */
  readonly dial: (target: DialTarget) => Promise<string>;
  readonly isConnected: (peerId: string) => boolean;
  /** A dial came through whose target is none any more. */
  readonly unwanted: (peerId: string) => void;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

interface Attempt {
  readonly target: DialTarget;
  /** Who answered last at an address without peer id. */
  peerId: string | undefined;
  failures: number;
  connectedAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  dialing: boolean;
  /** Its target is none any more. */
  dropped: boolean;
  dialled: Dialled;
  problem: Trouble | undefined;
}

/** What kept us from a peer when we last tried. */
export interface Trouble extends DialProblem {
  /** Elapsed ms. */
  readonly at: number;
}

export class Dialer {
  readonly #options: DialerOptions;
  #attempts: Attempt[];
  #running = false;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#attempts = options.targets.map(newAttempt);
  }

  /** Goes on with the targets that stay, drops those that are none any more, dials new ones. */
  retarget(targets: readonly DialTarget[]): void {
    const before = this.#attempts;
    this.#attempts = targets.map(
      (target) =>
        before.find((attempt) => sameTarget(attempt.target, target)) ?? newAttempt(target),
    );
    for (const attempt of before) {
      if (this.#attempts.includes(attempt)) continue;
      attempt.dropped = true;
      clearTimeout(attempt.timer);
    }
    this.check();
  }

  start(): void {
    this.#running = true;
    this.check();
  }

  stop(): void {
    this.#running = false;
    for (const attempt of this.#attempts) clearTimeout(attempt.timer);
  }

  /** Plans a dial of everyone who is not connected. */
  check(): void {
    for (const attempt of this.#attempts) this.#plan(attempt, this.#pause(attempt));
  }

  /** The peer is there, whoever dialled. */
  connected(peerId: string): void {
    for (const attempt of this.#of(peerId)) {
      attempt.connectedAt = performance.now();
      if (attempt.dialled === DIALLED.FAILED) this.#lookAgain(attempt);
    }
  }

  /**
   * Our dial failed, and then the peer dialled us: it may just not have been up yet, or be where
   * nobody gets in. Whether its address takes connections now tells which.
   */
  #lookAgain(attempt: Attempt): void {
    const timer = setTimeout(async () => {
      // Where the connection was our own dial, that has told meanwhile.
      if (!this.#running || attempt.dialled !== DIALLED.FAILED) return;
      if (await answers(attempt.target.addresses)) attempt.dialled = DIALLED.REACHED;
    }, LOOK_AGAIN_MS);
    timer.unref();
  }

  /** The peer is gone. False where it cut us off at once: it doesn't want us (yet). */
  lost(peerId: string): boolean {
    let wanted = true;
    for (const attempt of this.#of(peerId)) {
      const stable = performance.now() - attempt.connectedAt >= STABLE_MS;
      attempt.failures = stable ? 0 : attempt.failures + 1;
      if (!stable && attempt.problem?.code !== OTHER_CHAIN.code) note(attempt, CUT_OFF);
      wanted &&= stable;
      this.#plan(attempt, this.#pause(attempt));
    }
    return wanted;
  }

  /** The peer was cut off because it is of no use to us: try much later. */
  bar(peerId: string): void {
    for (const attempt of this.#of(peerId)) {
      clearTimeout(attempt.timer);
      attempt.timer = undefined;
      note(attempt, OTHER_CHAIN);
      this.#plan(attempt, BARRED_PAUSE_MS, true);
    }
  }

  /** What our last dial of the peer came to, whoever of us is connected to whom now. */
  dialled(peerId: string): Dialled {
    return this.#of(peerId)[0]?.dialled ?? DIALLED.UNKNOWN;
  }

  /** Why the peer can't be had; undefined where the last try was good, or none was needed. */
  trouble(peerId: string): Trouble | undefined {
    return this.#of(peerId).find(({ problem }) => problem !== undefined)?.problem;
  }

  /** Addresses without peer id at which nobody has answered yet. */
  unanswered(): { readonly address: string; readonly trouble: Trouble }[] {
    return this.#attempts.flatMap(({ target, peerId, problem }) =>
      peerId !== undefined || problem === undefined
        ? []
        : [{ address: target.addresses.join(', '), trouble: problem }],
    );
  }

  #of(peerId: string): Attempt[] {
    return this.#attempts.filter((attempt) => attempt.peerId === peerId);
  }

  #pause({ peerId, failures }: Attempt): number {
    if (failures > 0) return Math.min(PAUSE_MS * 2 ** failures, PAUSE_MS_MAX);
    return peerId !== undefined && peerId < this.#options.self ? SECOND_PAUSE_MS : 0;
  }

  #plan(attempt: Attempt, pause: number, whateverNow = false): void {
    if (!this.#running || attempt.dropped) return;
    if (attempt.timer !== undefined || attempt.dialing) return;
    const { peerId } = attempt;
    if (!whateverNow && peerId !== undefined && this.#options.isConnected(peerId)) return;
    attempt.timer = setTimeout(
      () => {
        attempt.timer = undefined;
        void this.#dial(attempt);
      },
      pause * (0.75 + Math.random() / 2),
    );
  }

  async #dial(attempt: Attempt): Promise<void> {
    const { metrics, log, isConnected, dial } = this.#options;
    if (!this.#running) return;
    if (attempt.peerId !== undefined && isConnected(attempt.peerId)) return;
    attempt.dialing = true;
    try {
      attempt.peerId = await dial(attempt.target);
      attempt.dialled = DIALLED.REACHED;
      attempt.problem = undefined;
      metrics.dials.inc({ result: 'connected' });
      if (attempt.dropped) this.#options.unwanted(attempt.peerId);
    } catch (error) {
      attempt.failures += 1;
      attempt.dialled = DIALLED.FAILED;
      note(attempt, dialProblem(error));
      metrics.dials.inc({ result: 'failed' });
      const addresses = attempt.target.addresses.map(String);
      log.debug({ addresses, err: error }, 'dial failed');
    }
    attempt.dialing = false;
    this.#plan(attempt, this.#pause(attempt));
  }
}

function newAttempt(target: DialTarget): Attempt {
  return {
    target,
    peerId: target.peerId,
    failures: 0,
    connectedAt: 0,
    timer: undefined,
    dialing: false,
    dropped: false,
    dialled: DIALLED.UNKNOWN,
    problem: undefined,
  };
}

/** Whether one of the addresses takes a connection, which is closed at once. */
async function answers(addresses: readonly Multiaddr[]): Promise<boolean> {
  for (const address of addresses) {
    const components = address.getComponents();
    const port = components.find(({ name }) => name === 'tcp')?.value;
    const host = components[0]?.value;
    if (port === undefined || host === undefined) continue;
    const socket = connect({ host, port: Number(port), timeout: DIAL_MS_MAX });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      // The next one.
    } finally {
      socket.destroy();
    }
  }
  return false;
}

function note(attempt: Attempt, problem: DialProblem): void {
  attempt.problem = { ...problem, at: performance.now() };
}
