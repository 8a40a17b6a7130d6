import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const NAMESPACE = 'acme/builds';

test('record put, get and history; the value comes out byte by byte', async () => {
  const bytes = Buffer.from([0, 1, 2, 255, 10]);
  const blob = world.file('blob', bytes);
  const words = ['record', 'put', NAMESPACE, 'a=1', `blob=@${blob}`, 'at=@@x', 'eq=a=b', '--json'];
  const made = await ztc(words, world.env);
  assert.equal(made.exit, 0, made.stdout);
  assert.deepEqual(made.json.result.keys, ['a', 'blob', 'at', 'eq']);
  const chunks: Uint8Array[] = [];
  const stdout = (part: string | Uint8Array) => void chunks.push(Buffer.from(part as Uint8Array));
  assert.equal((await ztc(['record', 'get', NAMESPACE, 'blob'], world.env, { stdout })).exit, 0);
  assert.deepEqual(Buffer.concat(chunks), bytes);
  assert.equal((await ztc(['record', 'get', NAMESPACE, 'at'], world.env)).stdout, '@x');
  assert.equal((await ztc(['record', 'get', NAMESPACE, 'eq'], world.env)).stdout, 'a=b');
  await ztc(['record', 'put', NAMESPACE, 'a=2'], world.env);
  const got = await ztc(['record', 'get', NAMESPACE, 'a', '--json'], world.env);
  assert.equal(got.json.result.record.revision, 2);
  const history = await ztc(['record', 'history', NAMESPACE, 'a', '--json'], world.env);
  assert.deepEqual(
    history.json.result.revisions.map(({ revision }: { revision: number }) => revision),
    [2, 1],
  );
});

test('an absent key is 10, and that is a result', async () => {
  const absent = await ztc(['record', 'get', NAMESPACE, 'nothing', '--json'], world.env);
  assert.equal(absent.exit, 10);
  assert.equal(absent.json.ok, true);
  assert.equal(absent.json.result.record, null);
  assert.equal((await ztc(['record', 'get', NAMESPACE, 'nothing'], world.env)).stdout, '');
  assert.equal((await ztc(['record', 'history', NAMESPACE, 'nothing'], world.env)).exit, 10);
});

test('conditions: one that does not hold rejects all keys, exit 7', async () => {
  const put = (...words: string[]) => ztc(['record', 'put', NAMESPACE, ...words], world.env);
  const currentOf = async (key: string) =>
    (await ztc(['record', 'get', NAMESPACE, key], world.env)).stdout;
  assert.equal((await put('lock=me', '--if-absent')).exit, 0);
  const taken = await put('lock=you', 'other=1', '--if-absent', '--json');
  assert.equal(taken.exit, 7, taken.stdout);
  assert.equal(taken.json.ok, false);
  assert.match(taken.json.error.transaction, /^0x[0-9a-f]{64}$/);
  assert.equal(await currentOf('lock'), 'me');
  assert.equal(await currentOf('other'), '');
  assert.equal((await put('lock=next', '--if-revision', '1')).exit, 0);
  assert.equal((await put('lock=late', '--if-revision', '1')).exit, 7);
  assert.equal(await currentOf('lock'), 'next');
});

test('a condition that does not hold names its keys, the code once, and what to do', async () => {
  const put = (...words: string[]) => ztc(['record', 'put', NAMESPACE, ...words], world.env);
  assert.equal((await put("it's=1", 'plain=1')).exit, 0);
  const one = await put('plain=2', '--if-absent');
  assert.equal(one.exit, 7);
  assert.match(one.stderr, /the key plain of acme\/builds exists already \(ALREADY_EXISTS\)\n/);
  assert.equal(one.stderr.split('ALREADY_EXISTS').length, 2, one.stderr);
  assert.match(
    one.stderr,
    /\n {2}see the current revision: ztc record get acme\/builds plain --json\n/,
  );
  assert.match(one.stderr, /--if-revision N/);
  assert.match((await put("it's=2", '--if-absent')).stderr, / acme\/builds 'it'\\''s' --json\n/);
  const late = await put('plain=2', '--if-revision', '7');
  assert.match(late.stderr, /the key plain of acme\/builds is not at revision 7 \(REVISION_MISM/);
  const two = await put('plain=2', "it's=2", '--if-revision', '7');
  assert.equal(two.exit, 7);
  const words =
    /keys of acme\/builds at least one is not at its revision: plain \(7\), it's \(7\) \(/;
  assert.match(two.stderr, words);
  const many = Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, value: '', ifRevision: 3 }));
  const mixed = [{ key: 'free', value: '1' }, { key: 'new', value: '1', ifAbsent: true }, ...many];
  const file = world.file('mixed.json', JSON.stringify(mixed));
  const { exit, json } = await put('--file', file, '--json');
  assert.equal(exit, 7);
  const { code, message, hint, transaction, conditions } = json.error;
  assert.equal(code, 'REVISION_MISMATCH');
  assert.doesNotMatch(message, /REVISION_MISMATCH|free|new/);
  assert.match(message, /k0 \(3\), .*k4 \(3\) and 3 more$/);
  assert.match(hint, /ztc record get acme\/builds KEY --json/);
  assert.match(transaction, /^0x[0-9a-f]{64}$/);
  assert.deepEqual(
    conditions,
    many.map(({ key, ifRevision }) => ({ key, ifRevision })),
  );
});

test('--file mixes conditions and forms of values, all or nothing', async () => {
  await ztc(['record', 'put', NAMESPACE, 'seen=1'], world.env);
  const blob = world.file('value.txt', 'from a file');
  const good = [
    { key: 'seen', value: '2', ifRevision: 1 },
    { key: 'fresh', valueBase64url: 'AAEC', ifAbsent: true },
    { key: 'filed', valueFile: blob },
  ];
  const file = (operations: unknown) => world.file('ops.json', JSON.stringify(operations));
  const words = (path: string) => ['record', 'put', NAMESPACE, '--file', path, '--json'];
  assert.equal((await ztc(words(file(good)), world.env)).exit, 0);
  assert.equal((await ztc(['record', 'get', NAMESPACE, 'filed'], world.env)).stdout, 'from a file');
  assert.equal((await ztc(words(file(good)), world.env)).exit, 7);
  for (const bad of [
    [],
    {},
    [{ key: 'a' }],
    [{ value: 'a' }],
    [{ key: 'a', value: 1 }],
    [{ key: 'a', value: '1', valueFile: blob }],
    [{ key: 'a', value: '1', extra: 1 }],
    [{ key: 'a', value: '1', ifAbsent: true, ifRevision: 1 }],
    [{ key: 'a', value: '1', ifRevision: -1 }],
    [{ key: 'a', valueBase64url: '!' }],
    [{ key: 'a\u0000', value: '1' }],
    [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ],
  ]) {
    const { exit, json } = await ztc(words(file(bad)), world.env);
    assert.equal(exit, 2, JSON.stringify(bad));
    assert.equal(json.error.code, 'USAGE');
  }
});

test("only the publisher's own keys write its namespaces: 4", async () => {
  const { exit, json } = await ztc(['record', 'put', 'globex/x', 'a=1', '--json'], world.env);
  assert.equal(exit, 4);
  assert.equal(json.error.code, 'UNAUTHORISED_KEY');
  for (const namespace of ['acme', 'acme/', '/x', 'acme/X']) {
    assert.equal((await ztc(['record', 'put', namespace, 'a=1'], world.env)).exit, 2);
  }
});

test('a value that a node changes is caught: 20', async () => {
  await ztc(['record', 'put', NAMESPACE, 'truth=yes'], world.env);
  const proxy = await startProxy(world.url, ({ method, result }) => {
    if (method !== 'state_get') return undefined;
    const [entry] = result.proof.entries;
    entry.value = `${entry.value.slice(0, -2)}AA`;
    return undefined;
  });
  const words = ['record', 'get', NAMESPACE, 'truth', '--rpc', proxy.url];
  const { exit, stdout } = await ztc(words, world.env);
  proxy.stop();
  assert.equal(exit, 20);
  assert.equal(stdout, '');
});

test('rpc prints the result, and maps errors to exit codes', async () => {
  const status = await ztc(['rpc', 'chain_status'], world.env);
  assert.equal(status.exit, 0);
  assert.equal(JSON.parse(status.stdout).name, 'test');
  const block = await ztc(['rpc', 'chain_getBlock', '{"at": 0}', '--json'], world.env);
  assert.equal(block.json.schema, 'ztc.rpc/v1');
  assert.equal(block.json.result.header.height, 0);
  assert.equal((await ztc(['rpc', 'chain_getBlock', '[0]'], world.env)).exit, 0);
  const unknown = await ztc(['rpc', 'chain_frobnicate', '--json'], world.env);
  assert.equal(unknown.exit, 2);
  assert.equal(unknown.json.error.code, 'METHOD_NOT_FOUND');
  assert.equal((await ztc(['rpc', 'chain_getBlock', '{"at": "x"}'], world.env)).exit, 2);
  assert.equal((await ztc(['rpc', 'chain_status', '{'], world.env)).exit, 2);
  assert.equal((await ztc(['rpc', 'chain_status', '7'], world.env)).exit, 2);
  const refused = await ztc(['rpc', 'tx_submit', '{"tx":"AAAA"}'], world.env);
  assert.equal(refused.exit, 7);
});

test('a transaction that nobody knows is 10, to wait for and to show', async () => {
  const id = `0x${'ab'.repeat(32)}`;
  for (const words of [
    ['tx', 'wait', id, '--timeout', '10ms'],
    ['tx', 'show', id],
  ]) {
    const { exit, json } = await ztc([...words, '--json'], world.env);
    assert.equal(exit, 10, words.join(' '));
    assert.equal(json.error.code, 'NOT_FOUND');
    assert.equal(json.error.transaction, id);
  }
  const { stdout } = await ztc(['--help'], world.env);
  assert.match(stdout, /^ *10 .*no such record or transaction$/m);
});

test('status is live, then delayed: 5', async () => {
  await world.close();
  const live = await ztc(['status', '--json'], world.env);
  assert.equal(live.exit, 0, live.stdout);
  assert.equal(live.json.result.state, 'live');
  assert.equal(live.json.result.trust, 'node-claimed');
  const later = { now: () => Date.now() + 60_000 };
  const delayed = await ztc(['status'], world.env, later);
  assert.equal(delayed.exit, 5);
  assert.match(delayed.stdout, /^delayed/);
});

test('status --watch shows what becomes final until Ctrl-C: 130', async () => {
  const abort = new AbortController();
  let shown = '';
  const stdout = (text: string | Uint8Array): void => {
    shown += text;
    if (/ record {2}acme\/builds: watched/.test(shown)) abort.abort();
  };
  const watching = ztc(['status', '--watch'], world.env, { stdout, signal: abort.signal });
  await ztc(['record', 'put', NAMESPACE, 'watched=1'], world.env);
  await ztc(['record', 'put', NAMESPACE, 'watched=2'], world.env);
  assert.equal((await watching).exit, 130);
  assert.match(shown, /block \d+ {2}transactions: 1/);
  assert.equal((await ztc(['status', '--watch', '--json'], world.env)).exit, 2);
});

test('audit replay: the same root as the node; a changed block is a divergence: 21', async () => {
  await ztc(['record', 'put', NAMESPACE, 'last=1'], world.env);
  const { exit, json, stdout } = await ztc(['audit', 'replay', '--json'], world.env);
  assert.equal(exit, 0, stdout);
  const { result } = json;
  const status = await world.call('chain_status', {});
  assert.equal(result.from, 0);
  assert.equal(result.to, status.head.height);
  assert.equal(result.stateRoot, status.stateRoot);
  assert.ok(result.transactions > 5);
  assert.ok(result.rejected >= 3, 'the conditions that did not hold');
  const lies: ((
    blocks: { height: number; block: string; certificate: string | null }[],
  ) => void)[] = [
    (blocks) => void blocks.splice(3, 1),
    (blocks) => Object.assign(blocks[3] as object, { block: blocks[4]?.block }),
    (blocks) => Object.assign(blocks[3] as object, { block: '!' }),
    (blocks) => Object.assign(blocks.at(-1) as object, { certificate: null }),
    (blocks) => Object.assign(blocks.at(-1) as object, { certificate: blocks.at(-3)?.certificate }),
    (blocks) => void blocks.pop(),
  ];
  for (const lie of lies) {
    const proxy = await startProxy(world.url, (exchange) => {
      if (exchange.method === 'chain_getRawBlocks') lie(exchange.result.blocks);
      return undefined;
    });
    const bad = await ztc(['audit', 'replay', '--rpc', proxy.url, '--json'], world.env);
    proxy.stop();
    assert.equal(bad.exit, 21, bad.stdout + lie.toString());
    const { schema, ok, error, ...rest } = bad.json;
    assert.deepEqual({ schema, ok, rest }, { schema: 'ztc.audit-replay/v1', ok: false, rest: {} });
    assert.equal(error.code, 'REPLAY_DIVERGENCE');
    assert.equal(typeof error.message, 'string');
    assert.ok(Number.isSafeInteger(error.height), JSON.stringify(error));
  }
});

test('audit replay of another chain, or under a genesis that the node falsifies: 20', async () => {
  const { chain } = await world.call('chain_status', {});
  const other = ['audit', 'replay', '--genesis', 'cd'.repeat(32), '--json'];
  const refused = await ztc(other, world.env);
  assert.equal(refused.exit, 20);
  assert.equal(refused.json.error.code, 'GENESIS_MISMATCH');
  const proxy = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_genesis') result.genesis.name = 'other';
    return undefined;
  });
  for (const more of [[], ['--genesis', chain]]) {
    const words = ['audit', 'replay', '--rpc', proxy.url, ...more];
    assert.equal((await ztc(words, world.env)).exit, 20);
  }
  proxy.stop();
});

test('audit replay names the height that diverges', async () => {
  const proxy = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_getRawBlocks') result.blocks[3].block = '!';
    return undefined;
  });
  const words = ['audit', 'replay', '--rpc', proxy.url];
  const { json } = await ztc([...words, '--json'], world.env);
  assert.equal(json.error.height, 3);
  const told = await ztc(words, world.env);
  proxy.stop();
  assert.equal(told.exit, 21);
  assert.equal(told.stdout, '');
  assert.match(told.stderr, /at height 3: .*\(REPLAY_DIVERGENCE\)/);
});
