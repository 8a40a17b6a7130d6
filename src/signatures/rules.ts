/** The two rules by which signatures are checked, in the worker and on the thread that asks. */
import { verify, verifyAtDoor } from '../common/signature.ts';
import type { Rule, SignatureCheck } from './checks.ts';

/** A byte for each check, 1 = good. */
export function checkAll(checks: readonly SignatureCheck[], rule: Rule): Uint8Array {
  const check = rule === 'door' ? verifyAtDoor : verify;
  return Uint8Array.from(checks, ({ signature, message, key }) =>
    check(signature, message, key) ? 1 : 0,
  );
}
