/** `ztc gov`: a change previewed, proposed, voted on, withdrawn, executed, and what is refused. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { formatMemberRequest, makeMemberRequest } from '../../../src/ledger/requests.ts';
import { keysOf, memberNamed } from '../state/fixture.ts';
import { propose, putMember } from '../state/members.ts';
import { startWorld, type World, ztc } from './world.ts';

const WINDOW_MS = 1;

let world: World;
before(async () => {
  world = await startWorld({ parameters: { parameterObjectionMs: WINDOW_MS } });
});
after(() => world.stop());

const at = (name: string): string => path.join(world.dir, name);

function keyOf(id: string): string {
  const key = { purpose: 'member', publisher: undefined, keys: keysOf(`member ${id}`) } as const;
  return world.file(`${id}.key`, formatKeyFile(key));
}

const gov = (...words: string[]) => ztc(['gov', ...words, '--json'], world.env);
const by = (id: string, ...words: string[]) => gov(...words, '--key', keyOf(id));

async function result(answer: ReturnType<typeof gov>) {
  const { exit, stdout, json } = await answer;
  assert.equal(exit, 0, stdout);
  return json.result;
}

async function code(answer: ReturnType<typeof gov>) {
  const { exit, json } = await answer;
  return [exit, json.error.code];
}

/** A request of eve's, signed by these keys. */
function request(...names: string[]): string {
  const made = makeMemberRequest(0, memberNamed('eve'), names.map(keysOf));
  return world.file('eve.member.json', formatMemberRequest(made));
}

test('what makes no proposal is refused at once', async () => {
  assert.deepEqual(await code(gov('preview')), [2, 'USAGE']);
  assert.deepEqual(await code(gov('preview', '--set', 'heartbeat')), [2, 'USAGE']);
  assert.deepEqual(await code(by('ada', 'propose', at('none.json'))), [2, 'INPUT_UNREADABLE']);
  const junk = world.file('junk.json', '{"schema":"ztc.proposal/v1"}');
  assert.deepEqual(await code(by('ada', 'propose', junk)), [2, 'PROPOSAL_FILE']);
  const forged = request('member eve', 'node eve');
  assert.deepEqual(await code(by('ada', 'propose', '--put', forged)), [20, 'REQUEST_SIGNATURE']);
  assert.deepEqual(await code(gov('propose', '--remove', 'dan')), [2, 'USAGE'], 'no key');
  assert.deepEqual(await code(by('eve', 'propose', '--remove', 'dan')), [4, 'KEY_UNKNOWN']);
  assert.deepEqual(await code(gov('show', '7')), [10, 'NOT_FOUND']);
  assert.deepEqual(await code(gov('show', '0')), [2, 'USAGE']);
});

test('what the ledger refuses comes with its code', async () => {
  const all = ['propose', '--remove', 'bob', 'cyd', 'dan', 'ada'];
  assert.deepEqual(await code(by('ada', ...all)), [7, 'PROPOSER_REMOVED']);
  assert.deepEqual(await code(by('ada', 'propose', '--remove', 'zoe')), [7, 'MEMBER_UNKNOWN']);
  const { proposals } = await result(gov('list'));
  assert.deepEqual(proposals, []);
});

test('a preview says what would come of it', async () => {
  const file = at('proposal.json');
  const words = ['--put', request('member eve', 'node eve', 'validator eve'), '--remove', 'dan'];
  const shown = await result(gov('preview', ...words, '--set', 'heartbeatMs=4000', '-o', file));
  assert.deepEqual(shown.validatorsAfter, ['ada', 'bob', 'cyd', 'eve']);
  assert.deepEqual(
    [shown.votesNeeded, shown.quorumAfter, shown.canStopTheChain, shown.canRefuse],
    [3, 3, 2, 2],
  );
  assert.deepEqual(shown.awaited, ['eve']);
  assert.deepEqual(shown.parameters, [{ name: 'heartbeatMs', from: 10_000, to: 4_000 }]);
  const again = await result(gov('preview', file));
  assert.deepEqual(again, { ...shown, file: null });
  const three = await ztc(['gov', 'preview', '--suspend', 'dan'], world.env);
  assert.match(three.stdout, /then {5}3 of 3 validators; 0 may fail or lie \(f\); any 1 can stop/);
});

test('members vote until it is decided', async () => {
  const words = ['--remove', 'dan', '--reason', 'merged into cyd'];
  const made = await result(by('ada', 'propose', ...words));
  assert.deepEqual([made.proposal, made.status, made.approvals], [1, 'OPEN', 1]);
  assert.deepEqual(await code(by('ada', 'vote', '1')), [7, 'ALREADY_VOTED']);
  const no = await result(by('dan', 'vote', '1', '--reject'));
  assert.deepEqual([no.member, no.rejections], ['dan', 1]);
  const list = await ztc(['gov', 'list', '--open'], world.env);
  assert.match(list.stdout, /^1 {2}OPEN {6}1\/3 {2}ada {2}member\.remove: merged into cyd$/m);
  assert.equal((await result(by('bob', 'vote', '1'))).status, 'OPEN');
  const show = await ztc(['gov', 'show', '1'], world.env);
  assert.match(show.stdout, /removes dan for good/);
  assert.match(show.stdout, /for {6}ada, bob\nagainst {2}dan/);
  const last = await result(by('cyd', 'vote', '1'));
  assert.deepEqual([last.status, last.members, last.epoch], ['EXECUTED', ['ada', 'bob', 'cyd'], 2]);
  assert.deepEqual(await code(by('dan', 'vote', '1')), [4, 'KEY_UNKNOWN']);
  assert.deepEqual(await code(by('bob', 'withdraw', '1')), [7, 'UNAUTHORISED']);
  assert.deepEqual(await code(by('ada', 'withdraw', '1')), [7, 'PROPOSAL_EXECUTED']);
});

test('parameters wait for their objection window; a proposer can withdraw', async () => {
  const made = await result(by('ada', 'propose', '--set', 'heartbeatMs=4000'));
  assert.deepEqual(await code(by('ada', 'execute', String(made.proposal))), [7, 'VOTES_MISSING']);
  const voted = await result(by('bob', 'vote', String(made.proposal)));
  assert.equal(voted.status, 'DECIDED');
  assert.equal((await result(by('cyd', 'execute', String(made.proposal)))).status, 'EXECUTED');
  const other = await result(by('cyd', 'propose', '--suspend', 'bob'));
  const gone = await result(by('cyd', 'withdraw', String(other.proposal)));
  assert.equal(gone.status, 'WITHDRAWN');
  assert.deepEqual(await code(by('ada', 'vote', String(other.proposal))), [
    7,
    'PROPOSAL_WITHDRAWN',
  ]);
});

test('nobody votes for keys that their holder did not sign for', async () => {
  const made = propose({ make: world.sign }, [putMember(memberNamed('eve'))], 'ada');
  world.pool.set(toHex(made.id), made);
  const id = `0x${toHex(made.id)}`;
  assert.equal((await ztc(['tx', 'wait', id], world.env)).exit, 0);
  const { proposals } = await result(gov('list'));
  const number = String(proposals[0].proposal);
  assert.deepEqual(await code(by('bob', 'vote', number)), [20, 'REQUEST_SIGNATURE']);
  const shown = await result(gov('show', number));
  assert.equal(shown.requestsSigned, false);
  assert.equal((await result(by('bob', 'vote', number, '--reject'))).rejections, 1);
});
