/** What the process answers with. Scripts branch on these, so none ever changes its meaning. */
import type { SignedVerdict } from '../ledger/verdict.ts';

export const EXIT = {
  /** Done, or TRUSTED by a publisher that the caller chose. */
  OK: 0,
  UNEXPECTED: 1,
  /** Usage or configuration; an input that can't be read, too. */
  USAGE: 2,
  /** The key may not do this. */
  AUTH: 4,
  /** Unreachable, not synced, or an answer too old to count. */
  UNREACHABLE: 5,
  /** Submitted, not final yet. */
  PENDING: 6,
  /** The transaction was rejected. */
  REJECTED: 7,
  /** Nobody said anything about it; or there is no such record or transaction. */
  UNKNOWN: 10,
  UNTRUSTED: 11,
  /** Somebody else's word, a publisher that the caller never chose, or not signed as it says. */
  MISMATCH: 12,
  UNSUPPORTED: 13,
  PROOF_INVALID: 20,
  DIVERGENCE: 21,
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** TRUSTED is exit 0 only by a publisher that the asker chose. */
export function exitOfVerdict({
  status,
  reason,
}: Pick<SignedVerdict, 'status' | 'reason'>): ExitCode {
  if (reason === 'PUBLISHER_MISMATCH' || reason === 'PUBLISHER_NOT_PINNED') return EXIT.MISMATCH;
  if (reason === 'SIGNATURE_BAD' || reason === 'SIGNATURE_MISSING') return EXIT.MISMATCH;
  switch (status) {
    case 'TRUSTED':
      return EXIT.OK;
    case 'UNTRUSTED':
      return EXIT.UNTRUSTED;
    case 'UNSUPPORTED':
      return EXIT.UNSUPPORTED;
    case 'UNKNOWN':
      return EXIT.UNKNOWN;
  }
}

/** Of several inputs the first of these that occurs is the answer of all. */
export const EXIT_PRECEDENCE: readonly ExitCode[] = [
  EXIT.INTERRUPTED,
  EXIT.UNEXPECTED,
  EXIT.USAGE,
  EXIT.AUTH,
  EXIT.PROOF_INVALID,
  EXIT.DIVERGENCE,
  EXIT.UNTRUSTED,
  EXIT.MISMATCH,
  EXIT.UNSUPPORTED,
  EXIT.UNKNOWN,
  EXIT.REJECTED,
  EXIT.UNREACHABLE,
  EXIT.PENDING,
  EXIT.OK,
];

/** The exit code of a command over several inputs; of none it is OK. */
export function combineExits(exits: Iterable<ExitCode>): ExitCode {
  const occurring = new Set(exits);
  return EXIT_PRECEDENCE.find((exit) => occurring.has(exit)) ?? EXIT.OK;
}

/** What each code means, for the help text and docs/cli.md. */
export const EXIT_MEANINGS: ReadonlyMap<ExitCode, string> = new Map([
  [EXIT.OK, 'done; or TRUSTED by a publisher you named or pinned, or under --any-publisher'],
  [EXIT.UNEXPECTED, 'unexpected error'],
  [EXIT.USAGE, 'usage or configuration; an input that cannot be read'],
  [EXIT.AUTH, 'the key may not do this'],
  [EXIT.UNREACHABLE, 'no node reachable, not synced, or its answer too old (STALE): no verdict'],
  [EXIT.PENDING, 'submitted, not final yet'],
  [EXIT.REJECTED, 'transaction rejected'],
  [EXIT.UNKNOWN, 'UNKNOWN: nobody said anything, or no such record or transaction'],
  [EXIT.UNTRUSTED, 'UNTRUSTED'],
  [
    EXIT.MISMATCH,
    "another publisher's word, one you did not choose, or a bad PGP or X.509 signature",
  ],
  [EXIT.UNSUPPORTED, 'UNSUPPORTED'],
  [EXIT.PROOF_INVALID, 'a proof or signature is not good: the node lies or is on another chain'],
  [EXIT.DIVERGENCE, 'replay divergence'],
  [EXIT.INTERRUPTED, 'interrupted'],
]);
