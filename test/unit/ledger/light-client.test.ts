/** The light client: steps through epochs, and two histories that can't both be true. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode, encode, fromJson, toJson } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import type { FinalHeaderProof } from '../../../src/ledger/finality.ts';
import {
  advance,
  CHECKPOINT_BYTES_MAX,
  type Checkpoint,
  checkFork,
  checkpointHeader,
  checkpointSchema,
  forkSchema,
  genesisCheckpoint,
} from '../../../src/ledger/light-client.ts';
import { inclusionProof, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import type { ValidatorLink } from '../../../src/ledger/validator-links.ts';
import type { ValidatorSet } from '../../../src/ledger/validators.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { epochBlocks, links, sets } from './epochs-world.ts';
import { blocks, certify, extend, flip, genesis } from './world.ts';

const start = genesisCheckpoint(genesis);
const [first, second, third] = sets;

/** What a node on `all` shows of `height` under block `newest`, finalized by `set`. */
function shown(
  all: readonly Block[],
  height: number,
  newest: number,
  set: ValidatorSet,
): FinalHeaderProof {
  const [older, newer] = [all[height], all[newest]] as [Block, Block];
  const signers = set.length === 3 ? [0, 1, 2] : [0, 1, 3];
  const finality = { certificate: certify(VOTE.FINALIZE, newer, signers, set), headers: [] };
  if (height === newest) return { header: older.headerBytes, history: null, finality };
  const subtrees = subtreesOf(all.slice(0, newest).map(({ hash }) => hash));
  const path = inclusionProof(subtrees, newest, height);
  return { header: older.headerBytes, history: { header: newer.headerBytes, path }, finality };
}

function stepped(
  checkpoint: Checkpoint,
  proof: FinalHeaderProof,
  given: readonly ValidatorLink[] = [],
): Checkpoint {
  const step = advance({ checkpoint, links: given, proof, verify });
  assert.ok(step.ok, step.ok ? '' : `${step.code}: ${step.message}`);
  return step.value.checkpoint;
}

function codeOf(
  checkpoint: Checkpoint,
  proof: FinalHeaderProof,
  given: readonly ValidatorLink[] = [],
): string {
  const step = advance({ checkpoint, links: given, proof, verify });
  return step.ok ? 'ok' : step.code;
}

describe('the light client', () => {
  test('goes from the genesis to any later epoch by finalizations alone', () => {
    const two = stepped(start, shown(epochBlocks, 0, 2, first));
    assert.equal(checkpointHeader(two)?.height, 2);
    const nine = stepped(two, shown(epochBlocks, 2, 9, third), links);
    assert.deepEqual([nine.epoch, nine.validators], [3, third]);
    assert.equal(checkpointHeader(nine)?.height, 9);
    assert.deepEqual(stepped(nine, shown(epochBlocks, 9, 9, third)), nine);
    const bytes = encode(checkpointSchema, nine);
    assert.deepEqual(decode(checkpointSchema, bytes, CHECKPOINT_BYTES_MAX), {
      ok: true,
      value: nine,
    });
    assert.ok(bytes.length < 1024, `${bytes.length} bytes`);
  });

  test('links may lead beyond the block shown, and must lead there', () => {
    const proof = shown(epochBlocks, 0, 5, second);
    assert.equal(stepped(start, proof, links).epoch, 2);
    assert.equal(codeOf(start, proof), 'PROOF_EPOCH');
    assert.equal(codeOf(start, proof, [links[1]]), 'PROOF_EPOCH');
  });

  test('retired validators count no more', () => {
    const nine = stepped(start, shown(epochBlocks, 0, 9, third), links);
    assert.equal(codeOf(nine, shown(epochBlocks, 9, 9, first)), 'PROOF_QUORUM');
    assert.equal(codeOf(nine, shown(epochBlocks, 2, 3, first)), 'PROOF_EPOCH');
  });

  test('only the asked block, truly in the history, moves it', () => {
    const two = stepped(start, shown(blocks, 0, 2, first));
    const proof = shown(blocks, 2, 3, first);
    assert.equal(codeOf(two, shown(blocks, 1, 3, first)), 'LIGHT_HEIGHT');
    assert.equal(
      codeOf(two, { ...proof, header: (blocks[1] as Block).headerBytes }),
      'PROOF_HISTORY',
    );
    const few = certify(VOTE.FINALIZE, blocks[3] as Block, [0, 3]);
    assert.equal(
      codeOf(two, { ...proof, finality: { certificate: few, headers: [] } }),
      'PROOF_QUORUM',
    );
    assert.equal(codeOf({ ...two, header: flip(two.header, 0) }, proof), 'LIGHT_HEIGHT');
  });

  test('another final block of the same height is a fork, with evidence that holds', () => {
    const other = [...blocks.slice(0, 2)];
    extend(other, { time: (blocks[2] as Block).header.time + 1 });
    extend(other, {});
    const two = stepped(start, shown(blocks, 0, 2, first));
    const step = advance({ checkpoint: two, links: [], proof: shown(other, 2, 3, first), verify });
    assert.ok(!step.ok && step.code === 'FORK');
    const { fork } = step;
    assert.deepEqual(checkFork(fork, verify), { ok: true, value: 2 });
    const read = fromJson(forkSchema, JSON.parse(JSON.stringify(toJson(forkSchema, fork))));
    assert.ok(read.ok);
    assert.ok(checkFork(read.value, verify).ok);
    const [ours, theirs] = fork.sides as [(typeof fork.sides)[0], (typeof fork.sides)[0]];
    for (const sides of [[ours, ours], [ours], [theirs], []]) {
      assert.ok(!checkFork({ ...fork, sides }, verify).ok);
    }
    assert.ok(!checkFork({ ...fork, validators: third }, verify).ok);
  });
});
