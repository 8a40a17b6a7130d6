/** What a shell makes of a line, as far as examples go: up to a pipe, a redirection, a comment. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, single, bare] of line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    if (bare !== undefined && /^(\||>|&|\d?>|#)/.test(bare)) break;
    const word = quoted ?? single ?? bare ?? '';
    words.push(bare === undefined ? word : word.replace(/;$/, ''));
    if (bare?.endsWith(';')) break;
  }
  return words;
}
