/** The results for people, and as one JSON document. */
import type { Machine } from './machine.ts';
import type { Figure, Scenario } from './scenario.ts';
import { tableText } from './table.ts';

export interface Result {
  readonly scenario: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly figures: readonly Figure[];
}

/** Undefined where nothing was asked for, or nothing measured. */
export function isReached({ summary, must }: Figure): boolean | undefined {
  if (must === undefined || summary.values.length === 0) return undefined;
  // Against nothing everything is more: a ratio to a rate of zero shows nothing.
  if (!Number.isFinite(summary.median)) return false;
  return 'atLeast' in must ? summary.median >= must.atLeast : summary.median <= must.atMost;
}

/** The median of a figure that has a name. */
export function medianOf({ figures }: Result, wanted: string): number | undefined {
  return figures.find(({ name }) => name === wanted)?.summary.median;
}

export function jsonOf({ scenario, machine, rounds, figures }: Result): string {
  const all = figures.map((figure) => ({ ...figure, reached: isReached(figure) ?? null }));
  const named = figures.flatMap(({ name, summary }) =>
    name === undefined ? [] : [[name, summary.median] as const],
  );
  const head = { schema: 'ztc.bench/v1', scenario, ...Object.fromEntries(named) };
  return JSON.stringify({ ...head, rounds, ...machine, figures: all });
}

/** Columns that Markdown reads as a table, under what they were taken on. */
export function tableOf(result: Result): string {
  const { cpu, cores, memoryGiB, node, commit, loadAverage } = result.machine;
  const line =
    `${result.scenario}: ${cores} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}, ` +
    `commit ${commit}, load average before ${loadAverage}`;
  return `${line}\n\n${figuresTable(result.figures)}`;
}

/** As it stands in the documentation. */
export function sectionOf(
  { name, summary }: Scenario,
  { machine, rounds, figures }: Result,
): string {
  const taken = `${machine.commit}, rounds: ${rounds}, load average before: ${machine.loadAverage}`;
  const command = `npm run bench -- --scenario ${name}`;
  return `### \`${name}\`\n\n\`${command}\` (${taken}): ${summary}.\n\n${figuresTable(figures)}`;
}

function figuresTable(figures: readonly Figure[]): string {
  const sides = [...new Set(figures.map(({ side }) => side))];
  const rows =
    sides.length === 1 && sides[0] === undefined
      ? [['figure', 'median', 'spread', 'must'], ...figures.map(rowOf)]
      : comparison(figures, sides as string[]);
  return tableText(rows);
}

function rowOf(figure: Figure): string[] {
  const { what, unit, summary } = figure;
  return [what, `${textOf(summary.median)} ${unit}`.trim(), spreadText(figure), mustText(figure)];
}

/** A column for each side, empty where it was not measured. */
function comparison(figures: readonly Figure[], sides: readonly string[]): string[][] {
  const whats = [...new Set(figures.map(({ what }) => what))];
  const rows = whats.map((what) => {
    const own = figures.filter((figure) => figure.what === what);
    const cells = sides.map((name) => {
      const figure = own.find(({ side }) => side === name);
      if (figure === undefined || figure.summary.values.length === 0) return '';
      const spread = spreadText(figure);
      return `${textOf(figure.summary.median)}${spread === '' ? '' : ` (${spread})`}`;
    });
    const unit = own[0]?.unit ?? '';
    return [unit === '' ? what : `${what}, ${unit}`, ...cells, own.map(mustText).join('')];
  });
  return [['figure', ...sides, 'must'], ...rows];
}

function spreadText({ summary: { min, max, values } }: Figure): string {
  return values.length > 1 ? `${textOf(min)} – ${textOf(max)}` : '';
}

function mustText(figure: Figure): string {
  const { must, unit } = figure;
  if (must === undefined) return '';
  const bound = 'atLeast' in must ? `≥ ${textOf(must.atLeast)}` : `≤ ${textOf(must.atMost)}`;
  const reached = isReached(figure);
  return `${bound} ${unit}`.trim() + (reached === undefined ? '' : reached ? ' ✓' : ' ✗');
}

function textOf(number: number): string {
  if (!Number.isFinite(number)) return 'none';
  return number.toLocaleString('en', { maximumFractionDigits: 3 });
}
