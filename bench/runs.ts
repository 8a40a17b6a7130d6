/** The loads of the scenarios, with what has to be signed ahead for them. */
import type { Run } from './load/plan.ts';

/** Of load before it is measured. */
export const WARM_UP_S = 5;
/** Half a second of the rate that is aimed at: no node is ever idle. */
const UNDER_WAY = 4_000;
/** Above what is reached; what is missing is signed as needed, which takes from the nodes. */
const PER_SECOND = 6_000;
/** What becomes due shares a request, as at a site where many machines build. */
const EVERY_MS = 10;
/** One client alone: the chain comes to rest in between. */
const ALONE_PER_SECOND = 8;

/** As much as the nodes make final; at most `perSecond` are signed ahead for each second. */
export function mostRun(seconds: number, perSecond: number = PER_SECOND): Run {
  return { loop: { kind: 'closed', underWay: UNDER_WAY }, presigned: ahead(seconds, perSecond) };
}

export function steadyRun(seconds: number, perSecond: number): Run {
  const presigned = ahead(seconds, Math.min(perSecond, PER_SECOND));
  return { loop: { kind: 'open', perSecond, everyMs: EVERY_MS }, presigned };
}

export function aloneRun(seconds: number): Run {
  const loop = { kind: 'open', perSecond: ALONE_PER_SECOND } as const;
  return { loop, batch: 1, presigned: ahead(seconds, ALONE_PER_SECOND) };
}

function ahead(seconds: number, perSecond: number): number {
  return Math.ceil(perSecond * (seconds + WARM_UP_S));
}
