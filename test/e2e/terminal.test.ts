/**
 * What `ztc` does with a person in front of it, on a real terminal (`script` of util-linux): it
 * asks for passphrases without showing them, and says once that what a key states is public.
 */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startWorld, type World } from '../unit/cli/world.ts';
import { cleanEnvironment, killAll, ROOT, Running, until, within } from './support/processes.ts';

const MAIN = path.join(ROOT, 'src/cli/main.ts');
const SECRET = 'correct horse';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const RETURN = '\r';

let world: World;
let keyFile: string;
before(async () => {
  world = await startWorld();
  keyFile = world.env.ZTC_KEY_FILE as string;
});
after(async () => {
  await killAll();
  await world.stop();
});

/** Types each answer once its question has been asked. */
async function typed(
  words: string,
  answers: readonly (readonly [question: RegExp, keys: string])[],
) {
  const line = `'${process.execPath}' --disable-warning=ExperimentalWarning '${MAIN}' ${words}`;
  const { ZTC_RPC, ZTC_TRUST } = world.env;
  const env = cleanEnvironment({ ZTC_RPC, ZTC_TRUST, TERM: 'dumb' });
  const session = ['-qec', line, '/dev/null'];
  const running = new Running(words, 'script', session, { env, cwd: world.dir });
  let heard = 0;
  for (const [question, keys] of answers) {
    await until(`${words} to ask ${question}`, async () => {
      assert.equal(running.ended, undefined, running.tail());
      return question.test(running.stdout.slice(heard));
    });
    heard = running.stdout.length;
    running.child.stdin?.write(keys);
  }
  const exit = await within(words, running.exit);
  return { exit, shown: running.stdout };
}

test('a new passphrase is asked for twice, and never shown', async () => {
  const asked = [/new passphrase of acme.key: /, /the same once more: /] as const;
  const words = 'key encrypt acme.key';
  const before = await readFile(keyFile, 'utf8');
  const slip = await typed(words, [
    [asked[0], SECRET + RETURN],
    [asked[1], `${SECRET}!${RETURN}`],
  ]);
  assert.equal(slip.exit, 2, slip.shown);
  assert.match(slip.shown, /the two are not the same/);
  assert.equal(await readFile(keyFile, 'utf8'), before);
  const done = await typed(words, [
    [asked[0], SECRET + RETURN],
    [asked[1], SECRET + RETURN],
  ]);
  assert.equal(done.exit, 0, done.shown);
  assert.equal(JSON.parse(await readFile(keyFile, 'utf8')).secretKey, undefined);
  assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
  for (const { shown } of [slip, done]) assert.ok(!shown.includes('correct'), shown);
});

test('a passphrase opens the key, and that it is public and permanent is said once', async () => {
  await writeFile(path.join(world.dir, 'app.tgz'), 'release');
  const words = 'notarize app.tgz --again --key acme.key';
  const asks = /passphrase of acme.key: /;
  const wrong = await typed(words, [[asks, `wrong${RETURN}`]]);
  assert.equal(wrong.exit, 4, wrong.shown);
  assert.match(wrong.shown, /PASSPHRASE/);
  assert.doesNotMatch(wrong.shown, /permanent/, 'nothing was said with the key');
  const first = await typed(words, [[asks, SECRET + RETURN]]);
  assert.equal(first.exit, 0, first.shown);
  assert.match(first.shown, /public and permanent[\s\S]*TRUSTED/);
  const second = await typed(words, [[asks, SECRET + RETURN]]);
  assert.equal(second.exit, 0, second.shown);
  assert.doesNotMatch(second.shown, /permanent/);
  for (const { shown } of [wrong, first, second]) assert.ok(!shown.includes('correct'), shown);
});

test('who goes away in place of an answer has interrupted: 130', async () => {
  for (const keys of [CTRL_C, CTRL_D]) {
    const left = await typed('key encrypt acme.key', [[/passphrase of acme.key: /, keys]]);
    assert.equal(left.exit, 130, left.shown);
    assert.match(left.shown, /INTERRUPTED/);
  }
});

test('a fingerprint is trusted only by a yes', async () => {
  const asks = /Is this the fingerprint you were told\? Trust it\? \[y\/N\] /;
  const words = `trust add ${world.url}`;
  const no = await typed(words, [[asks, RETURN]]);
  assert.notEqual(no.exit, 0, no.shown);
  const gone = await typed(words, [[asks, CTRL_C]]);
  assert.equal(gone.exit, 130, gone.shown);
  const yes = await typed(words, [[asks, `y${RETURN}`]]);
  assert.equal(yes.exit, 0, yes.shown);
  assert.match(yes.shown, /trusted from now on/);
});
