/** What the guides tell people to type is what ztc takes: each command, each option. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS, GROUPS } from '../../../src/cli/commands.ts';
import { parseWords } from '../../../src/cli/parser.ts';
import { wordsOf } from './words.ts';

const ROOT = new URL('../../../', import.meta.url);
const guides = ['README.md', ...readdirSync(new URL('docs/', ROOT)).map((name) => `docs/${name}`)];

/** The words after `ztc` of each command in console blocks, up to what the shell takes. */
function commandsIn(text: string): string[][] {
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, body]) => body ?? '');
  return blocks.flatMap((body) =>
    [...body.replaceAll(/\\\n\s*/g, '').matchAll(/^\$ (?:bin\/)?ztc (.+)$/gm)].map(([, line]) =>
      wordsOf(line ?? ''),
    ),
  );
}

for (const guide of guides) {
  const commands = commandsIn(readFileSync(new URL(guide, ROOT), 'utf8'));
  if (commands.length === 0) continue;
  test(`${guide}: ${commands.length} commands`, async () => {
    for (const words of commands) {
      await assert.doesNotReject(
        async () => parseWords(COMMANDS, GROUPS, words, {}),
        `ztc ${words.join(' ')}`,
      );
    }
  });
}
