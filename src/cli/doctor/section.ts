/** What `ztc doctor` looks at, piece by piece. */
import type { Finding } from '../../common/finding.ts';
import { describeError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** One thing that was looked at, and what was found; without error or warning it is in order. */
export interface Section {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Of the command, where it has an error. */
  readonly exit: ExitCode;
}

/** Not of use yet, though nothing is wrong: scripts that wait for a node branch on it. */
const NOT_YET: readonly string[] = ['SYNCING'];

export function exitOf({ findings, exit }: Section): ExitCode {
  const bad = findings.some(({ severity, code }) => severity === 'error' || NOT_YET.includes(code));
  return bad ? exit : EXIT.OK;
}

export function isInOrder({ findings }: Section): boolean {
  return findings.every(({ severity }) => severity === 'info');
}

/** What was thrown, as a finding. */
export function failureOf(error: unknown): Finding {
  const { code, message, hint } = describeError(error);
  return { code, severity: 'error', text: message, remedy: hint ?? null };
}
