/** Asking around, as long as it is not known what this node's validator key signed. */
import type { Verify } from '../common/signature.ts';
import { Inquiry } from './guard/inquiry.ts';
import { type AnswerMessage, encodeMessage, MESSAGE } from './messages.ts';
import type { Clock, Epoch, Network } from './ports.ts';

/** How often the others are asked: answers are small, and validators may come up one by one. */
const ASK_MS = 500;

export interface RecoveryOptions {
  readonly chain: Uint8Array;
  readonly clock: Clock;
  readonly network: Network;
  /** Random bytes, new for each start of the node. */
  readonly nonce: Uint8Array;
  readonly verify: Verify;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  #inquiry: Inquiry | undefined;
  #regained: number | undefined;
  #cancel = (): void => {};

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** How many answers are still needed; undefined where nothing is asked. */
  get missing(): number | undefined {
    return this.#inquiry?.missing;
  }

  /** Starts to ask the validators of an epoch. */
  begin({ number: epoch, validators }: Epoch): void {
    this.stop();
    const { chain, nonce, verify } = this.#options;
    this.#inquiry = new Inquiry({ chain, epoch, validators, nonce, verify });
    this.#ask();
  }

  stop(): void {
    this.#cancel();
    this.#inquiry = undefined;
    this.#regained = undefined;
  }

  take(from: number, answer: AnswerMessage): void {
    const taken = this.#inquiry?.take(from, answer);
    if (!taken?.ok || this.#inquiry?.abstainUntil === undefined) return;
    const { abstainUntil } = this.#inquiry;
    this.stop();
    this.#regained = abstainUntil;
  }

  /** Once: up to which view to abstain, when enough have answered. */
  takeRegained(): number | undefined {
    const regained = this.#regained;
    this.#regained = undefined;
    return regained;
  }

  #ask(): void {
    const { clock, network, nonce } = this.#options;
    network.broadcast(encodeMessage({ kind: MESSAGE.QUERY, version: 1, nonce }));
    this.#cancel = clock.after(ASK_MS, () => this.#ask());
  }
}
