/**
 * Is this node of use to its clients? It listens, it hears a quorum of validators (itself counted)
 * if it is one, and any peer at all if it only follows, since blocks prove themselves; its head is
 * not old and not far behind its peers, and its state agrees with theirs.
 */
import { DELAYED_HEARTBEATS } from '../ledger/parameters.ts';
import { quorumOf } from '../ledger/validators.ts';

/** Further behind than this and answers are old; closer is what a busy moment looks like. */
export const LAG_BLOCKS_MAX = 8;

/** How the head stands to the others' and to the clock. */
export interface HeadInputs {
  readonly height: number;
  /** The highest final head that peers told. */
  readonly target: number;
  /** By how much the head's ledger time lies behind this machine's clock. */
  readonly headAgeMs: number;
  readonly heartbeatMs: number;
}

export interface ReadinessInputs extends HeadInputs {
  readonly listening: boolean;
  /** Of the epoch. */
  readonly validators: number;
  /** Whether this node is one of them. */
  readonly validator: boolean;
  /** How many of them this node is or hears; of a follower, how many peers it hears. */
  readonly reached: number;
  readonly diverged: boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: { readonly [name: string]: { readonly ok: boolean; readonly detail: string } };
}

function isNear({ height, target }: HeadInputs): boolean {
  return target - height <= LAG_BLOCKS_MAX;
}

function isFresh({ headAgeMs, heartbeatMs }: HeadInputs): boolean {
  return heartbeatMs === 0 || headAgeMs <= DELAYED_HEARTBEATS * heartbeatMs;
}

/** Whether the head is the others', as far as that can be known. */
export function isCurrent(head: HeadInputs): boolean {
  return isNear(head) && isFresh(head);
}

export function readinessOf(inputs: ReadinessInputs): Readiness {
  const { listening, validators, validator, reached, height, target, diverged } = inputs;
  const needed = validator ? quorumOf(validators) : 1;
  const checks = {
    listeners: { ok: listening, detail: listening ? 'up' : 'not up' },
    [validator ? 'validators' : 'peers']: {
      ok: reached >= needed,
      detail: `${reached} heard, ${needed} needed`,
    },
    head: {
      ok: isNear(inputs),
      detail: `height ${height}, peers are at ${target}`,
    },
    fresh: {
      ok: isFresh(inputs),
      detail: `the head is ${Math.round(inputs.headAgeMs / 1000)} s old`,
    },
    state: { ok: !diverged, detail: diverged ? 'differs from what a quorum accepted' : 'agrees' },
  };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}
