/**
 * `docs/format.md` is enough: a verifier in another language, written from that page with nothing
 * but its standard library, comes to what every test vector says. Where there is no Python it is
 * left out, with a reason.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

const VECTORS = path.resolve(import.meta.dirname, '../../vectors');
const SCRIPT = path.join(VECTORS, 'python/verify.py');

/** Python has what the script needs from this version on. */
const LEAST = '3.10';

function missingPython(): string | false {
  const asked = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  if (asked.error !== undefined || asked.status !== 0) return 'there is no python3 here';
  const [major = 0, minor = 0] = asked.stdout.toString().split('.').map(Number);
  return major === 3 && minor >= 10 ? false : `python3 is older than ${LEAST}`;
}

const run = (folder: string) =>
  spawnSync('python3', ['-B', SCRIPT, folder], { encoding: 'utf8', timeout: 120_000 });

describe('a verifier in Python', { skip: missingPython() }, () => {
  test('comes to the same about every vector', () => {
    const { stdout, stderr, status } = run(VECTORS);
    assert.equal(status, 0, `${stdout}${stderr}`);
    const [, checked] = /^(\d+) checked, 0 wrong$/m.exec(stdout) ?? [];
    assert.ok(Number(checked) > 500, stdout);
  });

  test('and says so where one is wrong', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ztc-vectors-'));
    try {
      cpSync(VECTORS, folder, { recursive: true });
      const file = path.join(folder, 'receipts.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('"PROOF_QUORUM"', '"PROOF_SIGNATURE"'));
      const { stdout, status } = run(folder);
      assert.equal(status, 1);
      assert.match(stdout, /receipts\.json: .*PROOF_QUORUM where PROOF_SIGNATURE was expected/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('imports nothing that does not come with Python', () => {
    const words = ['-c', 'import sys; print(*sys.stdlib_module_names)'];
    const known = new Set(execFileSync('python3', words, { encoding: 'utf8' }).trim().split(' '));
    const own = ['answers', 'checks', 'codec', 'ed25519', 'structures', 'trees'];
    for (const name of [...own, 'verify']) {
      const text = readFileSync(path.join(VECTORS, `python/${name}.py`), 'utf8');
      for (const [, module = ''] of text.matchAll(/^(?:import|from) (\w+)/gm)) {
        assert.ok(known.has(module) || own.includes(module), `${name}.py: ${module}`);
      }
    }
  });
});
