/** The two rules by which signatures are checked, in the worker and on the thread that asks. */
import { type SignatureCheck, verify, verifyAtDoor } from '../common/signature.ts';
import type { Rule } from './checks.ts';
import type { KeyTables } from './tables.ts';

/** A byte for each check, 1 = good. */
export type CheckAll = (checks: readonly SignatureCheck[], rule: Rule) => Uint8Array;

export const checkAll: CheckAll = (checks, rule) => {
  const check = checkOf(rule);
  return Uint8Array.from(checks, (each) => (check(each) ? 1 : 0));
};

/**
 * As `checkAll`, sooner for the keys that have a table. What these find good is good under ZIP-215,
 * so at the door as well, even the few with an R that libsodium refuses.
 */
export function checkAllBy(tables: KeyTables): CheckAll {
  return (checks, rule) => {
    const check = checkOf(rule);
    const outcomes = tables.check(checks);
    for (let i = 0; i < checks.length; i++) {
      const each = checks[i] as SignatureCheck;
      if (outcomes[i] === 1 || !check(each)) continue;
      outcomes[i] = 1;
      tables.count(each.key);
    }
    return outcomes;
  };
}

function checkOf(rule: Rule): (check: SignatureCheck) => boolean {
  const check = rule === 'door' ? verifyAtDoor : verify;
  return ({ signature, message, key }) => check(signature, message, key);
}
