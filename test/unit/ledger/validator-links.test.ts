/** Following the validators from the genesis into later epochs, and all that is no such link. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decode, encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { makeBlock } from '../../../src/ledger/block.ts';
import { type ChainTrust, trustOf, verifyFinality } from '../../../src/ledger/finality.ts';
import {
  followLinks,
  type ValidatorLink,
  validatorLinkSchema,
} from '../../../src/ledger/validator-links.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { blockAt, linkOf, links, sets } from './epochs-world.ts';
import { certify, chain, flip, genesis, keysOf } from './world.ts';

const [first, second, third] = sets;
const trust = trustOf(genesis);
const [one, two] = links;

function codeOf(given: readonly ValidatorLink[], from: ChainTrust = trust): string {
  const followed = followLinks({ trust: from, links: given, verify });
  return followed.ok ? 'ok' : followed.code;
}

suite('validator links', () => {
  test('lead from the genesis to every later set', () => {
    const followed = followLinks({ trust, links, verify });
    assert.ok(followed.ok);
    assert.deepEqual(followed.value, [
      { chain, epoch: 2, validators: second },
      { chain, epoch: 3, validators: third },
    ]);
    assert.equal(codeOf([]), 'ok');
    assert.equal(codeOf([two], followed.value[0]), 'ok');
    const bytes = encode(validatorLinkSchema, one);
    assert.deepEqual(decode(validatorLinkSchema, bytes, bytes.length), { ok: true, value: one });
  });

  test('lead to what proves headers of later epochs, also where one ended unchanged', () => {
    const followed = followLinks({ trust, links, verify });
    assert.ok(followed.ok);
    const known = [trust, ...followed.value];
    const check = (height: number, set: number, by: ChainTrust): string => {
      const block = blockAt(height);
      const validators = sets[set] as typeof first;
      const signers = validators.length === 3 ? [0, 1, 2] : [0, 1, 3];
      const certificate = certify(VOTE.FINALIZE, block, signers, validators);
      const finality = { certificate, headers: [] };
      const final = verifyFinality({ trust: by, header: block.headerBytes, finality, verify });
      return final.ok ? 'ok' : final.code;
    };
    for (const [height, set] of [
      [3, 0],
      [5, 1],
      [7, 2],
      [8, 2],
      [9, 2],
    ] as const) {
      for (const [i, by] of known.entries()) {
        assert.equal(check(height, set, by), i === set ? 'ok' : 'PROOF_EPOCH', `${height} by ${i}`);
      }
    }
  });

  test('a later view finalizes an epoch’s last block, an earlier one nothing', () => {
    const { header, headerBytes } = blockAt(4);
    const at = (view: number): ValidatorLink => {
      const { certificate } = one;
      const signatures = [0, 1, 3].map((validator) => {
        const moved = makeBlock({ ...header, view }, []);
        // The votes are about the same block, in another view.
        const voted = { ...moved, hash: blockAt(4).hash };
        return certify(VOTE.FINALIZE, voted, [validator]).signatures[0] as never;
      });
      return { ...one, header: headerBytes, certificate: { ...certificate, view, signatures } };
    };
    assert.equal(codeOf([at(header.view)]), 'ok');
    assert.equal(codeOf([at(header.view + 7)]), 'ok');
    assert.equal(codeOf([at(header.view - 1)]), 'PROOF_FINALITY');
  });

  const stranger = { member: 'foxtrot', key: keysOf('stranger').publicKey };
  const [alfa, bravo, charlie] = second;
  const wrongSet = [alfa, bravo, charlie, stranger] as typeof second;
  const { certificate } = one;
  const [firstVote] = certificate.signatures;
  const elsewhere = makeBlock({ ...blockAt(4).header, chain: flip(chain, 0) }, []);
  const refused: [string, string, ValidatorLink[]][] = [
    ['another key in the next set', 'PROOF_VALIDATORS', [{ ...one, validators: wrongSet }]],
    ['the set before as the next', 'PROOF_VALIDATORS', [{ ...one, validators: first }]],
    ['a set with one left out', 'PROOF_VALIDATORS', [{ ...one, validators: second.slice(1) }]],
    ['no set at all', 'PROOF_VALIDATORS', [{ ...one, validators: [] }]],
    ['too few signers', 'PROOF_QUORUM', [linkOf(4, first, second, [0, 1])]],
    [
      'a signer twice',
      'PROOF_QUORUM',
      [
        {
          ...one,
          certificate: { ...certificate, signatures: [firstVote, firstVote, firstVote] as never },
        },
      ],
    ],
    ['signers of the next set', 'PROOF_SIGNATURE', [linkOf(4, second, second)]],
    [
      'votes on another block',
      'PROOF_FINALITY',
      [{ ...one, certificate: certify(VOTE.FINALIZE, blockAt(3)) }],
    ],
    ['acceptances', 'PROOF_FINALITY', [{ ...one, certificate: certify(VOTE.ACCEPT, blockAt(4)) }]],
    ['a header that is no boundary', 'PROOF_BOUNDARY', [linkOf(3, first, first)]],
    ['the header of another chain', 'PROOF_CHAIN', [{ ...one, header: elsewhere.headerBytes }]],
    [
      'votes of another chain',
      'PROOF_CHAIN',
      [{ ...one, certificate: { ...certificate, chain: flip(chain, 0) } }],
    ],
    ['garbage for a header', 'PROOF_HEADER', [{ ...one, header: Uint8Array.of(0x90) }]],
    ['the second alone', 'PROOF_EPOCH', [two]],
    ['the first twice', 'PROOF_EPOCH', [one, one]],
    ['swapped order', 'PROOF_EPOCH', [two, one]],
  ];
  for (const [what, code, given] of refused) {
    test(`${what}: ${code}`, () => assert.equal(codeOf(given), code));
  }

  test('an epoch that ends unchanged is no link', () => {
    const from = { chain, epoch: 3, validators: third };
    assert.equal(codeOf([linkOf(8, third, third, [0, 1, 2])], from), 'PROOF_BOUNDARY');
  });

  test('headers of two epochs are no chain, though the validators are the same', () => {
    const from = { chain, epoch: 3, validators: third };
    const certificate = certify(VOTE.FINALIZE, blockAt(9), [0, 1, 2], third);
    const finality = { certificate, headers: [blockAt(9).headerBytes] };
    const header = blockAt(8).headerBytes;
    const final = verifyFinality({ trust: from, header, finality, verify });
    assert.ok(!final.ok && final.code === 'PROOF_EPOCH');
  });

  test('a set counts from its epoch on, not before', () => {
    assert.equal(codeOf([one], { ...trust, epoch: 2 }), 'PROOF_EPOCH');
  });

  test('every byte of a link counts', () => {
    const bytes = encode(validatorLinkSchema, one);
    for (let at = 0; at < bytes.length; at++) {
      const read = decode(validatorLinkSchema, flip(bytes, at), bytes.length);
      if (read.ok) assert.notEqual(codeOf([read.value]), 'ok', `byte ${at}`);
    }
  });
});
