/**
 * Every command of the table, by its own examples, against a real node: `--json` prints one
 * document and nothing else, whatever comes of it, and nothing is coloured under NO_COLOR.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Command, schemaOf } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { type Io, paint } from '../../../src/cli/output.ts';
import { statement } from '../state/fixture.ts';
import { wordsOf } from './words.ts';
import { startWorld, type World, ztc } from './world.ts';

/** Select graphic rendition (ECMA-48 section 8.3.117): colours and weights. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const COLOUR = /\u001b\[[\d;]*m/;
/** What watches or waits is interrupted then. */
const PATIENCE_MS = 1_500;

let world: World;
let place: string;

/** A terminal in an empty folder, that reaches no node but the world's. */
function terminal(): Partial<Io> {
  return {
    stdoutIsTty: true,
    stderrIsTty: true,
    signal: AbortSignal.timeout(PATIENCE_MS),
    fetch: async (input, init) => {
      const { origin } = new URL(String(input));
      if (origin !== new URL(world.url).origin) throw new TypeError('fetch failed');
      return await fetch(input, init);
    },
  };
}

function linesOf({ name, examples = [] }: Command): string[][] {
  const lines = examples.map(wordsOf).filter(([ztcWord]) => ztcWord === 'ztc');
  return [name.split(' '), ...lines.map(([, ...words]) => words)];
}

describe('every command', () => {
  before(async () => {
    world = await startWorld();
    await world.put([statement('some.zip')]);
    place = process.cwd();
    process.chdir(world.dir);
  });
  after(async () => {
    process.chdir(place);
    await world.stop();
  });

  for (const command of COMMANDS) {
    test(`ztc ${command.name}: --json, and NO_COLOR`, async () => {
      for (const words of linesOf(command)) {
        const line = `ztc ${words.join(' ')}`;
        const spoken = await ztc([...words, '--json'], world.env, terminal());
        assert.doesNotMatch(spoken.stdout, COLOUR, line);
        // A server, and what prints its own bytes, may have nothing to say.
        if (spoken.stdout !== '') {
          assert.match(spoken.stdout, /^\{.*\}\n$/, `${line}: one document on one line`);
          assert.ok(typeof spoken.json.ok === 'boolean', line);
          assert.equal(spoken.json.schema, schemaOf(command), line);
        }
        if (spoken.exit === 0) assert.ok(spoken.json?.ok === true, `${line}: ${spoken.stdout}`);
        const plain = await ztc(words, { ...world.env, NO_COLOR: '1' }, terminal());
        assert.doesNotMatch(plain.stdout + plain.stderr, COLOUR, line);
      }
    });

    test(`ztc ${command.name}: errors are documents too, and help names --json`, async () => {
      const words = command.name.split(' ');
      const { exit, json, stderr } = await ztc([...words, '--no-such-option', '--json']);
      assert.deepEqual([exit, json.ok, stderr], [2, false, '']);
      assert.equal(json.schema, schemaOf(command));
      assert.equal(json.error.code, 'USAGE');
      assert.match((await ztc([...words, '--help'])).stdout, /--json/);
    });
  }

  test('a terminal without NO_COLOR is coloured', () => {
    const io = { ...terminal(), env: {} } as Io;
    assert.match(paint(io, 'good', 'TRUSTED'), COLOUR);
    assert.equal(paint({ ...io, env: { NO_COLOR: '1' } }, 'good', 'TRUSTED'), 'TRUSTED');
    assert.match(paint({ ...io, env: { NO_COLOR: '' } }, 'good', 'TRUSTED'), COLOUR);
  });
});
