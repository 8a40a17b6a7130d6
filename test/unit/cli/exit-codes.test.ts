import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CliError, describeError, exitOfCode } from '../../../src/cli/errors.ts';
import {
  combineExits,
  EXIT,
  EXIT_MEANINGS,
  EXIT_PRECEDENCE,
  type ExitCode,
  exitOfVerdict,
} from '../../../src/cli/exit-codes.ts';
import { errorDocument, resultDocument } from '../../../src/cli/output.ts';
import { RpcError, TransportError } from '../../../src/client/errors.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import type { Verdict } from '../../../src/ledger/verdict.ts';

const exitCode = fc.constantFrom(...(Object.values(EXIT) as ExitCode[]));

test('every exit code has its place in the precedence and a meaning', () => {
  const all = Object.values(EXIT).sort((a, b) => a - b);
  assert.deepEqual(
    [...EXIT_PRECEDENCE].sort((a, b) => a - b),
    all,
  );
  assert.deepEqual(
    [...EXIT_MEANINGS.keys()].sort((a, b) => a - b),
    all,
  );
  assert.deepEqual(EXIT_PRECEDENCE, [130, 1, 2, 4, 20, 21, 11, 12, 13, 10, 7, 5, 6, 0]);
});

test('the combination is one of the codes, none goes before it, and order plays no part', () => {
  fc.assert(
    fc.property(fc.array(exitCode, { minLength: 1 }), (exits) => {
      const combined = combineExits(exits);
      assert.ok(exits.includes(combined));
      const rank = (exit: ExitCode) => EXIT_PRECEDENCE.indexOf(exit);
      assert.ok(exits.every((exit) => rank(exit) >= rank(combined)));
      assert.equal(combineExits([...exits].reverse()), combined);
      assert.equal(combineExits([combined, ...exits]), combined);
    }),
  );
  assert.equal(combineExits([]), EXIT.OK);
});

test('combining in parts gives the same as at once', () => {
  fc.assert(
    fc.property(fc.array(exitCode), fc.array(exitCode), (a, b) => {
      assert.equal(combineExits([combineExits(a), combineExits(b)]), combineExits([...a, ...b]));
    }),
  );
});

test('0 comes out only if every input gave 0', () => {
  fc.assert(
    fc.property(fc.array(exitCode, { minLength: 1 }), (exits) => {
      assert.equal(
        combineExits(exits) === 0,
        exits.every((exit) => exit === 0),
      );
    }),
  );
});

test('a network failure is never the exit code of a verdict', () => {
  const verdicts = [0, 10, 11, 12, 13];
  for (const code of ['NETWORK', 'TIMEOUT', 'BAD_ANSWER', 'RATE_LIMITED', 'INTERRUPTED'] as const) {
    const { exit } = describeError(new TransportError(code, 'http://a/', 'no'));
    assert.ok(!verdicts.includes(exit), code);
  }
  for (const code of ['SYNCING', 'STALE']) assert.equal(exitOfCode(code), EXIT.UNREACHABLE);
});

test("errors of nodes: the finer code decides, else the error's number", () => {
  const exitOf = (code: string, rpcCode: number) =>
    describeError(new RpcError({ code, rpcCode, message: 'm', retryable: false, url: 'http://a/' }))
      .exit;
  assert.equal(exitOf('UNAUTHORISED_KEY', -32003), EXIT.AUTH);
  assert.equal(exitOf('SOMETHING_NEW', -32003), EXIT.REJECTED);
  assert.equal(exitOf('SOMETHING_NEW', -32602), EXIT.USAGE);
  assert.equal(exitOf('METHOD_NOT_FOUND', -32601), EXIT.USAGE);
  assert.equal(exitOf('SYNCING', -32002), EXIT.UNREACHABLE);
  assert.equal(exitOf('INTERNAL_ERROR', -32603), EXIT.UNEXPECTED);
  assert.equal(exitOf('SOMETHING_NEW', -1), EXIT.UNEXPECTED);
});

test('verdicts: only TRUSTED by a chosen publisher is 0', () => {
  const exitOf = (status: Verdict['status'], reason: Verdict['reason'] = null) =>
    exitOfVerdict({ status, reason });
  assert.equal(exitOf('TRUSTED'), 0);
  assert.equal(exitOf('TRUSTED', 'PUBLISHER_NOT_PINNED'), 12);
  assert.equal(exitOf('UNKNOWN', 'PUBLISHER_MISMATCH'), 12);
  assert.equal(exitOf('UNKNOWN'), 10);
  assert.equal(exitOf('UNTRUSTED', 'KEY_COMPROMISED'), 11);
  assert.equal(exitOf('UNSUPPORTED'), 13);
});

test('documents are one line of JSON with schema, ok and result or error', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.option(fc.string()), (value, text, hint) => {
      const result = JSON.parse(resultDocument('ztc.x/v1', true, value as never));
      assert.deepEqual(Object.keys(result), ['schema', 'ok', 'result']);
      const described = describeError(
        new CliError('CODE', text, { hint: hint ?? undefined, details: { height: 3 } }),
      );
      const line = errorDocument('ztc.x/v1', described);
      assert.equal(line.indexOf('\n'), line.length - 1);
      const { schema, ok, error } = JSON.parse(line);
      assert.deepEqual([schema, ok, error.code, error.height], ['ztc.x/v1', false, 'CODE', 3]);
      assert.equal('hint' in error, hint !== null);
    }),
  );
});

test('what was never foreseen is exit 1', () => {
  assert.equal(describeError(new Error('boom')).exit, EXIT.UNEXPECTED);
  assert.equal(describeError('boom').exit, EXIT.UNEXPECTED);
  assert.equal(describeError(new ZtcError('NEVER_HEARD_OF', 'x')).exit, EXIT.UNEXPECTED);
});
