import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hashText } from '../../../src/client/views.ts';
import { chainOf, signGenesis } from '../../../src/ledger/genesis.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { genesisWith, keysOf, signed } from '../state/fixture.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let file: string;
before(async () => {
  world = await startWorld();
  file = world.file('trusted.bin', 'trusted');
  assert.equal((await ztc(['notarize', file], world.env)).exit, 0);
});
after(() => world.stop());

function fingerprint(): string {
  return hashText(chainOf(world.genesis.genesis));
}

/** An environment with a trust file of its own. */
let files = 0;
function fresh(): Record<string, string> {
  return { ...world.env, ZTC_TRUST: `${world.dir}/trust-${files++}/trust.json` };
}

test('trust add, pin, authenticate, list, remove', async () => {
  const env = fresh();
  const added = await ztc(
    ['trust', 'add', world.url, '--fingerprint', fingerprint().slice(2).toUpperCase(), '--json'],
    env,
  );
  assert.equal(added.exit, 0, added.stdout);
  assert.deepEqual(added.json.result.members, ['ada', 'bob', 'cyd', 'dan']);
  assert.equal(statSync(env.ZTC_TRUST as string).mode & 0o777, 0o600);
  const unpinned = await ztc(['authenticate', file, '--json'], env);
  assert.equal(unpinned.exit, 12);
  assert.equal(unpinned.json.result.items[0].reason, 'PUBLISHER_NOT_PINNED');
  assert.equal((await ztc(['trust', 'pin', 'acme'], env)).exit, 0);
  const { ZTC_RPC: _, ...withoutRpc } = env;
  const good = await ztc(['authenticate', file, '--json'], withoutRpc);
  assert.equal(good.exit, 0, good.stdout);
  const [item] = good.json.result.items;
  assert.equal(item.trust, 'pinned');
  assert.equal(item.verified, true);
  assert.equal(good.stderr, '');
  const { chains } = (await ztc(['trust', 'list', '--json'], env)).json.result;
  assert.deepEqual(chains[0].publishers, ['acme']);
  assert.equal(chains[0].head.height, world.ledger.head.header.height, 'the verified head is kept');
  assert.equal((await ztc(['trust', 'remove', 'acme'], env)).exit, 0);
  assert.equal((await ztc(['authenticate', file], env)).exit, 12);
  assert.equal((await ztc(['trust', 'remove', 'test'], env)).exit, 0);
  assert.deepEqual((await ztc(['trust', 'list', '--json'], env)).json.result.chains, []);
});

test('trust add never asks without a terminal, and refuses another fingerprint', async () => {
  const env = fresh();
  const unasked = await ztc(['trust', 'add', world.url, '--json'], env);
  assert.equal(unasked.exit, 2);
  assert.match(unasked.stderr, /ada/);
  assert.match(unasked.json.error.hint, new RegExp(fingerprint().slice(2)));
  const other = await ztc(['trust', 'add', world.url, '--fingerprint', 'ab'.repeat(32)], env);
  assert.equal(other.exit, 20);
  assert.equal((await ztc(['trust', 'add', world.url, '--fingerprint', 'abc'], env)).exit, 2);
  assert.equal((await ztc(['trust', 'pin', 'acme'], env)).exit, 2);
  assert.deepEqual((await ztc(['trust', 'list', '--json'], env)).json.result.chains, []);
});

test('trust add keeps the node it asked and those of --rpc', async () => {
  const nodesOf = async (source: string, ...rpc: string[]) => {
    const env = { ZTC_TRUST: fresh().ZTC_TRUST as string };
    const words = ['trust', 'add', source, '--fingerprint', fingerprint(), '--json'];
    const added = await ztc([...words, ...rpc.flatMap((url) => ['--rpc', url])], env);
    assert.equal(added.exit, 0, added.stdout);
    const { chains } = (await ztc(['trust', 'list', '--json'], env)).json.result;
    assert.deepEqual(chains[0].urls, added.json.result.urls);
    return chains[0].urls;
  };
  const own = new URL('/', world.url).href;
  const [a, b] = ['http://a.example/', 'http://b.example/'] as const;
  assert.deepEqual(await nodesOf(world.url), [own]);
  assert.deepEqual(await nodesOf(world.url, a, b), [own, a, b]);
  assert.deepEqual(await nodesOf(world.url, a, own), [own, a]);
  const path = world.file('to-add.json', formatGenesisFile(world.genesis));
  assert.deepEqual(await nodesOf(path, a, b), [a, b], 'a file is no node');
});

test('trust add takes only a genesis that every member signed', async () => {
  const { genesis, signatures } = world.genesis;
  const short = { genesis, signatures: signatures.slice(1) };
  const forged = {
    genesis,
    signatures: signatures.map((entry) =>
      entry.member === 'ada' ? signGenesis(genesis, 'ada', keysOf('a stranger')) : entry,
    ),
  };
  for (const each of [short, forged, { genesis, signatures: [] }]) {
    const path = world.file('bad-genesis.json', formatGenesisFile(each));
    const words = ['trust', 'add', path, '--fingerprint', fingerprint()];
    assert.equal((await ztc(words, fresh())).exit, 20);
  }
  const path = world.file('good-genesis.json', formatGenesisFile(world.genesis));
  const env = fresh();
  const words = ['trust', 'add', path, '--fingerprint', fingerprint(), '--rpc', world.url];
  assert.equal((await ztc(words, env)).exit, 0);
  assert.equal((await ztc(['trust', 'add', world.file('x.json', '[]')], env)).exit, 2);
});

test('--genesis as file, unsigned file or hash: verified, trust given', async () => {
  const { genesis } = world.genesis;
  const whole = world.file('genesis.json', formatGenesisFile(world.genesis));
  const bare = world.file('bare.json', formatGenesisFile({ genesis, signatures: [] }));
  for (const given of [whole, bare, fingerprint(), fingerprint().slice(2)]) {
    const words = ['authenticate', file, '--publisher', 'acme', '--genesis', given, '--json'];
    const { exit, json, stderr } = await ztc(words, fresh());
    assert.equal(exit, 0, given);
    assert.equal(json.result.items[0].trust, 'given');
    assert.equal(json.result.items[0].verified, true);
    assert.equal(stderr, '');
  }
  const other = signed({ ...genesisWith(), name: 'other' });
  const wrong = world.file('other.json', formatGenesisFile(other));
  for (const given of [wrong, 'cd'.repeat(32)]) {
    for (const command of [
      ['audit', 'replay'],
      ['authenticate', file],
      ['notarize', file],
      ['status'],
      ['history', file],
    ]) {
      const { exit } = await ztc([...command, '--genesis', given], fresh());
      assert.equal(exit, 20, `${command[0]} under another genesis`);
    }
  }
});

test('a node of another chain than the pinned one is 20, and gets nothing signed', async () => {
  const env = fresh();
  const other = signed({ ...genesisWith(), name: 'other' });
  const path = world.file('pinned-other.json', formatGenesisFile(other));
  const words = ['trust', 'add', path, '--fingerprint', hashText(chainOf(other.genesis))];
  assert.equal((await ztc(words, env)).exit, 0);
  const { height } = world.ledger.head.header;
  for (const command of ['authenticate', 'notarize', 'untrust', 'history']) {
    const { exit, json } = await ztc([command, file, '--json'], env);
    assert.equal(exit, 20, command);
    assert.equal(json.error.code, 'GENESIS_MISMATCH');
  }
  assert.equal(world.ledger.head.header.height, height);
});

test('elsewhere than on this machine nothing goes without a genesis', async () => {
  const { exit, json } = await ztc(
    ['authenticate', file, '--rpc', 'http://ztc.example.com:8645', '--json'],
    fresh(),
  );
  assert.equal(exit, 2);
  assert.equal(json.error.code, 'TRUST_REQUIRED');
  assert.match(json.error.hint, /ztc trust add http:\/\/ztc\.example\.com:8645/);
});

test('processes that change the trust file at once lose nothing', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const ids = Array.from({ length: 20 }, (_, i) => `publisher-${i}`);
  const answers = await Promise.all(ids.map((id) => ztc(['trust', 'pin', id], env)));
  assert.ok(answers.every(({ exit }) => exit === 0));
  const { chains } = (await ztc(['trust', 'list', '--json'], env)).json.result;
  assert.deepEqual([...chains[0].publishers].sort(), [...ids].sort());
});

test('a trust file of another version or none of ours is refused, never overwritten', async () => {
  for (const content of ['', '{}', '{"schema":"ztc.trust/v4","chains":[],"hints":[]}']) {
    const env = { ...world.env, ZTC_TRUST: world.file('foreign.json', content) };
    const { exit, json } = await ztc(['authenticate', file, '--json'], env);
    assert.equal(exit, 2);
    assert.equal(json.error.code, 'TRUST_FILE');
    const words = ['trust', 'add', world.url, '--fingerprint', fingerprint()];
    assert.equal((await ztc(words, env)).exit, 2);
  }
});

test('a trust file of a version before is read, and written anew', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const document = JSON.parse(readFileSync(env.ZTC_TRUST as string, 'utf8'));
  delete document.revocationLists;
  for (const schema of ['ztc.trust/v3', 'ztc.trust/v2', 'ztc.trust/v1']) {
    document.schema = schema;
    if (schema === 'ztc.trust/v2') delete document.roots;
    if (schema === 'ztc.trust/v1') for (const chain of document.chains) delete chain.checkpoint;
    writeFileSync(env.ZTC_TRUST as string, JSON.stringify(document));
    assert.equal((await ztc(['trust', 'pin', 'acme'], env)).exit, 0);
    const after = JSON.parse(readFileSync(env.ZTC_TRUST as string, 'utf8'));
    const [{ checkpoint, publishers }] = after.chains;
    assert.deepEqual([after.schema, checkpoint], ['ztc.trust/v4', null]);
    assert.deepEqual([after.roots, after.revocationLists], [[], []]);
    assert.deepEqual(publishers, ['acme']);
  }
});

test('what a node changes in its proof is caught: exit 20', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const flip = (text: string, at: number): string =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  // biome-ignore lint/suspicious/noExplicitAny: a liar changes whatever it likes
  const lies: ((proof: any) => unknown)[] = [
    ({ items }) => items.pop(),
    ({ items }) => items.push(items[0]),
    ({ items }) => items.splice(0, 1, flip(items[0], 40)),
    ({ state }) => Object.assign(state, { header: flip(state.header, 200) }),
    ({ state }) => Object.assign(state.entries[0], { value: null }),
    ({ state }) => state.entries.pop(),
    ({ state }) => state.siblings.pop(),
    ({ state }) => state.siblings.splice(0, 1, `0x${'00'.repeat(32)}`),
    ({ state }) => Object.assign(state.entries[1], { depth: 1 }),
    ({ state }) => state.finality.certificate.signatures.pop(),
    ({ state }) => Object.assign(state.finality.certificate, { view: 999 }),
    (proof) => Object.assign(proof, { state: 'trust me' }),
  ];
  for (const lie of lies) {
    const proxy = await startProxy(world.url, ({ method, result }) => {
      if (method === 'asset_authenticate') lie(result.proof);
      return undefined;
    });
    const words = ['authenticate', file, '--any-publisher', '--rpc', proxy.url, '--json'];
    const { exit, json } = await ztc(words, env);
    proxy.stop();
    assert.equal(exit, 20, lie.toString());
    assert.equal(json.result.items[0].error.code, 'PROOF_INVALID');
    assert.equal(json.result.items[0].status, undefined);
  }
});

test('a verdict that the node claims is not even read', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const proxy = await startProxy(world.url, ({ method, result }) => {
    if (method !== 'asset_authenticate') return undefined;
    result.verdict = { status: 'UNTRUSTED', reason: null, publisher: 'acme', statement: null };
    result.statements = [];
    result.height = 1;
    return undefined;
  });
  const words = ['authenticate', file, '--publisher', 'acme', '--rpc', proxy.url];
  assert.equal((await ztc(words, env)).exit, 0);
  proxy.stop();
});

test('a node is asked to catch up with what was verified before', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const words = ['authenticate', file, '--publisher', 'acme'];
  assert.equal((await ztc(words, env)).exit, 0);
  let asked: number | undefined;
  const proxy = await startProxy(world.url, ({ method, params }) => {
    if (method === 'asset_authenticate') asked = params.minHeight;
    return undefined;
  });
  assert.equal((await ztc([...words, '--rpc', proxy.url], env)).exit, 0);
  proxy.stop();
  assert.equal(asked, world.ledger.head.header.height - 1);
});

test('an old truth is no verdict: STALE, exit 5; another node may be fresh', async () => {
  const env = fresh();
  await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint()], env);
  const later = { now: () => Date.now() + 10 * 60_000 };
  const words = ['authenticate', file, '--publisher', 'acme', '--json'];
  const old = await ztc(words, env, later);
  assert.equal(old.exit, 5);
  assert.equal(old.json.result.items[0].error.code, 'STALE');
  assert.equal((await ztc([...words, '--max-age', '1h'], env, later)).exit, 0);
  let recorded: unknown;
  const proxy = await startProxy(world.url, (exchange) => {
    if (exchange.method !== 'asset_authenticate') return undefined;
    recorded ??= exchange.result;
    exchange.result = recorded;
    return undefined;
  });
  const replayed = [...words, '--rpc', proxy.url];
  assert.equal((await ztc(replayed, env)).exit, 0);
  await world.close();
  assert.equal((await ztc(words, env)).exit, 0, 'this moves the newest verified head');
  const stale = await ztc(replayed, env);
  assert.equal(stale.exit, 5);
  assert.equal(stale.json.result.items[0].error.code, 'STALE');
  assert.equal((await ztc([...replayed, '--rpc', world.url], env)).exit, 0);
  proxy.stop();
});
