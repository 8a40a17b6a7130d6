/**
 * Quotas: what one sender may have included, in operations and bytes. A bucket that refills with
 * ledger time: nobody pays for a transaction, so nobody gets more of the ledger than the members
 * gave to everybody. Pure integer arithmetic, the same in execution and where a node admits.
 */
import { type TypeOf, tuple, uint } from '../common/codec/index.ts';
import type { Parameters } from './parameters.ts';
import { time } from './primitives.ts';
import { senderOf } from './transaction.ts';

const MS_PER_SECOND = 1_000;

/** What a sender has used and not got back by `time`, in thousandths: refills are whole numbers. */
export const usageSchema = tuple({ time, operations: uint(), bytes: uint() });
export type Usage = TypeOf<typeof usageSchema>;

export const NOTHING_USED: Usage = { time: 0, operations: 0, bytes: 0 };

/** A transaction's, or those of several. */
export interface Amount {
  readonly operations: number;
  readonly bytes: number;
}

export const NOTHING: Amount = { operations: 0, bytes: 0 };

export function sumOf(a: Amount, b: Amount): Amount {
  return { operations: a.operations + b.operations, bytes: a.bytes + b.bytes };
}

/** Whether one amount is no more than another, in operations and in bytes. */
export function isCovered(amount: Amount, by: Amount): boolean {
  return amount.operations <= by.operations && amount.bytes <= by.bytes;
}

export interface Quota {
  /** Refilled in a second. */
  readonly operations: number;
  readonly bytes: number;
  /** How many seconds of it can be used at once. */
  readonly burst: number;
}

/**
 * A publisher's keys share one quota. Its recovery key has one like a member's, so that who stole
 * the keys can't keep the owner from saying so; so has a validator, beside its member.
 */
export function quotaOf(sender: string, parameters: Parameters): Quota {
  const burst = parameters.quotaBurstSeconds;
  return senderOf(sender).kind === 'publisher'
    ? {
        operations: parameters.publisherOperationsPerSecond,
        bytes: parameters.publisherBytesPerSecond,
        burst,
      }
    : {
        operations: parameters.memberOperationsPerSecond,
        bytes: parameters.memberBytesPerSecond,
        burst,
      };
}

/** What is still used up at a later time. */
function left(used: number, perSecond: number, ms: number): number {
  // Divided, not multiplied: a product of years and bytes would be no safe integer.
  return ms >= Math.ceil(used / perSecond) ? 0 : used - perSecond * ms;
}

/** The usage with `amount` more at `time`. */
export function charged(
  usage: Usage,
  { operations, bytes }: Amount,
  quota: Quota,
  time: number,
): Usage {
  const ms = Math.max(0, time - usage.time);
  return {
    time: Math.max(time, usage.time),
    operations: left(usage.operations, quota.operations, ms) + operations * MS_PER_SECOND,
    bytes: left(usage.bytes, quota.bytes, ms) + bytes * MS_PER_SECOND,
  };
}

/** A quota for people: how much at once, how much a second, and what is gone of it. */
export interface QuotaStanding {
  readonly operations: QuotaShare;
  readonly bytes: QuotaShare;
}

type QuotaShare = {
  readonly perSecond: number;
  /** The most at once. */
  readonly burst: number;
  /** Of that. */
  readonly used: number;
};

/** Where a sender stands at a ledger time, in whole operations and bytes, rounded up. */
export function standingOf(usage: Usage, quota: Quota, time: number): QuotaStanding {
  const now = charged(usage, NOTHING, quota, time);
  const of = (perSecond: number, used: number) => ({
    perSecond,
    burst: perSecond * quota.burst,
    used: Math.ceil(used / MS_PER_SECOND),
  });
  return {
    operations: of(quota.operations, now.operations),
    bytes: of(quota.bytes, now.bytes),
  };
}

export function isWithin(usage: Usage, { operations, bytes, burst }: Quota): boolean {
  const full = burst * MS_PER_SECOND;
  return usage.operations <= operations * full && usage.bytes <= bytes * full;
}
