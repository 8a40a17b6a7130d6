/** Answers stay proven under the pinned genesis when the validators have changed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { askAsset } from '../../../src/client/authenticate.ts';
import { createClient } from '../../../src/client/client.ts';
import { KnownValidators } from '../../../src/client/known-validators.ts';
import { type ProofContext, readProof } from '../../../src/client/proof.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { assetOf } from '../../../src/ledger/primitives.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { keysOf, MEMBER_IDS, memberNamed } from '../state/fixture.ts';
import { approved, putMember, ready, removeMember } from '../state/members.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

const CONTENT = 'kept over epochs';
let world: World;
let file: string;
/** Of what the RPC says, before a liar changes it. */
// biome-ignore lint/suspicious/noExplicitAny: a liar changes whatever it likes
type Lie = (links: any[]) => void;

const ask = (...more: readonly string[]): string[] => [
  'authenticate',
  file,
  '--publisher',
  'acme',
  '--json',
  ...more,
];

async function block(...transactions: readonly ReceivedTransaction[]): Promise<void> {
  for (const made of transactions) world.pool.set(toHex(made.id), made);
  await world.seal(Date.now());
}

before(async () => {
  world = await startWorld();
  world.sealing = true;
  file = world.file('kept.bin', CONTENT);
  const chain = toHex(world.ledger.chain);
  const trusted = await ztc(['trust', 'add', world.url, '--fingerprint', chain], world.env);
  assert.equal(trusted.exit, 0, trusted.stderr);
  assert.equal((await ztc(['notarize', file], world.env)).exit, 0);
  const put = ['record', 'put', 'acme/builds', 'tool=one'];
  assert.equal((await ztc(put, world.env)).exit, 0);
});
after(() => world.stop());

function context(validators: KnownValidators): ProofContext {
  const now = (): number => Date.now();
  return { validators, newest: undefined, maxAgeMs: 300_000, minHeight: 0, now };
}

/** Asks a node for the asset of `file`, knowing the genesis and what was learnt. */
function askFor(url: string, validators = new KnownValidators(trustOf(world.genesis.genesis))) {
  const client = createClient({ transport: httpTransport({ urls: [url] }) });
  const asset = assetOf(sha256(utf8(CONTENT)));
  return askAsset(client, asset, context(validators));
}

async function withLiar<T>(lie: Lie, run: (url: string) => Promise<T>): Promise<T> {
  const proxy = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_links') lie(result.links);
    return undefined;
  });
  try {
    return await run(proxy.url);
  } finally {
    proxy.stop();
  }
}

/** Runs `ztc` through something that counts, and may lie about links. */
async function through(
  words: (url: string) => readonly string[],
  lie: Lie = () => undefined,
): Promise<{ answer: Awaited<ReturnType<typeof ztc>>; links: number }> {
  let links = 0;
  const counting: Lie = (given) => {
    links++;
    lie(given);
  };
  const answer = await withLiar(counting, (url) => ztc(words(url), world.env));
  return { answer, links };
}

test('without a change nobody asks for links', async () => {
  const { answer, links } = await through((url) => ask('--rpc', url));
  assert.equal(answer.exit, 0, answer.stdout);
  assert.equal(links, 0);
});

test('after a join, a leave and a rotation everything is proven as before', async () => {
  const b = { make: world.sign };
  world.sealing = false;
  const rotated = memberNamed('ada', { validatorKey: keysOf('validator ada new').publicKey });
  await block(...approved(b, [putMember(memberNamed('eve')), putMember(rotated)]));
  await block(ready(b, 'eve'));
  await block();
  await block(...approved(b, [removeMember('dan')], [...MEMBER_IDS, 'eve']));
  await block();
  // The head is an epoch's last block: the answer is under the header before.
  assert.equal((await ztc(ask(), world.env)).exit, 0);
  await block(ready(b, 'ada', 'validator ada new'));
  await block();
  await block();
  world.sealing = true;
  assert.equal(world.ledger.epoch.number, 4);

  const { answer, links } = await through((url) => ask('--rpc', url));
  assert.equal(answer.exit, 0, answer.stdout);
  const [item] = answer.json.result.items;
  assert.deepEqual([item.verified, item.trust, item.status], [true, 'pinned', 'TRUSTED']);
  assert.deepEqual(item.publisher, {
    id: 'acme',
    name: 'Publisher acme',
    level: 3,
    vouchers: ['ada', 'bob', 'cyd'],
    domains: [],
  });
  assert.equal(links, 1);

  // Many questions at once follow the links once.
  const files = Array.from({ length: 12 }, (_, i) => world.file(`unknown-${i}`, `${i}`));
  const many = ['authenticate', ...files, '--publisher', 'acme', '--json'];
  const other = await through((url) => [...many, '--rpc', url]);
  assert.equal(other.answer.exit, 10);
  assert.equal(other.links, 1);

  const record = await ztc(['record', 'get', 'acme/builds', 'tool', '--json'], world.env);
  assert.equal(record.exit, 0, record.stdout);
  assert.equal(record.json.result.verified, true);
  const history = await ztc(['history', file, '--json'], world.env);
  assert.equal(history.exit, 0, history.stdout);
  assert.equal(history.json.result.items[0].verified, true);
  const replay = await ztc(['audit', 'replay', '--json'], world.env);
  assert.equal(replay.exit, 0, replay.stdout);
  assert.equal(replay.json.result.to, world.ledger.head.header.height);
});

test('writing goes on, and is confirmed by the new validators', async () => {
  const again = world.file('later.bin', 'made later');
  const made = await ztc(['notarize', again, '--json'], world.env);
  assert.equal(made.exit, 0, made.stdout);
  assert.equal(made.json.result.items[0].verified, true);
});

const lies: [string, string, Lie][] = [
  ['leaves all out', 'PROOF_EPOCH', (given) => given.splice(0)],
  ['leaves the last out', 'PROOF_EPOCH', (given) => given.splice(2)],
  ['leaves the first out', 'PROOF_EPOCH', (given) => given.splice(0, 1)],
  ['swaps two', 'PROOF_EPOCH', (given) => given.splice(0, 2, given[1], given[0])],
  [
    'gives another set',
    'PROOF_VALIDATORS',
    (given) => {
      given[0].validators = given[1].validators;
    },
  ],
  ['has too few signers', 'PROOF_QUORUM', (given) => given[0].certificate.signatures.splice(2)],
  [
    'has other signatures',
    'PROOF_SIGNATURE',
    (given) => {
      const { signatures } = given[0].certificate;
      signatures[1].signature = signatures[2].signature;
    },
  ],
  [
    'has votes on another block',
    'PROOF_FINALITY',
    (given) => {
      given[0].certificate = given[1].certificate;
      given[0].certificate.epoch = 1;
    },
  ],
  [
    'has a header of something else',
    'PROOF_HEADER',
    (given) => {
      given[0].header = 'kA';
    },
  ],
  [
    'is another structure',
    'CODEC_SCHEMA',
    (given) => {
      given[0] = { version: 1 };
    },
  ],
];
for (const [what, step, lie] of lies) {
  test(`a node whose answer about links ${what} proves nothing: 20, ${step}`, async () => {
    const { answer } = await through((url) => ask('--rpc', url), lie);
    assert.equal(answer.exit, 20, answer.stdout);
    assert.equal(answer.json.result.items[0].error.code, 'PROOF_INVALID');
    await assert.rejects(withLiar(lie, askFor), { code: 'PROOF_INVALID', step });
  });
}

test('what was proven before a lie stays known, and nothing of the lie', async () => {
  const validators = new KnownValidators(trustOf(world.genesis.genesis));
  const lastLess = (url: string) => askFor(url, validators);
  await assert.rejects(
    withLiar((given) => given.splice(2), lastLess),
    { step: 'PROOF_EPOCH' },
  );
  assert.equal(validators.newest.epoch, 3);
  await assert.rejects(
    withLiar((given) => given[0].certificate.signatures.splice(1), lastLess),
    { step: 'PROOF_QUORUM' },
  );
  assert.equal(validators.newest.epoch, 3);
  const { view } = await askFor(world.url, validators);
  assert.equal(validators.newest.epoch, 4);
  assert.deepEqual(validators.newest.validators, world.ledger.epoch.validators);
  assert.equal(view.height, world.ledger.head.header.height - 1);
});

test('states of every epoch are proven', async () => {
  const validators = new KnownValidators(trustOf(world.genesis.genesis));
  const client = createClient({ transport: httpTransport({ urls: [world.url] }) });
  const { height: head } = world.ledger.head.header;
  for (const height of [head - 1, ...Array.from({ length: head - 1 }, (_, i) => i)]) {
    const { result, url } = await client.ask('state_get', {
      key: stateKey.epoch,
      height,
      prove: true,
    });
    const proof = { ...context(validators), maxAgeMs: Number.MAX_SAFE_INTEGER };
    const { view } = await readProof(client, url, result.proof as never, proof);
    assert.equal(view.height, height);
  }
});

test('a node that is behind with its links proves nothing against another: 5', async () => {
  const silent = await startProxy(world.url, ({ method }) =>
    method === 'chain_links' ? 'no JSON' : undefined,
  );
  const behind = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_links') result.links.splice(0);
    return method === 'chain_links' ? undefined : 'no JSON';
  });
  try {
    const answer = await ztc(ask('--rpc', silent.url, '--rpc', behind.url), world.env);
    assert.equal(answer.exit, 5, answer.stdout);
    assert.equal(answer.json.result.items[0].error.code, 'STALE');
  } finally {
    silent.stop();
    behind.stop();
  }
});
