/** A proof as views follow it: its steps while they are checked, and what came of them. */
import { useEffect, useState } from 'preact/hooks';
import { fingerprint } from '../fingerprint.ts';
import { type Step, unchecked } from './steps.ts';

export interface Followed<T> {
  readonly steps: readonly Step[];
  /** Once all steps hold. */
  readonly proven: T | undefined;
  readonly state: 'checking' | 'verified' | 'failed' | 'unanswered';
  /** Begins anew, where the node did not answer. */
  readonly retry: () => void;
}

/**
 * Runs `prove` whenever `about` or the pasted fingerprint changes. It loads the verifier, which is
 * no part of the first paint; undefined: there is nothing to prove.
 */
export function useProof<T>(
  names: readonly Step['name'][],
  prove: ((show: (steps: readonly Step[]) => void) => Promise<T | undefined>) | undefined,
  about: unknown,
): Followed<T> {
  const { pasted } = fingerprint.use();
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [proven, setProven] = useState<T>();
  const [run, setRun] = useState(0);
  useEffect(() => {
    if (prove === undefined) return;
    let current = true;
    setProven(undefined);
    prove((shown) => current && setSteps(shown))
      .then((found) => current && setProven(() => found))
      .catch(() => current && setSteps(unchecked(names)));
    return () => {
      current = false;
    };
  }, [about, pasted, run]);
  const stopped = steps.find(({ state }) => state === 'failed' || state === 'unanswered')?.state;
  const state = stopped ?? (proven === undefined ? 'checking' : 'verified');
  return { steps, proven, state: state as Followed<T>['state'], retry: () => setRun(run + 1) };
}
