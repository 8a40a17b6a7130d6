import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { cliMarkdown } from './cli-markdown.ts';

const MARKDOWN = new URL('../../../docs/cli.md', import.meta.url);

test('docs/cli.md is what the table of commands says; ZTC_WRITE_DOCS=1 writes it', () => {
  const text = cliMarkdown();
  if (process.env.ZTC_WRITE_DOCS === '1') writeFileSync(MARKDOWN, text);
  const hint = 'docs/cli.md is out of date: ZTC_WRITE_DOCS=1 npm test -- cli/docs';
  assert.equal(readFileSync(MARKDOWN, 'utf8'), text, hint);
});
