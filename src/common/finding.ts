/** What a look at a node came to: words, a stable code, and what can be done about it. */

/** `error`: it doesn't do its work; `warning`: it may soon not; `info`: how things are. */
export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  /** Stable, SCREAMING_SNAKE. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for people. */
  readonly text: string;
  /** What an operator can do; null where there is nothing to do. */
  readonly remedy: string | null;
}

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** The worst first; those of one severity stay in their order. */
export function worstFirst<F extends Finding>(findings: readonly F[]): F[] {
  return ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}
