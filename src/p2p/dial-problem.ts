/** Why a peer can't be had, in words that tell an operator where to look. */

export type DialProblemCode =
  | 'REFUSED'
  | 'TIMED_OUT'
  | 'NAME_UNKNOWN'
  | 'NO_ROUTE'
  | 'OTHER_KEY'
  | 'NO_LIBP2P'
  | 'CUT_OFF'
  | 'OTHER_CHAIN'
  | 'FAILED';

export interface DialProblem {
  readonly code: DialProblemCode;
  /** Goes on "we can't reach it: …". */
  readonly text: string;
}

/** What is not an error of the dial but comes right after it. */
export const CUT_OFF: DialProblem = {
  code: 'CUT_OFF',
  text: 'it cut us off right after the handshake: it does not list our node key, or is restarting',
};
export const OTHER_CHAIN: DialProblem = {
  code: 'OTHER_CHAIN',
  text: 'it is on another chain',
};

const BY_ERRNO: Readonly<Record<string, DialProblem>> = {
  ECONNREFUSED: { code: 'REFUSED', text: 'nothing listens at its address (connection refused)' },
  ETIMEDOUT: { code: 'TIMED_OUT', text: 'no answer from its address: down, or a firewall' },
  ENOTFOUND: { code: 'NAME_UNKNOWN', text: 'the name in its address is unknown' },
  EAI_AGAIN: { code: 'NAME_UNKNOWN', text: 'the name in its address could not be looked up' },
  EHOSTUNREACH: { code: 'NO_ROUTE', text: 'there is no route to its address' },
  ENETUNREACH: { code: 'NO_ROUTE', text: 'there is no route to its address' },
};

const BY_MESSAGE: readonly (readonly [RegExp, DialProblem])[] = [
  [
    /does not match expected remote identity/,
    { code: 'OTHER_KEY', text: 'somebody with another node key answers at its address' },
  ],
  [
    /time(d )?out|aborted/i,
    { code: 'TIMED_OUT', text: 'its address takes connections, but nothing answers in time' },
  ],
  [
    /Unexpected EOF|Missing newline|multistream|decrypt/i,
    { code: 'NO_LIBP2P', text: 'what answers at its address is no ztc node' },
  ],
];

/** Of several addresses the first whose error says something. */
export function dialProblem(error: unknown): DialProblem {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const known = errors.map(knownProblem).find((problem) => problem !== undefined);
  const message = error instanceof Error ? error.message : String(error);
  return known ?? { code: 'FAILED', text: message.slice(0, MESSAGE_LENGTH_MAX) };
}

/** Messages of libraries may quote what a peer sent. */
const MESSAGE_LENGTH_MAX = 200;

function knownProblem(error: unknown): DialProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const errno = BY_ERRNO[String((error as NodeJS.ErrnoException).code)];
  return errno ?? BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1];
}
