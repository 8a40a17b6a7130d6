/**
 * Why does the chain go on, or not? From the facts of one moment to findings in words. Pure: the
 * same facts give the same words.
 */
import { type Finding, worstFirst } from '../../common/finding.ts';
import type { Facts } from './facts.ts';
import { peerFindings } from './peers.ts';
import { progressFindings } from './progress.ts';
import { readyFindings, syncFindings, votingFindings } from './voting.ts';
import { count } from './words.ts';

export interface Explanation {
  /** One line. */
  readonly summary: string;
  /** The worst first. */
  readonly findings: readonly Finding[];
}

export function explain(facts: Facts): Explanation {
  const progress = progressFindings(facts);
  const findings = worstFirst([
    ...votingFindings(facts),
    ...peerFindings(facts),
    ...syncFindings(facts),
    ...progress,
    ...readyFindings(facts),
  ]);
  return { summary: summaryOf(findings, progress[0]), findings };
}

function summaryOf(findings: readonly Finding[], progress: Finding | undefined): string {
  const [worst] = findings;
  if (worst?.severity === 'error') return worst.text;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const said = progress?.text ?? '';
  return warnings === 0 ? said : `${said}; ${count(warnings, 'warning')}`;
}
