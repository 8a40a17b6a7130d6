/** The results for people, and as one JSON document. */
import type { Machine } from './machine.ts';
import type { Figure } from './scenario.ts';

export interface Result {
  readonly scenario: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

export function isReached({ summary, must }: Figure): boolean | undefined {
  if (must === undefined) return undefined;
  return 'atLeast' in must ? summary.median >= must.atLeast : summary.median <= must.atMost;
}

export function jsonOf({ scenario, machine, figures }: Result): string {
  const all = figures.map((figure) => ({ ...figure, reached: isReached(figure) ?? null }));
  const named = figures.flatMap(({ name, summary }) =>
    name === undefined ? [] : [[name, summary.median] as const],
  );
  const head = { schema: 'ztc.bench/v1', scenario, ...Object.fromEntries(named) };
  return JSON.stringify({ ...head, ...machine, figures: all });
}

/** Columns that Markdown reads as a table. */
export function tableOf({ scenario, machine, figures }: Result): string {
  const rows = figures.map((figure) => {
    const { what, unit, summary } = figure;
    const { median, min, max, values } = summary;
    const spread = values.length > 1 ? `${min} – ${max}` : '';
    return [what, `${median} ${unit}`.trim(), spread, mustText(figure)];
  });
  const head = ['figure', 'median', 'spread', 'must'];
  const { cpu, cores, memoryGiB, node, commit, loadAverage } = machine;
  return [
    `${scenario}: ${cores} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}, commit ${commit}, ` +
      `load average before ${loadAverage}`,
    '',
    ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function mustText(figure: Figure): string {
  const { must, unit } = figure;
  if (must === undefined) return '';
  const bound = 'atLeast' in must ? `≥ ${must.atLeast}` : `≤ ${must.atMost}`;
  return `${bound} ${unit}`.trim() + (isReached(figure) ? ' ✓' : ' ✗');
}
