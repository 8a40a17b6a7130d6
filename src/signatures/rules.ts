/** The two rules by which signatures are checked, in the worker and on the thread that asks. */
import { verify, verifyAtDoor } from '../common/signature.ts';
import type { Outcome, Rule, SignatureCheck } from './checks.ts';

export function checkAll(checks: Iterable<SignatureCheck>, count: number, rule: Rule): Outcome {
  const check = rule === 'door' ? verifyAtDoor : verify;
  const outcome = new Uint8Array(count);
  let at = 0;
  for (const { signature, message, key } of checks) {
    outcome[at++] = check(signature, message, key) ? 1 : 0;
  }
  return outcome;
}
