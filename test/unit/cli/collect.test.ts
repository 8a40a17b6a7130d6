/** Keys that are elsewhere: what is written, signed without a node, and sent from anywhere. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import { keysOf } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const at = (name: string): string => path.join(world.dir, name);
const online = (...words: string[]) => ztc([...words, '--json'], world.env);
/** Where the keys are there is no node. */
const offline = (...words: string[]) => ztc([...words, '--json'], {});

function memberKey(id: string): string {
  const key = { purpose: 'member', publisher: undefined, keys: keysOf(`member ${id}`) } as const;
  return world.file(`${id}.key`, formatKeyFile(key));
}

function publisherKey(name: string): string {
  const key = { purpose: 'publisher', publisher: 'acme', keys: keysOf(name) } as const;
  return world.file(`${name.replaceAll(' ', '-')}.key`, formatKeyFile(key));
}

async function good(answer: ReturnType<typeof ztc>) {
  const { exit, stdout, json } = await answer;
  assert.equal(exit, 0, stdout);
  return json.result;
}

async function code(answer: ReturnType<typeof ztc>) {
  const { exit, json } = await answer;
  return [exit, json.error.code];
}

test('a proposal and a vote are signed where no node is', async () => {
  const proposal = at('proposal.tx.json');
  const words = ['--set', 'heartbeatMs=4000', '--collect', proposal, '--as', 'ada'];
  const written = await good(online('gov', 'propose', ...words));
  assert.deepEqual([written.sender, written.signatures], ['member:ada', []]);
  assert.deepEqual((await good(online('gov', 'list'))).proposals, [], 'nothing is sent');
  assert.deepEqual(await code(online('tx', 'send', proposal)), [2, 'USAGE'], 'nobody signed');
  const { stderr } = await offline('tx', 'sign', proposal, '--key', memberKey('ada'));
  assert.match(stderr, /member:ada says:\n {2}propose, reason: ""\n {2}sets heartbeatMs to 4000/);
  await good(online('tx', 'send', proposal));
  const vote = at('vote.tx.json');
  await good(online('gov', 'vote', '1', '--collect', vote, '--as', 'bob'));
  const signed = await offline('tx', 'sign', vote, '--key', memberKey('bob'), '-o', at('b.json'));
  assert.match(
    signed.stderr,
    /vote for proposal 1\nthe proposal, by member:ada:\n.*\n {2}sets hea/,
  );
  await good(online('tx', 'send', at('b.json')));
  assert.equal((await good(online('gov', 'show', '1'))).approvals, 2);
});

test('who signs offline is not shown another proposal than the one voted on', async () => {
  await good(online('gov', 'propose', '--remove', 'dan', '--key', memberKey('ada')));
  const [one, two] = [at('one.json'), at('two.json')];
  await good(online('gov', 'vote', '1', '--collect', one, '--as', 'cyd'));
  await good(online('gov', 'vote', '2', '--collect', two, '--as', 'cyd'));
  const [first, second] = [one, two].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(two, JSON.stringify({ ...second, proposed: first.proposed }));
  const refused = offline('tx', 'sign', two, '--key', memberKey('cyd'));
  assert.deepEqual(await code(refused), [2, 'TRANSACTION_FILE']);
  writeFileSync(two, JSON.stringify({ ...second, proposed: null }));
  assert.deepEqual(await code(offline('tx', 'sign', two, '--key', memberKey('cyd'))), [
    2,
    'TRANSACTION_FILE',
  ]);
});

test('approvals of a release are collected side by side', async () => {
  const own = ['--key', publisherKey('acme')];
  await good(online('publisher', 'key', 'add', publisherKey('acme two'), ...own));
  await good(online('publisher', 'set', '--approvals', '2', ...own));
  const release = world.file('release.bin', 'release of two');
  assert.deepEqual((await online('notarize', release, ...own)).exit, 7, 'one is too few');
  const file = at('release.tx.json');
  const written = await good(online('notarize', release, ...own, '--collect', file));
  assert.equal(written.signatures.length, 1);
  const other = at('release.two.json');
  await good(offline('tx', 'sign', file, '--key', publisherKey('acme two'), '-o', other));
  const sent = await good(online('tx', 'send', file, other));
  assert.equal(sent.status, 'final');
  const { exit } = await online('authenticate', release, '--publisher', 'acme');
  assert.equal(exit, 0);
});

test('approvals come in any order, and each key counts once', async () => {
  const names = ['acme', 'acme two'] as const;
  for (const [i, first] of names.entries()) {
    const [one, two] = [publisherKey(first), publisherKey(names[1 - i] as string)];
    const release = world.file(`release-${i}.bin`, `release ${i} of two`);
    const file = at(`release-${i}.tx.json`);
    await good(online('notarize', release, '--key', one, '--collect', file));
    const { stderr } = await offline('tx', 'sign', file, '--key', one);
    assert.match(stderr, /acme says:\n {2}statement TRUSTED sha256:\w{64} release-\d.bin \(file/);
    assert.deepEqual((await good(offline('tx', 'sign', file, '--key', two))).signatures.length, 2);
    assert.equal((await good(online('tx', 'send', file))).status, 'final');
    const again = ['notarize', release, '--again', '--key', one, '--cosign', one];
    const { json } = await online(...again);
    assert.equal(json.result.items[0].error.code, 'USAGE');
    const file2 = at(`twice-${i}.tx.json`);
    assert.deepEqual(await code(online(...again, '--collect', file2)), [2, 'USAGE']);
    assert.deepEqual(
      await code(online('publisher', 'set', '--approvals', '2', '--key', one, one)),
      [2, 'USAGE'],
    );
  }
});

test('what is no such file, was changed, or lacks who speaks is refused', async () => {
  const none = world.file('none.json', '{"schema":"ztc.transaction/v1"}');
  assert.deepEqual(await code(offline('tx', 'sign', none)), [2, 'TRANSACTION_FILE']);
  const vote = at('changed.json');
  await good(online('gov', 'vote', '2', '--collect', vote, '--as', 'bob'));
  await good(offline('tx', 'sign', vote, '--key', memberKey('bob')));
  const { transaction, ...rest } = JSON.parse(readFileSync(vote, 'utf8'));
  writeFileSync(vote, JSON.stringify({ ...rest, transaction: { ...transaction, validUntil: 9 } }));
  assert.deepEqual(await code(online('tx', 'send', vote)), [20, 'TRANSACTION_SIGNATURE']);
  assert.deepEqual(await code(online('gov', 'vote', '2', '--as', 'bob')), [2, 'USAGE']);
  const stranger = online('gov', 'vote', '2', '--as', 'eve', '--collect', at('eve.json'));
  assert.deepEqual(await code(stranger), [2, 'MEMBER_UNKNOWN']);
});
