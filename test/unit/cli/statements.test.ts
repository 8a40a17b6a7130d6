import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { assetNamed, statement } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

test('notarize, authenticate, untrust: the exit codes of one life', async () => {
  const { env } = world;
  const file = world.file('life.bin', 'the life of a file');
  const unknown = await ztc(['authenticate', file, '--publisher', 'acme', '--json'], env);
  assert.equal(unknown.exit, 10, unknown.stderr);
  assert.equal(unknown.json.ok, true);
  assert.equal(unknown.json.result.items[0].status, 'UNKNOWN');
  const made = await ztc(['notarize', file, '--json'], env);
  assert.equal(made.exit, 0, made.stdout);
  const [item] = made.json.result.items;
  assert.equal(item.already, false);
  assert.equal(item.name, 'life.bin');
  assert.equal(item.kind, 'file');
  assert.equal(item.size, 18);
  const good = await ztc(['authenticate', file, '--publisher', 'acme', '--json'], env);
  assert.equal(good.exit, 0);
  const [answer] = good.json.result.items;
  assert.deepEqual(answer.publisher, {
    id: 'acme',
    name: 'Publisher acme',
    level: 4,
    vouchers: ['ada', 'bob', 'cyd', 'dan'],
    domains: [],
  });
  assert.equal(answer.trust, 'node-claimed');
  assert.equal(answer.verified, false);
  assert.ok(answer.height >= item.height, 'reads what was written');
  assert.match(good.stderr, /warning: no genesis is pinned/);
  const bad = await ztc(['untrust', file, '--reason', 'leaked', '--json'], env);
  assert.equal(bad.exit, 0, bad.stdout);
  const untrusted = await ztc(['authenticate', file, '--publisher', 'acme'], env);
  assert.equal(untrusted.exit, 11);
  assert.match(untrusted.stdout, /^UNTRUSTED .*life\.bin/);
  assert.match(untrusted.stdout, /reason: leaked/);
  await ztc(['unsupport', file], env);
  assert.equal((await ztc(['authenticate', file, '--publisher', 'acme'], env)).exit, 13);
  const history = await ztc(['history', file, '--json'], env);
  assert.equal(history.exit, 0);
  assert.deepEqual(
    history.json.result.items[0].statements.map(({ status }: { status: string }) => status),
    ['UNSUPPORTED', 'UNTRUSTED', 'TRUSTED'],
  );
});

test('a TRUSTED answer by nobody who was chosen is 12, under --any-publisher 0', async () => {
  const file = world.file('chosen.bin', 'chosen');
  await ztc(['notarize', file], world.env);
  const unpinned = await ztc(['authenticate', file], world.env);
  assert.equal(unpinned.exit, 12);
  assert.match(unpinned.stdout, /^TRUSTED/);
  assert.match(unpinned.stdout, /ztc trust pin acme/);
  assert.equal((await ztc(['authenticate', file, '--any-publisher'], world.env)).exit, 0);
  const other = await ztc(['authenticate', file, '--publisher', 'globex', '--json'], world.env);
  assert.equal(other.exit, 12);
  assert.equal(other.json.result.items[0].reason, 'PUBLISHER_MISMATCH');
});

test('idempotence: the same statement makes no transaction, --again forces one', async () => {
  const file = world.file('same.bin', 'same');
  const words = ['notarize', file, '--version', '1.0', '--attr', 'b=2', '--attr', 'a=1', '--json'];
  const first = await ztc(words, world.env);
  assert.equal(first.exit, 0, first.stdout);
  assert.deepEqual(first.json.result.items[0].attributes, { a: '1', b: '2' });
  const { height } = world.ledger.head.header;
  const second = await ztc(words, world.env);
  assert.equal(second.exit, 0);
  assert.equal(second.json.result.items[0].already, true);
  assert.equal(second.json.result.items[0].height, first.json.result.items[0].height);
  assert.equal(world.ledger.head.header.height, height);
  const renamed = world.file('renamed.bin', 'same');
  const byName = [...words.slice(0, 1), renamed, ...words.slice(2)];
  assert.equal((await ztc(byName, world.env)).json.result.items[0].already, true);
  const named = await ztc([...words, '--name', 'product'], world.env);
  assert.equal(named.json.result.items[0].already, false, 'another name is another statement');
  const forced = await ztc([...words, '--name', 'product', '--again'], world.env);
  assert.equal(forced.json.result.items[0].already, false);
  assert.match(
    (await ztc([...words.slice(0, -1), '--name', 'product'], world.env)).stdout,
    /already/,
  );
});

test('many inputs are one transaction; each has its own item, in input order', async () => {
  const files = ['one', 'two', 'three'].map((name) => world.file(name, name));
  const digest = `sha256:${'ab'.repeat(32)}`;
  const words = ['notarize', ...files, `${world.dir}/missing`, '--hash', digest, '--json'];
  const { exit, json } = await ztc(words, world.env);
  assert.equal(exit, 2);
  assert.equal(json.ok, false);
  const { items } = json.result;
  assert.deepEqual(
    items.map(({ input }: { input: string }) => input),
    [...files, `${world.dir}/missing`, digest],
  );
  assert.deepEqual(
    items.map((item: { exit: number }) => item.exit),
    [0, 0, 0, 2, 0],
  );
  assert.equal(items[3].error.code, 'INPUT_UNREADABLE');
  const ids = new Set(items.map((item: { transaction?: string }) => item.transaction));
  assert.equal(ids.size, 2, 'one id, and undefined of the missing file');
  const stdin = {
    stdin: async function* () {
      yield Buffer.from('two');
    },
  };
  const read = await ztc(['authenticate', '-', '--publisher', 'acme', '--json'], world.env, stdin);
  assert.equal(read.exit, 0);
  assert.equal(read.json.result.items[0].input, '-');
});

test('what does not become final in time: exit 6 with its id, then tx wait', async () => {
  world.sealing = false;
  const file = world.file('slow.bin', 'slow');
  const slow = await ztc(['notarize', file, '--timeout', '50ms', '--json'], world.env);
  assert.equal(slow.exit, 6, slow.stdout);
  const { error } = slow.json.result.items[0];
  assert.equal(error.code, 'NOT_FINAL');
  const waiting = await ztc(
    ['tx', 'wait', error.transaction, '--timeout', '0', '--json'],
    world.env,
  );
  assert.equal(waiting.exit, 6);
  world.sealing = true;
  const final = await ztc(['tx', 'wait', error.transaction, '--json'], world.env);
  assert.equal(final.exit, 0, final.stdout);
  const shown = await ztc(['tx', 'show', error.transaction, '--json'], world.env);
  assert.equal(shown.exit, 0);
  assert.equal(shown.json.result.height, final.json.result.height);
  const absent = ['tx', 'show', `0x${'00'.repeat(32)}`, '--json'];
  assert.equal((await ztc(absent, world.env)).exit, 10);
});

test('Ctrl-C ends a command that waits for input or for finality: 130, with the id', async () => {
  const abort = new AbortController();
  const stdin = async function* () {
    abort.abort();
    await new Promise(() => undefined);
    yield Buffer.from('never');
  };
  const words = ['authenticate', '-', '--json'];
  const reading = await ztc(words, world.env, { stdin, signal: abort.signal });
  assert.equal(reading.exit, 130);
  assert.equal(reading.json.error.code, 'INTERRUPTED');
  world.sealing = false;
  const again = new AbortController();
  const file = world.file('interrupted.bin', 'interrupted');
  const sending = ztc(['notarize', file, '--json'], world.env, { signal: again.signal });
  const poll = setInterval(() => {
    if (world.pool.size > 0) again.abort();
  }, 5);
  const { exit, json } = await sending;
  clearInterval(poll);
  world.sealing = true;
  assert.equal(exit, 130);
  assert.match(json.result.items[0].error.transaction, /^0x[0-9a-f]{64}$/);
});

test('whoever says more than an answer holds keeps nobody else from being heard', async () => {
  await world.put([statement('popular')]);
  for (let at = 0; at < 2_000; at += 250) {
    await world.put(
      Array.from({ length: 250 }, () => statement('popular')),
      'globex',
    );
  }
  await world.close();
  const digest = assetToText(assetNamed('popular'));
  const ask = async (...words: string[]) => {
    const out = await ztc(['authenticate', '--hash', digest, ...words, '--json'], world.env);
    return [out.exit, out.json.result.items[0]] as const;
  };
  const [exit, own] = await ask('--publisher', 'acme');
  assert.deepEqual(
    [exit, own.status, own.statements.length, own.complete],
    [0, 'TRUSTED', 1, undefined],
  );
  const receipt = `${world.dir}/popular.json`;
  const saved = await ask('--publisher', 'acme', `--save-receipt=${receipt}`);
  assert.equal(saved[0], 0);
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const offline = ['--receipt', receipt, '--genesis', genesis];
  assert.equal((await ask('--publisher', 'acme', ...offline))[0], 0);
  assert.ok(statSync(receipt).size < 8 * 1024, `${statSync(receipt).size} bytes`);
  const [none, mismatch] = await ask('--publisher', 'newco');
  assert.deepEqual([none, mismatch.status, mismatch.reason], [12, 'UNKNOWN', 'PUBLISHER_MISMATCH']);
  const [all, refused] = await ask();
  assert.deepEqual([all, refused.error.code], [2, 'TOO_MANY_STATEMENTS']);
  const words = ['--hash', digest, '--reason', 'no', '--json'];
  const said = await ztc(['untrust', ...words], world.env);
  assert.equal(said.exit, 0, said.stdout);
  assert.equal((await ask('--publisher', 'acme'))[1].status, 'UNTRUSTED');
});

test('keys: of a stranger 4, of another purpose or none 2, by content from ZTC_KEY', async () => {
  const file = world.file('keys.bin', 'keys');
  const stranger = `${world.dir}/stranger.key`;
  assert.equal((await ztc(['key', 'new', stranger])).exit, 0);
  const refused = await ztc(['notarize', file, '--key', stranger, '--json'], world.env);
  assert.equal(refused.exit, 4);
  assert.equal(refused.json.error.code, 'KEY_UNKNOWN');
  const { ZTC_KEY_FILE: _, ...rest } = world.env;
  assert.equal((await ztc(['notarize', file], rest)).exit, 2);
  const { readFileSync } = await import('node:fs');
  const content = readFileSync(world.env.ZTC_KEY_FILE as string, 'utf8');
  assert.equal((await ztc(['notarize', file], { ...rest, ZTC_KEY: content })).exit, 0);
  const named = JSON.parse(content);
  const wrong = world.file('wrong.key', JSON.stringify({ ...named, publisher: 'globex' }));
  const other = await ztc(['notarize', file, '--key', wrong, '--again', '--json'], world.env);
  assert.equal(other.exit, 4, other.stdout);
});

test('usage: what contradicts itself is exit 2 and sends nothing', async () => {
  const { height } = world.ledger.head.header;
  const file = world.file('usage.bin', 'usage');
  for (const words of [
    ['notarize'],
    ['notarize', file, file, '--name', 'x'],
    ['notarize', file, '--attr', 'novalue'],
    ['notarize', file, '--attr', 'a=1', '--attr', 'a=2'],
    ['notarize', file, '--hash', 'sha256:12'],
    ['notarize', file, '--timeout', 'soon'],
    ['notarize', file, '--kind', 'NOT A KIND'],
    ['authenticate', file, '--publisher', 'acme', '--any-publisher'],
    ['authenticate', file, '--publisher', 'No Id'],
    ['authenticate', '-', '-'],
    ['authenticate', file, '--frobnicate'],
  ]) {
    assert.equal((await ztc(words, world.env)).exit, 2, words.join(' '));
  }
  assert.equal(world.ledger.head.header.height, height);
});
