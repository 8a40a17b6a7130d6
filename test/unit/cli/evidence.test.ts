import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { toBase64url } from '../../../src/common/bytes.ts';
import { encodeEvidence } from '../../../src/ledger/evidence.ts';
import { chainOf } from '../../../src/ledger/genesis.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import type { EvidenceReport } from '../../../src/rpc/context.ts';
import { evidenceAgainst, genesisWith, signed } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let genesis: string;
let accused: EvidenceReport[] = [];
before(async () => {
  world = await startWorld({ context: { evidence: () => accused } });
  genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
});
after(() => world.stop());

const chain = (): Uint8Array => chainOf(world.genesis.genesis);
const written = (name: string, evidence: readonly string[]): string =>
  world.file(name, JSON.stringify({ schema: 'ztc.evidence/v1', chain: '', evidence, links: [] }));

test('evidence list shows what a node knows, checked, and writes it for others', async () => {
  accused = [];
  const none = await ztc(['evidence', 'list'], world.env);
  assert.deepEqual([none.exit, none.stdout], [0, 'the node knows of no contradiction\n']);
  accused = [evidenceAgainst(chain(), 'bob', 3), evidenceAgainst(chain(), 'cyd', 4)];
  const all = await ztc(['evidence', 'list', '--genesis', genesis, '--json'], world.env);
  assert.equal(all.exit, 0, all.stdout);
  const [bob, cyd] = all.json.result.evidence;
  assert.deepEqual([bob.member, bob.view, bob.kind], ['bob', 3, 'nullify-finalize']);
  assert.deepEqual([cyd.member, cyd.verified], ['cyd', true]);
  const out = `${world.dir}/bob.evidence.json`;
  const words = ['evidence', 'list', '--member', 'bob', '-o', out];
  const listed = await ztc(words, world.env);
  assert.match(
    listed.stdout,
    /bob gave the view up and finalized a block in it in view 3 of epoch/,
  );
  assert.equal(JSON.parse(readFileSync(out, 'utf8')).evidence.length, 1);

  // A third party with nothing but the genesis.
  const env = { ZTC_TRUST: `${world.dir}/none.json` };
  const verified = await ztc(['evidence', 'verify', out, '--genesis', genesis, '--json'], env);
  assert.equal(verified.exit, 0, verified.stdout);
  assert.equal(verified.json.result.items[0].member, 'bob');
  assert.equal((await ztc(['evidence', 'verify', out], env)).exit, 2);
});

test('evidence list refuses a node that lies, and checks that of later epochs', async () => {
  const { evidence, ...about } = evidenceAgainst(chain(), 'bob', 3);
  const second = { ...evidence.second, view: 4 };
  accused = [{ ...about, evidence: { ...evidence, second } }];
  const lie = await ztc(['evidence', 'list', '--genesis', genesis, '--json'], world.env);
  assert.deepEqual([lie.exit, lie.json.error.code], [20, 'EVIDENCE_PAIR']);
  const first = { ...evidence.first, epoch: 2 };
  const later = { ...evidence, first, second: { ...evidence.second, epoch: 2 } };
  accused = [{ ...about, evidence: later }];
  const listed = await ztc(['evidence', 'list', '--genesis', genesis, '--json'], world.env);
  assert.deepEqual([listed.exit, listed.json.error.code], [20, 'EVIDENCE_SIGNATURE']);
  accused = [evidenceAgainst(chain(), 'bob', 3, 2)];
  const good = await ztc(['evidence', 'list', '--genesis', genesis, '--json'], world.env);
  const [item] = good.json.result.evidence;
  assert.deepEqual([item.epoch, item.verified], [2, true]);
});

test('evidence verify names each proof that does not hold', async () => {
  const { evidence } = evidenceAgainst(chain(), 'bob', 3);
  const good = toBase64url(encodeEvidence(evidence));
  const forged = encodeEvidence({
    ...evidence,
    second: { ...evidence.second, signature: evidence.first.signature },
  });
  const later = {
    ...evidence,
    first: { ...evidence.first, epoch: 2 },
    second: { ...evidence.second, epoch: 2 },
  };
  const verify = async (...items: string[]) => {
    const file = written('some.evidence.json', items);
    return ztc(['evidence', 'verify', file, '--genesis', genesis, '--json'], {});
  };
  const both = await verify(good, toBase64url(forged));
  assert.equal(both.exit, 20);
  const [first, second] = both.json.result.items;
  assert.deepEqual([first.exit, second.error.code], [0, 'EVIDENCE_SIGNATURE']);
  const epoch = await verify(toBase64url(encodeEvidence(later)));
  assert.deepEqual([epoch.exit, epoch.json.result.items[0].error.code], [20, 'EVIDENCE_SIGNATURE']);
  const garbage = await verify('AAAA');
  assert.deepEqual([garbage.exit, garbage.json.error.code], [2, 'EVIDENCE_FILE']);
  const other = world.file('other.json', formatGenesisFile(signed(genesisWith())));
  const file = written('good.evidence.json', [good]);
  const foreign = await ztc(['evidence', 'verify', file, '--genesis', other, '--json'], {});
  assert.deepEqual([foreign.exit, foreign.json.result.items[0].error.code], [20, 'EVIDENCE_CHAIN']);
});
