/** `gov_*`: what a node answers about proposals, and its proof. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { toHex } from '../../../src/common/bytes.ts';
import { fromJson } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { proposalFromProof } from '../../../src/ledger/governance-answer.ts';
import { provenStateSchema, verifyProvenState } from '../../../src/ledger/proven-state.ts';
import { METHODS, type Methods } from '../../../src/rpc/schema/index.ts';
import { memberNamed, OBSERVER } from '../state/fixture.ts';
import { approved, putMember } from '../state/members.ts';
import { type Rig, startRig } from './rig.ts';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
let rig: Rig;

/** Calls, and checks the answer against the table. */
async function call<M extends keyof Methods>(
  method: M,
  params: Methods[M]['params'],
): Promise<Methods[M]['result']> {
  const result = await rig.call(method, params);
  assert.ok(ajv.validate(METHODS[method].result, result), `${method}: ${ajv.errorsText()}`);
  return result;
}

/** What a proof shows under the genesis. */
function viewOf(proof: unknown) {
  const proven = fromJson(provenStateSchema, proof as never);
  assert.ok(proven.ok);
  const trust = trustOf(rig.genesis.genesis);
  const view = verifyProvenState({ trust, proven: proven.value, verify });
  assert.ok(view.ok);
  return view.value;
}

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;

describe('proposals over RPC', () => {
  before(async () => {
    rig = await startRig();
    await rig.seal();
  });
  after(() => rig.stop());

  test('gov_get, gov_list, gov_votes', async () => {
    assert.equal((await call('gov_get', { proposal: 1 })).proposal, null);
    const b = { make: rig.sign };
    const [made, yes, last] = approved(b, [putMember(memberNamed('eve', OBSERVER))]);
    assert.ok(made && yes && last);
    for (const each of [made, yes]) rig.pool.set(toHex(each.id), each);
    await rig.seal();
    const { proposal: open } = await call('gov_get', { proposal: 1 });
    assert.deepEqual([open?.status, open?.approvals, open?.votesNeeded], ['OPEN', 2, 3]);
    assert.equal(open?.transaction, hex(made.id));
    rig.pool.set(toHex(last.id), last);
    const voted = await rig.seal();
    await rig.seal();
    const listed = await call('gov_list', {});
    assert.deepEqual(
      [listed.items[0]?.status, listed.items[0]?.closed?.how],
      Array(2).fill('EXECUTED'),
    );
    assert.equal(listed.items[0]?.closed?.height, voted.header.height);
    const { items } = await call('gov_votes', { proposal: 1 });
    assert.deepEqual(
      items.map(({ member, approve }) => [member, approve]),
      ['ada', 'bob', 'cyd'].map((id) => [id, true]),
    );
    assert.deepEqual((await call('gov_votes', { proposal: 2 })).items, []);
    const answer = await call('gov_get', { proposal: 1, prove: true });
    const view = viewOf(answer.proof);
    const read = proposalFromProof(view, 1);
    assert.ok(read.ok && read.value?.standing.status === 'EXECUTED');
    const none = proposalFromProof(view, 2);
    assert.ok(!none.ok && none.code === 'PROOF_INCOMPLETE');
  });
});
