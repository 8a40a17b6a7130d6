/** `ztc explain` knows the codes that people meet; completion knows all commands and options. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CODE_MEANINGS } from '../../../src/cli/codes.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { LISTED_CODES } from '../../../src/cli/errors.ts';
import { REJECTION_MEANINGS } from '../../../src/cli/rejections.ts';
import { RPC_ERRORS } from '../../../src/rpc/schema/errors.ts';
import type { RejectionCode } from '../../../src/state/execution/handler.ts';
import { ztc } from './world.ts';

test('every code with an exit code of its own, and every error of the RPC, is explained', () => {
  const codes = [...LISTED_CODES, ...Object.keys(RPC_ERRORS)];
  assert.deepEqual(
    codes.filter((code) => !Object.hasOwn(CODE_MEANINGS, code)),
    [],
  );
});

test('every code of a rejection is explained, and comes with the rejection', async () => {
  const all: Readonly<Record<RejectionCode, string>> = REJECTION_MEANINGS;
  const { exit, json } = await ztc(['explain', 'name_collides', '--json']);
  assert.deepEqual([exit, json.result.exit], [0, 7]);
  assert.equal(json.result.meaning, all.NAME_COLLIDES);
});

test('reasons of verdicts are explained', async () => {
  const { json } = await ztc(['explain', 'PUBLISHER_MISMATCH', '--json']);
  assert.equal(json.result.exit, 12);
});

test('codes in any case, exit codes, and did you mean', async () => {
  const stale = await ztc(['explain', 'stale', '--json']);
  assert.deepEqual([stale.exit, stale.json.result.code, stale.json.result.exit], [0, 'STALE', 5]);
  assert.match((await ztc(['explain', '12'])).stdout, /publisher/);
  const slip = await ztc(['explain', 'STALLE']);
  assert.equal(slip.exit, 2);
  assert.match(slip.stderr, /did you mean STALE\?/);
  assert.equal((await ztc(['explain', 'constructor'])).exit, 2);
});

/** What bash offers for the last of some words. */
function offered(script: string, ...words: string[]): string[] {
  const array = words.map((word) => `'${word}'`).join(' ');
  const asked = `${script}
COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _ztc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', asked], { encoding: 'utf8' }).trim().split('\n');
}

test('bash completes commands, their second words, and options', async () => {
  const { stdout, exit } = await ztc(['completion', 'bash']);
  assert.equal(exit, 0);
  assert.deepEqual(offered(stdout, 'ztc', 'auth'), ['authenticate']);
  assert.deepEqual(offered(stdout, 'ztc', 'token', 're'), ['revoke']);
  assert.deepEqual(offered(stdout, 'ztc', 'notarize', 'app.tgz', '--man'), ['--manifest']);
  for (const { name } of COMMANDS) {
    const words = name.split(' ');
    assert.ok(offered(stdout, 'ztc', ...words).includes(words.at(-1) as string), name);
  }
});

test('the other shells get a script, and what is none is refused', async () => {
  assert.match((await ztc(['completion', 'zsh'])).stdout, /^#compdef ztc\n/);
  assert.match((await ztc(['completion', 'fish'])).stdout, /-a authenticate -d 'may I trust/);
  assert.equal((await ztc(['completion', 'csh'])).exit, 2);
});
