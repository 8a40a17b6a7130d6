import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import fc from 'fast-check';
import { concat } from '../../../src/common/bytes.ts';
import { keyPairOf } from '../../../src/common/signature.ts';
import { peerIdOf } from '../../../src/ledger/peer-id.ts';
import { FrameReader, frameOf } from '../../../src/p2p/frames.ts';
import { RateLimiter } from '../../../src/p2p/rate-limit.ts';
import { Roster } from '../../../src/p2p/roster.ts';
import { membersOf, nodeKeys } from './network.ts';

describe('a peer id', () => {
  it('is the one that libp2p makes of the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const { publicKey } = keyPairOf(seed);
        const raw = privateKeyFromRaw(concat(seed, publicKey.subarray(1)));
        assert.equal(peerIdOf(publicKey), peerIdFromPrivateKey(raw).toString());
      }),
      { numRuns: 50 },
    );
  });
});

describe('frames', () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });

  it('come out whole, whatever the pieces they came in', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 400 })), (sent, cuts) => {
        const reader = new FrameReader(300);
        const got: Uint8Array[] = [];
        let bytes = concat(...sent.map((each) => frameOf(each)));
        for (const cut of [...cuts, bytes.length]) {
          const read = reader.read(bytes.slice(0, cut));
          assert.ok(read.ok);
          got.push(...read.value);
          bytes = bytes.slice(cut);
        }
        assert.deepEqual(got, sent);
        assert.equal(reader.pending, 0);
      }),
    );
  });

  it('are refused by their length alone', () => {
    const tooLarge = new FrameReader(10).read(Uint8Array.of(0, 0, 0, 11));
    assert.equal(tooLarge.ok ? '' : tooLarge.code, 'FRAME_TOO_LARGE');
    const empty = new FrameReader(10).read(new Uint8Array(4));
    assert.equal(empty.ok ? '' : empty.code, 'FRAME_EMPTY');
  });

  it('any bytes give messages or a code, and are not kept beyond one frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
        const reader = new FrameReader(32);
        for (const piece of pieces) {
          if (!reader.read(piece).ok) return;
          assert.ok(reader.pending < 4 + 32);
        }
      }),
    );
  });
});

describe('a rate limit', () => {
  it('gives a burst at once and then so many a second, for each key', () => {
    let now = 0;
    const limiter = new RateLimiter({ burst: 3, perSecond: 2 }, () => now);
    const taken = (): number => [1, 2, 3, 4, 5].filter(() => limiter.take('a')).length;
    assert.equal(taken(), 3);
    now += 1_000;
    assert.equal(taken(), 2);
    assert.ok(limiter.take('b'));
    now += 60_000;
    assert.equal(taken(), 3);
  });
});

describe('the roster', () => {
  const self = peerIdOf(nodeKeys(0).publicKey);
  const other = peerIdOf(nodeKeys(1).publicKey);
  const members = membersOf(2).map((member) => ({ ...member, addresses: ['/ip4/10.0.0.1/tcp/1'] }));
  const targets = (peers: string[]): string[] =>
    new Roster({ self, members, allow: [], peers }).targets.flatMap(({ addresses }) =>
      addresses.map(String),
    );

  it('dials members at their genesis addresses, unless the operator gives better ones', () => {
    assert.deepEqual(targets([]), [`/ip4/10.0.0.1/tcp/1/p2p/${other}`]);
    const better = `/ip4/10.0.0.2/tcp/2/p2p/${other}`;
    assert.deepEqual(targets([better]), [better]);
    const anonymous = '/dns4/ledger.example.org/tcp/7801';
    assert.deepEqual(targets([anonymous]), [`/ip4/10.0.0.1/tcp/1/p2p/${other}`, anonymous]);
  });

  it('tells an address in error in words, but bears one in the genesis', () => {
    assert.throws(() => targets(['10.0.0.2:7801']), { code: 'P2P_ADDRESS' });
    const wrong = members.map((member) => ({ ...member, addresses: ['nonsense'] }));
    assert.deepEqual(new Roster({ self, members: wrong, allow: [], peers: [] }).targets, []);
  });

  it('knows who may come in and who votes', () => {
    const roster = new Roster({ self, members: membersOf(3, [2]), allow: ['12D3Koo'], peers: [] });
    const [, , observer] = membersOf(3).map(({ nodeKey }) => peerIdOf(nodeKey));
    assert.equal(roster.role(observer as string), 'observer');
    assert.deepEqual([roster.peerOf('m1'), roster.voice(other)], [other, 'm1']);
    assert.equal(roster.voice(observer as string), undefined);
    assert.ok(roster.admits('12D3Koo') && roster.admits(other) && !roster.admits('12D3Koz'));
  });
});
