import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { configOf, formatConfigFile, resolveConfig } from '../../../src/cli/home/config.ts';
import { CONFIG_KEY_NAMES, CONFIG_KEYS, variableOf } from '../../../src/cli/home/config-table.ts';
import { nearest } from '../../../src/cli/home/nearest.ts';

let dir: string;
let file: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-config-'));
  file = path.join(dir, 'config.toml');
});
after(() => rm(dir, { recursive: true }));

async function resolve(
  text: string,
  env: { readonly [name: string]: string } = {},
  flags: Parameters<typeof resolveConfig>[0]['flags'] = {},
) {
  await writeFile(file, text);
  return resolveConfig({ file, env, flags });
}

test('the file that init writes holds every key with its default', async () => {
  const entries = await resolve(formatConfigFile({}));
  for (const key of CONFIG_KEY_NAMES) {
    const entry = entries.find((each) => each.key === key);
    assert.deepEqual(entry, { key, value: CONFIG_KEYS[key].default, from: file });
  }
});

test('what init was given stands in the file, whatever characters it has', async () => {
  const text = formatConfigFile({
    'rpc.listen': '[::1]:7777',
    'p2p.peers': ['/dns4/a.example/tcp/1', '/ip6/::1/tcp/2'],
  });
  const config = configOf(await resolve(text));
  assert.equal(config['rpc.listen'], '[::1]:7777');
  assert.deepEqual(config['p2p.peers'], ['/dns4/a.example/tcp/1', '/ip6/::1/tcp/2']);
});

test('flags win over the environment, it over the file, the file over defaults', async () => {
  const text = '[log]\nlevel = "warn"\n[rpc]\nlisten = "127.0.0.1:1"\n';
  const env = { ZTC_LOG_LEVEL: 'error', ZTC_RPC_LISTEN: '127.0.0.1:2', ZTC_P2P_PEERS: '' };
  const entries = await resolve(text, env, { 'log.level': 'debug' });
  const shown = new Map(entries.map(({ key, value, from }) => [key, [value, from]]));
  assert.deepEqual(shown.get('log.level'), ['debug', '--log-level']);
  assert.deepEqual(shown.get('rpc.listen'), ['127.0.0.1:2', 'ZTC_RPC_LISTEN']);
  assert.deepEqual(shown.get('p2p.peers'), [[], 'default']);
  assert.deepEqual(
    new Map((await resolve(text)).map((e) => [e.key, e.from])).get('log.level'),
    file,
  );
});

test('lists in the environment are separated by commas or spaces', async () => {
  const env = { [variableOf('p2p.peers')]: '/ip4/10.0.0.1/tcp/1, /ip4/10.0.0.2/tcp/2' };
  const config = configOf(await resolve('', env));
  assert.deepEqual(config['p2p.peers'], ['/ip4/10.0.0.1/tcp/1', '/ip4/10.0.0.2/tcp/2']);
});

const REFUSED: readonly (readonly [text: string, says: RegExp, hint?: RegExp])[] = [
  ['[p2p]\nlisen = []', /no key p2p\.lisen/, /did you mean p2p\.listen\?/],
  ['verbose = true', /no key verbose/, /known are p2p\.listen/],
  ['[rpc]\nlisten = 7601', /rpc\.listen .* must be a text/],
  ['[p2p]\nlisten = "/ip4/127.0.0.1/tcp/1"', /p2p\.listen .* must be a list of texts/],
  ['[p2p]\nlisten = ["127.0.0.1:7600"]', /127\.0\.0\.1:7600: it is no address like/],
  ['[rpc]\nlisten = "localhost"', /no HOST:PORT/],
  ['[rpc]\nlisten = "localhost:70000"', /no HOST:PORT/],
  ['[rpc]\ncors = ["app.example"]', /no origin/],
  ['[rpc]\ncors = ["https://app.example/path"]', /no origin/],
  ['[log]\nlevel = "loud"', /none of trace, debug/],
  ['[p2p]\nallow = ["me"]', /no peer id/],
  ['[p2p]\nlisten = 1979-05-27', /p2p\.listen .* must be a list/],
  ['[p2p', /is no TOML/],
];

for (const [text, says, hint] of REFUSED) {
  test(`refused: ${text.replaceAll('\n', ' ')}`, async () => {
    await assert.rejects(resolve(text), (error: Error & { hint?: string; exit?: number }) => {
      assert.match(error.message, says);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      assert.equal(error.exit, 2);
      return true;
    });
  });
}

test('a missing file is an empty one', async () => {
  const entries = await resolveConfig({ file: path.join(dir, 'none'), env: {}, flags: {} });
  assert.ok(entries.every(({ from }) => from === 'default'));
});

test('the nearest word is one that a slip leads to', () => {
  assert.equal(nearest('rpc.listn', CONFIG_KEY_NAMES), 'rpc.listen');
  assert.equal(nearest('completely else', CONFIG_KEY_NAMES), undefined);
});
