/** When a node goes on under another node key, and when it waits. */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type { KeyPair } from '../../../src/common/signature.ts';
import { NodeKey } from '../../../src/node/node-key.ts';
import { bench, keysOf } from '../state/fixture.ts';

const OLD = keysOf('node dan');
const NEXT = keysOf('next node dan');
const HEIGHT = 0;

/** Dan's node, with the heights that its peers tell. */
async function nodeOfDan(
  t: TestContext,
  { member = 'dan', home = [OLD, NEXT] }: { member?: string; home?: KeyPair[] } = {},
) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { ledger } = await bench();
  const heights = new Map<string, number>();
  const did: string[] = [];
  const lines: string[] = [];
  const name = (key: Uint8Array): string => (key === NEXT.publicKey ? 'next' : 'old');
  const nodeKey = new NodeKey({
    store: {
      read: async () => home,
      settle: async (key) => void did.push(`settle ${name(key)}`),
    },
    keys: OLD,
    member,
    ledger,
    p2p: {
      peerId: 'a peer id',
      peers: () =>
        [...heights].map(([id, height]) => ({
          ...{ peerId: id, member: id, role: 'validator', connected: true, address: undefined },
          ...{ direction: undefined, heardMs: 0, clock: undefined, problem: undefined },
          ...{ reachedUs: undefined, head: { height, hash: OLD.publicKey, oldest: 0 } },
        })),
      renew: async ({ publicKey }) => void did.push(`renew ${name(publicKey)}`),
    },
    fatal: (error) => assert.fail(error),
    log: pino({ level: 'warn' }, { write: (line) => lines.push(line) }),
  });
  t.after(() => nodeKey.stop());
  const look = async (): Promise<void> => {
    await nextTurn();
    t.mock.timers.tick(1_000);
    await nextTurn();
  };
  return { nodeKey, heights, did, lines, look };
}

suite('the node key', () => {
  test('of one that votes is replaced once a quorum has the deciding block', async (t) => {
    const { nodeKey, heights, did, look } = await nodeOfDan(t);
    heights.set('ada', HEIGHT).set('bob', HEIGHT - 1);
    nodeKey.follow(NEXT.publicKey);
    await look();
    assert.deepEqual(did, [], 'bob may need the votes of dan under the old key');
    heights.delete('ada');
    heights.set('bob', HEIGHT);
    await look();
    assert.deepEqual(did, ['renew next', 'settle next'], 'ada had it');
    assert.equal(nodeKey.keys, NEXT);
    nodeKey.follow(NEXT.publicKey);
    await look();
    assert.equal(did.length, 2);
  });

  test('of one without a vote is replaced at once', async (t) => {
    const { nodeKey, did, look } = await nodeOfDan(t, { member: 'eve' });
    nodeKey.follow(NEXT.publicKey);
    await look();
    assert.deepEqual(did, ['renew next', 'settle next']);
  });

  test('that is not in the home is asked for', async (t) => {
    const { nodeKey, did, lines, look } = await nodeOfDan(t, { home: [OLD] });
    nodeKey.follow(NEXT.publicKey);
    nodeKey.follow(NEXT.publicKey);
    await look();
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).code),
      ['NODE_KEY'],
    );
    assert.deepEqual([did, nodeKey.keys], [[], OLD]);
  });

  test('stays where the ledger lists the old one again before it is replaced', async (t) => {
    const { nodeKey, heights, did, look } = await nodeOfDan(t);
    nodeKey.follow(NEXT.publicKey);
    await look();
    nodeKey.follow(OLD.publicKey);
    heights.set('ada', HEIGHT).set('bob', HEIGHT);
    await look();
    assert.deepEqual([did, nodeKey.keys], [['settle old'], OLD]);
  });
});
