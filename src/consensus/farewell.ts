/**
 * What the boundary block of the last epoch owes to those who don't have it yet: its finalization
 * and itself, until the next boundary. Whoever still speaks of that epoch gets both; with more
 * missing than that, block sync is faster.
 */
import { encode } from '../common/codec/index.ts';
import { encodeBlock, headerSchema } from '../ledger/block.ts';
import type { Certificate } from '../ledger/vote.ts';
import { encodeMessage, MESSAGE } from './messages.ts';
import type { Application, FinalHead } from './ports.ts';

/** At most one farewell to a member in this time. */
const PAUSE_MS = 100;

export class Farewell {
  readonly #epoch: number;
  readonly #messages: readonly Uint8Array[];
  /** By member, elapsed ms; only members of the house come here. */
  readonly #saidAt = new Map<string, number>();

  constructor({ header, hash }: FinalHead, certificate: Certificate) {
    this.#epoch = header.epoch;
    const headerBytes = encode(headerSchema, header);
    const block = encodeBlock({ header, headerBytes, hash, transactions: [] });
    this.#messages = [
      encodeMessage({ kind: MESSAGE.FINALITY, version: 1, header: headerBytes, certificate }),
      encodeMessage({ kind: MESSAGE.BLOCK, version: 1, block, acceptance: null }),
    ];
  }

  /** What to send to a member that speaks of `epoch`. */
  to(member: string, epoch: number, elapsed: number): readonly Uint8Array[] {
    const last = this.#saidAt.get(member) ?? Number.NEGATIVE_INFINITY;
    if (epoch !== this.#epoch || elapsed - last < PAUSE_MS) return [];
    this.#saidAt.set(member, elapsed);
    return this.#messages;
  }
}

/** Undefined where the head does not end an epoch. */
export function farewellOf(application: Application): Farewell | undefined {
  const { head, epoch } = application;
  const certificate = application.certificate(head.header.height);
  if (head.header.epoch === epoch.number || certificate === undefined) return undefined;
  return new Farewell(head, certificate);
}
