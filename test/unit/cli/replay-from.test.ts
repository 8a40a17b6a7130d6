/** `ztc audit replay --from`: what is before a block is believed, all above it is checked. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fromBase64url, toBase64url, toHex } from '../../../src/common/bytes.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { memberNamed, put, statement } from '../state/fixture.ts';
import { approved, putMember, ready } from '../state/members.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let trusting: readonly string[];
/** The whole replay's. */
let stateRoot: string;
let head: number;

async function block(...made: readonly ReceivedTransaction[]): Promise<void> {
  for (const each of made) world.pool.set(toHex(each.id), each);
  await world.seal(Date.now());
}

before(async () => {
  world = await startWorld({ genesisTime: Date.now() - 60_000 });
  world.sealing = false;
  const b = { make: world.sign };
  await block(world.make([statement('a'), put('acme/x', 'k', '1')]));
  await block(world.make([statement('b'), statement('a', STATUS.UNSUPPORTED)], 'globex'));
  await block(...approved(b, [putMember(memberNamed('eve'))]));
  await block(ready(b, 'eve'));
  await block(); // the epoch's last one: eve votes from here on
  await block(world.make([put('acme/x', 'k', '2'), put('acme/x', 'l', '1')]));
  await block(world.make([statement('a', STATUS.UNTRUSTED), statement('c')]));
  await block(world.make([put('acme/x', 'k', '3', 9)]), world.make([put('acme/y', 'k', '1')]));
  await world.close();
  trusting = ['--genesis', world.file('genesis.json', formatGenesisFile(world.genesis)), '--json'];
  const whole = await replay([world.url]);
  assert.equal(whole.exit, 0, whole.stdout);
  assert.equal(whole.json.result.checkpoint, null);
  stateRoot = whole.json.result.stateRoot;
  head = whole.json.result.to;
});
after(() => world.stop());

const replay = (urls: readonly string[], ...more: readonly string[]) => {
  const env = { ZTC_TRUST: path.join(world.dir, 'none.json') };
  const nodes = urls.flatMap((url) => ['--rpc', url]);
  return ztc(['audit', 'replay', ...nodes, ...trusting, ...more], env);
};

test('from any block it comes to the same state, and says what was not checked', async () => {
  // The first block, one with a change of members, the epoch's last and first, the newest but one.
  for (const from of [1, 3, 5, 6, head - 1]) {
    const part = await replay([world.url], '--from', `${from}`);
    assert.equal(part.exit, 0, `from ${from}: ${part.stdout}`);
    const { result } = part.json;
    assert.deepEqual([result.from, result.to, result.stateRoot], [from, head, stateRoot]);
    assert.equal(result.checkpoint.height, from);
    assert.equal(
      result.checkpoint.hash,
      `0x${toHex(world.ledger.blockHashAt(from) as Uint8Array)}`,
    );
    assert.equal(result.nodes.length, 1);
  }
  const words = trusting.filter((word) => word !== '--json');
  const text = await ztc(['audit', 'replay', '--rpc', world.url, ...words, '--from', '3'], {
    ZTC_TRUST: path.join(world.dir, 'none.json'),
  });
  assert.match(text.stdout, /not checked: what is before block 3 \(0x[0-9a-f]{64}\)/);
});

test('what is above it is checked: 21; what is shown of the state is proven: 20', async () => {
  const cases: readonly [string, number, (method: string, result: Lied) => void][] = [
    [
      'a byte of a transaction',
      21,
      (method, result) => {
        if (method !== 'chain_getRawBlocks') return;
        const raw = result.blocks?.find(({ height }) => height === 7);
        if (raw !== undefined) raw.block = altered(raw.block);
      },
    ],
    [
      'a block before it that may hold the same transactions',
      21,
      (method, result) => {
        if (method !== 'chain_getRawBlocks') return;
        const raw = result.blocks?.find(({ height }) => height === 2);
        if (raw !== undefined) raw.block = altered(raw.block);
      },
    ],
    [
      'a value of the state',
      20,
      (method, result) => {
        const entry = result.proof?.entries?.find(({ value }) => value !== null);
        if (method === 'state_getMany' && entry) entry.value = altered(entry.value as string);
      },
    ],
    [
      'the end of a list',
      20,
      (method, result) => {
        if (method === 'state_list') result.items = (result.items ?? []).map(altered);
      },
    ],
  ];
  for (const [what, exit, lie] of cases) {
    const liar = await startProxy(world.url, ({ method, result }) => {
      lie(method, result as Lied);
      return undefined;
    });
    const part = await replay([liar.url], '--from', '4');
    liar.stop();
    assert.equal(part.exit, exit, `${what}: ${part.stdout}`);
  }
});

test('it is asked for by a height or the checkpoint kept, and keeps nothing', async () => {
  assert.equal((await replay([world.url], '--from', `${head}`)).exit, 2, 'nothing above');
  for (const from of ['0', '-1', 'genesis', '1.5']) {
    assert.equal((await replay([world.url], `--from=${from}`)).exit, 2, from);
  }
  const dir = path.join(world.dir, 'kept');
  assert.equal((await replay([world.url], '--from', '3', '--dir', dir)).exit, 2);
  const env = { ZTC_TRUST: path.join(world.dir, 'light.json') };
  const genesis = path.join(world.dir, 'genesis.json');
  const fingerprint = toHex(world.ledger.chain);
  await ztc(['trust', 'add', genesis, '--fingerprint', fingerprint], env);
  await ztc(['light', '--once', '--rpc', world.url], env);
  await block(world.make([statement('d')]));
  await world.close();
  const part = await ztc(
    ['audit', 'replay', '--rpc', world.url, '--from', 'checkpoint', '--json'],
    env,
  );
  assert.equal(part.exit, 0, part.stdout);
  assert.deepEqual([part.json.result.from, part.json.result.to], [head, head + 2]);
});

interface Lied {
  readonly blocks?: { readonly height: number; block: string }[];
  items?: string[];
  readonly proof?: { readonly entries?: { value: string | null }[] };
}

/** Bytes in base64url with the last one changed. */
function altered(text: string): string {
  const bytes = fromBase64url(text) as Uint8Array;
  return toBase64url(bytes.with(-1, (bytes.at(-1) as number) ^ 1));
}
