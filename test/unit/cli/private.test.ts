/** Private statements from the command line: hidden on the ledger, opened by a receipt. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let genesis: string;
/** No network: nothing listens there, and nobody is trusted. */
let offline: { readonly [name: string]: string };

before(async () => {
  world = await startWorld();
  genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  offline = { ZTC_TRUST: path.join(world.dir, 'elsewhere', 'none.json') };
});
after(() => world.stop());

const json = async (...words: readonly string[]) => {
  const answer = await ztc([...words, '--json'], world.env);
  return { ...answer, item: answer.json.result?.items?.[0] };
};
const words = ['--name', 'falcon', '--version', '0.1', '--attr', 'project=falcon'];
const byReceipt = (file: string, receipt: string) =>
  [
    'authenticate',
    file,
    '--receipt',
    receipt,
    '--genesis',
    genesis,
    '--publisher',
    'acme',
  ] as const;

test('the ledger holds a commitment, and only the receipt opens it', async () => {
  const file = world.file('prototype.bin', 'a prototype');
  const made = await json('notarize', file, '--private', ...words);
  assert.equal(made.exit, 0, made.stdout);
  const { commitment, asset, height } = made.item;
  assert.match(commitment, /^0x[0-9a-f]{64}$/);
  assert.equal(made.item.receipt, `${file}.ztc.json`);
  for (let at = 0; at <= height; at++) {
    const block = Buffer.from(world.ledger.block(at)?.transactions.flatMap((t) => [...t]) ?? []);
    assert.ok(!block.includes('falcon') && !block.includes('prototype.bin'), 'not in the blocks');
  }
  const online = await json('authenticate', file, '--publisher', 'acme');
  const { statement } = online.item;
  assert.deepEqual(
    [online.exit, statement.name, statement.size, statement.opened, statement.first],
    [0, '', null, false, false],
  );
  assert.equal(statement.commitment, commitment);
  const shown = await ztc(['authenticate', file, '--publisher', 'acme'], world.env);
  assert.match(shown.stdout, /name and attributes are private/);
  const rpc = await ztc(['history', file], world.env);
  assert.match(rpc.stdout, /\(private\)/);

  const opened = await ztc([...byReceipt(file, `${file}.ztc.json`), '--json'], offline);
  const [answer] = opened.json.result.items;
  const { name, version, size, attributes } = answer.statement;
  assert.deepEqual([opened.exit, answer.asset, answer.statement.opened], [0, asset, true]);
  assert.deepEqual([name, version, size], ['falcon', '0.1', 11]);
  assert.deepEqual(attributes, { project: 'falcon' });
  const told = await ztc(byReceipt(file, `${file}.ztc.json`), offline);
  assert.match(told.stdout, /recorded privately as falcon 0\.1/);
});

test('a receipt whose words or salt were changed is none', async () => {
  const file = world.file('changed.bin', 'to be changed');
  await json('notarize', file, '--private', ...words);
  const document = JSON.parse(readFileSync(`${file}.ztc.json`, 'utf8'));
  const [placed] = document.openings;
  const check = async (opening: object) => {
    const openings = [{ ...placed, opening: { ...placed.opening, ...opening } }];
    const changed = world.file('changed.json', JSON.stringify({ ...document, openings }));
    const out = await ztc([...byReceipt(file, changed), '--json'], offline);
    const error = out.json.error ?? out.json.result.items[0].error;
    return [out.exit, error?.code, error?.step];
  };
  const bad = [20, 'PROOF_INVALID', 'RECEIPT_OPENING'];
  assert.deepEqual(await check({ salt: `0x${'00'.repeat(32)}` }), bad);
  assert.deepEqual(await check({ name: 'eagle' }), bad);
  assert.deepEqual(await check({ name: 'falcon0', version: '.1' }), bad);
  assert.deepEqual(await check({ size: 12 }), bad);
  assert.deepEqual(await check({ attributes: [] }), bad);
  assert.deepEqual(await check({ salt: '0xabcd' }), [2, 'RECEIPT_FILE', undefined], 'too short');
  const closed = world.file('closed.json', JSON.stringify({ ...document, openings: [] }));
  const out = await ztc(byReceipt(file, closed), offline);
  assert.equal(out.exit, 0, out.stderr);
  assert.match(out.stdout, /name and attributes are private/);
});

test('said again it is left alone; withdrawn it stays private', async () => {
  const file = world.file('again.bin', 'said again');
  const force = ['--force'] as const;
  const first = await json('notarize', file, '--private', ...words);
  const again = await json('notarize', file, '--private', ...words, ...force);
  assert.deepEqual([again.item.already, again.item.commitment], [true, first.item.commitment]);
  const other = await json('notarize', file, '--private', ...words, '--attr', 'x=y', ...force);
  assert.equal(other.item.already, false);
  assert.notEqual(other.item.commitment, first.item.commitment);
  const bad = await json('untrust', file, '--reason', 'leaked', '--save-receipt', ...force);
  assert.deepEqual([bad.item.name, bad.item.commitment], ['', other.item.commitment]);
  const readOpened = async (): Promise<unknown> => {
    const told = await ztc([...byReceipt(file, `${file}.ztc.json`), '--json'], offline);
    const [{ statements, status }] = told.json.result.items;
    assert.equal(status, 'UNTRUSTED');
    return statements.map((each: { name: string; opened: boolean }) => [each.name, each.opened]);
  };
  const one = ['falcon', true];
  assert.deepEqual(await readOpened(), [one], 'the word of one publisher');
  await ztc(['authenticate', file, '--save-receipt', '--force'], world.env);
  assert.deepEqual(await readOpened(), [one, one, one], 'everything that was said');
  const open = await json('notarize', file, ...words);
  assert.deepEqual([open.item.already, open.item.name], [false, 'falcon']);
  const hidden = await json('notarize', file, '--private', ...words, ...force);
  assert.equal(hidden.item.already, false, 'what was said in public is not said in private');
});

test('openings are for their owner, and lost where they are lost', async () => {
  const file = world.file('lost.bin', 'to be lost');
  const made = await json('notarize', file, '--private');
  const folder = path.join(path.dirname(world.env.ZTC_TRUST as string), 'openings');
  const kept = path.join(folder, `${made.item.commitment.slice(2)}.json`);
  if (process.platform !== 'win32') {
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  }
  rmSync(kept);
  const receipt = ['--save-receipt', '--force'] as const;
  await json('authenticate', file, '--publisher', 'acme', ...receipt);
  const document = JSON.parse(readFileSync(`${file}.ztc.json`, 'utf8'));
  assert.deepEqual(document.openings, []);
  const digest = ['--hash', 'ab'.repeat(32)] as const;
  const nowhere = await ztc(['notarize', ...digest, '--private'], world.env);
  assert.equal(nowhere.exit, 2, 'a receipt is written, so it needs a place');
});

test('that it is public and for good is said once for a key, and to people only', async () => {
  const file = world.file('told.bin', 'told');
  const env = { ...world.env, ZTC_TRUST: path.join(world.dir, 'fresh', 'trust.json') };
  const tty = { stdoutIsTty: true, stderrIsTty: true };
  const piped = await ztc(['notarize', file], env);
  assert.doesNotMatch(piped.stderr, /permanent/);
  assert.ok(!existsSync(path.join(world.dir, 'fresh', 'told')), 'nor remembered');
  const half = await ztc(['notarize', file, '--again'], env, { stderrIsTty: true });
  assert.doesNotMatch(half.stderr, /permanent/);
  const first = await ztc(['notarize', file, '--again'], env, tty);
  assert.match(first.stderr, /public and permanent/);
  const second = await ztc(['notarize', file, '--again'], env, tty);
  assert.doesNotMatch(second.stderr, /permanent/);
  assert.equal(readdirSync(path.join(world.dir, 'fresh', 'told')).length, 1);
});
