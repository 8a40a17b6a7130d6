import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS, GROUPS } from '../../../src/cli/commands.ts';
import { parseWords } from '../../../src/cli/parser.ts';
import { ztc } from './world.ts';

async function parse(words: readonly string[], env: Record<string, string> = {}) {
  const parsed = await parseWords(COMMANDS, GROUPS, words, env);
  assert.ok(parsed.kind === 'run');
  return { name: parsed.command.name, args: parsed.args };
}

test('every command answers --help with its options, exit 0', async () => {
  for (const { name, options } of COMMANDS) {
    const { exit, stdout } = await ztc([...name.split(' '), '--help']);
    assert.equal(exit, 0, name);
    for (const option of Object.keys(options)) assert.ok(stdout.includes(`--${option}`), option);
  }
  assert.match((await ztc(['--help'])).stdout, /authenticate/);
  assert.match((await ztc(['trust', '--help'])).stdout, /ztc trust pin/);
  for (const word of ['--version', '-V', 'version']) {
    assert.match((await ztc([word])).stdout, /^ztc \d/);
  }
  assert.match((await ztc(['--version', '--json'])).json.result.version, /^\d/);
});

test('commands of two words and their groups are all there', () => {
  for (const { name } of COMMANDS) {
    const [group, second] = name.split(' ');
    if (second !== undefined) assert.ok(GROUPS.get(group as string), `${group} has no summary`);
  }
  const names = COMMANDS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('slips are exit 2 with a suggestion, as text and as JSON', async () => {
  const slips: [string[], RegExp][] = [
    [['authentcate', 'x'], /did you mean authenticate\?/],
    [['trust', 'ad', 'x'], /did you mean trust add\?/],
    [['nonsense'], /there is no command nonsense/],
    [[], /a command is needed/],
    [['trust'], /a command is needed after trust: add, [a-z, ]+ or \w+/],
    [['key', 'new'], /an argument is missing: ztc key new FILE/],
    [['key', 'show', 'a', 'b'], /unknown argument: b/],
    [['status', '--rcp', 'x'], /unknown argument: --rcp: did you mean --rpc\?/],
    [['authenticate', 'a', '--publsher=acme'], /unknown argument: --publsher: did you mean --pub/],
    [['trust', 'list', '--nonsense'], /unknown argument: --nonsense(?!.*mean)/],
    [['authenticate', 'a', '--publisher', 'acme', '--publisher', 'b'], /more than once/],
    [['authenticate', 'a', '--min-height', 'x'], /takes a number/],
  ];
  for (const [words, message] of slips) {
    const text = await ztc(words);
    assert.equal(text.exit, 2, words.join(' '));
    assert.equal(text.stdout, '');
    assert.match(text.stderr, message);
    const { exit, json, stderr } = await ztc([...words, '--json']);
    assert.equal(exit, 2);
    assert.equal(json.ok, false);
    assert.match(json.error.message, message);
    assert.equal(stderr, '');
  }
});

test('options take one value each, so that paths may follow', async () => {
  const { args } = await parse(['notarize', '--attr', 'a=1', 'x', '--attr', 'b=2', 'y', '-']);
  assert.deepEqual(args.attr, ['a=1', 'b=2']);
  assert.deepEqual(args.paths, ['x', 'y', '-']);
  const numbers = await parse(['notarize', '007', '--version', '1.0', '--name', '1e3']);
  assert.deepEqual(numbers.args.paths, ['007']);
  assert.equal(numbers.args.version, '1.0');
  assert.equal(numbers.args.name, '1e3');
  const dashes = await parse(['notarize', 'x', '--', '--json', '-']);
  assert.deepEqual(dashes.args.paths, ['x', '--json', '-']);
});

test('the environment gives options, the command line wins', async () => {
  const env = { ZTC_RPC: 'http://a http://b', ZTC_ANY_PUBLISHER: '1', ZTC_MIN_HEIGHT: '7' };
  const { args } = await parse(['authenticate', 'x'], env);
  assert.deepEqual(args.rpc, ['http://a', 'http://b']);
  assert.equal(args['any-publisher'], true);
  assert.equal(args['min-height'], 7);
  const given = await parse(['authenticate', 'x', '--rpc', 'http://c', '--min-height', '9'], env);
  assert.deepEqual(given.args.rpc, ['http://c']);
  assert.equal(given.args['min-height'], 9);
  for (const bad of [{ ZTC_ANY_PUBLISHER: 'perhaps' }, { ZTC_MIN_HEIGHT: 'tall' }]) {
    await assert.rejects(parse(['authenticate', 'x'], bad), /ZTC_/);
  }
  const secret = await parse(['notarize', 'x'], { ZTC_KEY: 'a secret', ZTC_NAME: 'n' });
  assert.equal(secret.args.key, undefined, 'ZTC_KEY is no file name');
  assert.equal(secret.args.name, undefined, 'what is about one file is no setting');
});
