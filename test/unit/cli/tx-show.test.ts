import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { operationLine } from '../../../src/cli/operation-line.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { memberNamed } from '../state/fixture.ts';
import { approved, putMember, ready, removeMember } from '../state/members.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

test('tx show prints a statement as people read it, and its names in JSON', async () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const words = ['notarize', '--hash', digest, '--name', 'tool', '--version', '1.2', '--json'];
  const made = await ztc(words, world.env);
  assert.equal(made.exit, 0, made.stdout);
  const { transaction } = made.json.result.items[0];
  const { exit, stdout } = await ztc(['tx', 'show', transaction], world.env);
  assert.equal(exit, 0);
  assert.match(stdout, new RegExp(`^ {4}statement TRUSTED ${digest} tool 1\\.2 \\(file\\)$`, 'm'));
  const { json } = await ztc(['tx', 'show', transaction, '--json'], world.env);
  const [operation] = json.result.operations;
  const { op, status, asset, name, version } = operation;
  assert.deepEqual(
    { op, status, asset, name, version },
    { op: 'statement', status: 'TRUSTED', asset: digest, name: 'tool', version: '1.2' },
  );
});

test('tx show prints records with size and condition; a rejected one exits 7', async () => {
  const put = (...words: string[]) => ztc(['record', 'put', 'acme/x', ...words], world.env);
  const made = await put('one=1', 'umlaut=ü', '--if-absent', '--json');
  const { stdout } = await ztc(['tx', 'show', made.json.result.transaction], world.env);
  assert.match(stdout, /^ {4}record put acme\/x one, 1 byte, if absent$/m);
  assert.match(stdout, /^ {4}record put acme\/x umlaut, 2 bytes, if absent$/m);
  const rejected = await put('one=2', '--if-revision', '9', '--json');
  const shown = await ztc(['tx', 'show', rejected.json.error.transaction], world.env);
  assert.equal(shown.exit, 7);
  assert.match(shown.stdout, /^rejected \(REVISION_MISMATCH\)/);
  assert.match(shown.stdout, /record put acme\/x one, 1 byte, if at revision 9$/m);
});

test('tx show prints changes of the membership', async () => {
  const made = approved({ make: world.sign }, [putMember(memberNamed('eve')), removeMember('dan')]);
  for (const each of made) world.pool.set(toHex(each.id), each);
  const [hash, , last] = made.map(({ id }) => `0x${toHex(id)}`) as [string, string, string];
  assert.equal((await ztc(['tx', 'wait', last], world.env)).exit, 0);
  assert.equal((await ztc(['tx', 'wait', hash], world.env)).exit, 0);
  const said = ready({ make: world.sign }, 'eve');
  world.pool.set(toHex(said.id), said);
  assert.equal((await ztc(['tx', 'wait', `0x${toHex(said.id)}`], world.env)).exit, 0);
  const { stdout } = await ztc(['tx', 'show', hash], world.env);
  assert.match(stdout, /^ {4}propose member\.put eve Member eve, member\.remove dan$/m);
  const voted = await ztc(['tx', 'show', last], world.env);
  assert.match(voted.stdout, /^ {4}vote for proposal 1$/m);
  const shown = await ztc(['tx', 'show', `0x${toHex(said.id)}`], world.env);
  assert.match(shown.stdout, /^ {4}validator ready$/m);
});

test('an operation line is one printable line, whatever a node sends', () => {
  const odd = fc.option(fc.oneof(fc.jsonValue(), fc.constant({ toString: 1 })), { nil: undefined });
  const names = ['status', 'asset', 'name', 'version', 'kind', 'size', 'attributes', 'reason'];
  const members = Object.fromEntries(
    [
      ...names,
      'id',
      'role',
      'namespace',
      'key',
      'value',
      'ifRevision',
      'actions',
      'proposal',
      'approve',
    ].map((name) => [name, odd]),
  );
  const ops = [
    'statement',
    'record.put',
    'gov.propose',
    'gov.vote',
    'gov.execute',
    'something.new',
  ];
  const op = fc.constantFrom(...ops);
  fc.assert(
    fc.property(fc.record({ op, ...members }), (operation) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out
      assert.doesNotMatch(operationLine(JSON.parse(JSON.stringify(operation))), /[\u0000-\u001f]/);
    }),
  );
  assert.equal(operationLine({ op: 'new', a: 1 }), '{"op":"new","a":1}');
  assert.equal(operationLine(null), 'null');
  const reasoned = { op: 'statement', status: 'UNTRUSTED', asset: 'sha256:aa', kind: 'file' };
  assert.equal(
    operationLine({
      ...reasoned,
      name: 'a',
      version: '',
      size: 3,
      attributes: { k: 'v' },
      reason: '',
      commitment: null,
    }),
    'statement UNTRUSTED sha256:aa a (file, 3 bytes, k=v)',
  );
  assert.match(
    operationLine({ ...reasoned, name: '', version: '', size: null, reason: 'malware' }),
    /^statement UNTRUSTED sha256:aa \(file, reason: malware\)$/,
  );
});
