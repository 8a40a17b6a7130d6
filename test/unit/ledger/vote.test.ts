import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import {
  faultsTolerated,
  leaderOf,
  quorumOf,
  validatorsHash,
} from '../../../src/ledger/validators.ts';
import {
  type Certificate,
  certificateSchema,
  decodeCertificate,
  decodeVote,
  signVote,
  VOTE,
  verifyCertificate,
  verifyVote,
  voteHash,
  voteSchema,
} from '../../../src/ledger/vote.ts';
import { blocks, certify, chain, flip, keysOf, validators } from './world.ts';

const block = blocks[1] as Block;
const subject = {
  version: 1,
  kind: VOTE.ACCEPT,
  chain,
  epoch: 1,
  view: 1,
  block: block.hash,
} as const;
const vote = signVote(subject, 2, keysOf('charlie validator'));
const certificate = certify(VOTE.FINALIZE, block);

function codeOf(changed: Certificate): string {
  const checked = verifyCertificate(changed, validators, verify);
  return checked.ok ? 'ok' : checked.code;
}

describe('the arithmetic of validators', () => {
  const rows = [
    [1, 0, 1],
    [2, 0, 2],
    [3, 0, 3],
    [4, 1, 3],
    [5, 1, 4],
    [6, 1, 5],
    [7, 2, 5],
    [10, 3, 7],
  ] as const;
  for (const [count, faults, quorum] of rows) {
    test(`of ${count}, ${faults} may be faulty and ${quorum} are a quorum`, () => {
      assert.equal(faultsTolerated(count), faults);
      assert.equal(quorumOf(count), quorum);
      assert.ok(2 * quorum - count > faults, 'two quorums share an honest one');
    });
  }

  test('the leader rotates every view, from the first validator on', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((view) => leaderOf(view, 4)),
      [0, 1, 2, 3, 0],
    );
  });

  test('the hash of a set covers chain, members and keys', () => {
    const hashes = [
      validatorsHash(chain, validators),
      validatorsHash(flip(chain, 0), validators),
      validatorsHash(chain, validators.slice(1)),
      validatorsHash(
        chain,
        validators.map((each, i) => (i === 0 ? { ...each, member: 'aaaa' } : each)),
      ),
    ];
    assert.equal(new Set(hashes.map(String)).size, hashes.length);
  });
});

describe('a vote', () => {
  test('is good under its signer only', () => {
    assert.ok(verifyVote(vote, validators, verify));
    assert.ok(!verifyVote({ ...vote, validator: 1 }, validators, verify));
    assert.ok(!verifyVote({ ...vote, validator: 4 }, validators, verify));
  });

  test('covers kind, chain, epoch, view and block', () => {
    const changes = [
      { kind: VOTE.FINALIZE },
      { chain: flip(chain, 0) },
      { epoch: 2 },
      { view: 2 },
      { block: flip(block.hash, 0) },
      { kind: VOTE.NULLIFY, block: null },
    ];
    const hashes = [subject, ...changes.map((change) => ({ ...subject, ...change }))].map(voteHash);
    assert.equal(new Set(hashes.map(String)).size, hashes.length);
    for (const change of changes) {
      assert.ok(!verifyVote({ ...vote, ...change }, validators, verify));
    }
  });

  test('names a block exactly unless it nullifies', () => {
    assert.throws(() => voteHash({ ...subject, block: null }));
    assert.throws(() => voteHash({ ...subject, kind: VOTE.NULLIFY }));
    const bytes = encode(voteSchema, vote);
    assert.deepEqual(decodeVote(bytes), { ok: true, value: vote });
    const read = decodeVote(bytes.with(2, VOTE.NULLIFY));
    assert.equal(!read.ok && read.code, 'CODEC_SCHEMA');
  });

  test('is the same bytes each time it is signed', () => {
    assert.deepEqual(signVote(subject, 2, keysOf('charlie validator')), vote);
  });
});

describe('a certificate', () => {
  test('comes back from its bytes', () => {
    const bytes = encode(certificateSchema, certificate);
    assert.deepEqual(decodeCertificate(bytes), { ok: true, value: certificate });
  });

  test('holds a quorum of good signatures', () => {
    assert.equal(codeOf(certificate), 'ok');
    assert.equal(codeOf(certify(VOTE.FINALIZE, block, [0, 1, 2, 3])), 'ok');
    assert.equal(codeOf(certify(VOTE.NULLIFY, block, [1, 2, 3])), 'ok');
  });

  test('fewer, repeated, unordered or unknown signers are refused', () => {
    assert.equal(codeOf(certify(VOTE.FINALIZE, block, [0, 1])), 'CERTIFICATE_QUORUM');
    assert.equal(codeOf(certify(VOTE.FINALIZE, block, [0, 1, 1])), 'CERTIFICATE_SIGNER');
    assert.equal(codeOf(certify(VOTE.FINALIZE, block, [3, 1, 0])), 'CERTIFICATE_SIGNER');
    const { signatures } = certificate;
    const unknown = signatures.map((each, i) => (i === 2 ? { ...each, validator: 4 } : each));
    assert.equal(codeOf({ ...certificate, signatures: unknown }), 'CERTIFICATE_SIGNER');
    assert.equal(verifyCertificate(certificate, [], verify).ok, false);
  });

  test('one bad signature spoils it, even above a quorum', () => {
    const all = certify(VOTE.FINALIZE, block, [0, 1, 2, 3]);
    const spoilt = all.signatures.map((each, i) =>
      i === 3 ? { ...each, signature: flip(each.signature, 10) } : each,
    );
    assert.equal(codeOf({ ...all, signatures: spoilt }), 'CERTIFICATE_SIGNATURE');
  });

  test('votes for one subject do not count for another', () => {
    for (const change of [{ view: 9 }, { epoch: 2 }, { kind: VOTE.ACCEPT }]) {
      assert.equal(codeOf({ ...certificate, ...change }), 'CERTIFICATE_SIGNATURE');
    }
  });
});
