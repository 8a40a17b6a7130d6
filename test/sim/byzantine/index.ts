/** The ways to be Byzantine, by name. */
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { equivocator } from './equivocator.ts';
import { farFlooder, nullifySpammer } from './flooder.ts';
import { forger } from './forger.ts';
import { forker } from './forker.ts';
import { lastMoment, selective, withholding } from './leader.ts';
import { mutator } from './mutator.ts';
import { phantom } from './phantom.ts';
import { silent } from './silent.ts';

export const BEHAVIOURS = {
  silent,
  selective,
  withholding,
  lastMoment,
  equivocator,
  forger,
  forker,
  nullifySpammer,
  farFlooder,
  mutator,
  phantom,
} as const satisfies Record<string, (attacker: Attacker) => Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;
export const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS) as readonly BehaviourName[];
