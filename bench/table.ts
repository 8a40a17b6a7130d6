/** Rows as a Markdown table; the first one is its head. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const rule = (rows[0] ?? []).map(() => '---');
  const lines = [...rows.slice(0, 1), rule, ...rows.slice(1)];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
