/** The dispatcher by itself: JSON-RPC 2.0 as specified, and what hostile bodies get. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { createDispatcher } from '../../../src/rpc/dispatcher.ts';
import { Turns } from '../../../src/rpc/http/turns.ts';
import { BATCH_ITEMS_MAX, RESPONSE_BYTES_MAX } from '../../../src/rpc/limits.ts';
import { createRpcMetrics } from '../../../src/rpc/metrics.ts';
import { refuse } from '../../../src/rpc/refusal.ts';

const Numbers = Type.Object({ minuend: Type.Number(), subtrahend: Type.Number() });
const noted: unknown[] = [];
const logged: { id: string }[] = [];
const registry = new Registry();
const log = pino({ level: 'error' }, { write: (line) => logged.push(JSON.parse(line)) });
const dispatch = createDispatcher({
  metrics: createRpcMetrics(registry),
  turns: new Turns(),
  log,
  methods: {
    subtract: {
      params: Numbers,
      handle: ({ minuend, subtrahend }: { minuend: number; subtrahend: number }) =>
        minuend - subtrahend,
    },
    sum: {
      params: Type.Object({ a: Type.Number(), b: Type.Number(), c: Type.Number() }),
      handle: ({ a, b, c }: { a: number; b: number; c: number }) => a + b + c,
    },
    notify_hello: {
      params: Type.Object({ value: Type.Number() }),
      handle: (params: unknown) => noted.push(params),
    },
    get_data: { params: Type.Object({}), handle: () => ['hello', 5] },
    optional: {
      params: Type.Object({ a: Type.Optional(Type.String()), b: Type.Optional(Type.String()) }),
      handle: (params: unknown) => params,
    },
    nothing: { params: Type.Object({}), handle: () => undefined },
    throws: {
      params: Type.Object({}),
      handle: () => {
        throw new Error('a secret path');
      },
    },
    rejects: { params: Type.Object({}), handle: async () => Promise.reject(new Error('later')) },
    refuses: {
      params: Type.Object({}),
      handle: () => refuse('TX_REJECTED', { code: 'BAD_SIGNATURE', hint: 'sign it' }),
    },
    large: {
      params: Type.Object({ bytes: Type.Integer() }),
      handle: ({ bytes }: { bytes: number }) => 'x'.repeat(bytes),
    },
  },
});

interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { code: number; message: string; data: Record<string, unknown> };
}

async function ask(message: unknown): Promise<Answer> {
  const text = await dispatch(typeof message === 'string' ? message : JSON.stringify(message));
  return JSON.parse(text ?? 'null');
}

function code(answer: Answer): [number | undefined, unknown, unknown] {
  return [answer.error?.code, answer.error?.data.code, answer.id];
}

describe('the examples of the specification', () => {
  const calls: [string, unknown][] = [
    ['{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}', 19],
    ['{"jsonrpc":"2.0","method":"subtract","params":[23,42],"id":2}', -19],
    ['{"jsonrpc":"2.0","method":"subtract","params":{"subtrahend":23,"minuend":42},"id":3}', 19],
    ['{"jsonrpc":"2.0","method":"subtract","params":{"minuend":42,"subtrahend":23},"id":"4"}', 19],
  ];
  for (const [body, result] of calls) {
    test(body, async () => {
      const { id } = JSON.parse(body);
      assert.deepEqual(await ask(body), { jsonrpc: '2.0', id, result });
    });
  }

  test('notifications get no answer, but are carried out', async () => {
    noted.length = 0;
    assert.equal(
      await dispatch('{"jsonrpc":"2.0","method":"notify_hello","params":[7]}'),
      undefined,
    );
    assert.equal(await dispatch('{"jsonrpc":"2.0","method":"foobar"}'), undefined);
    assert.deepEqual(noted, [{ value: 7 }]);
  });

  const faults: [string, [number, string, unknown]][] = [
    ['{"jsonrpc":"2.0","method":"foobar","id":"1"}', [-32601, 'METHOD_NOT_FOUND', '1']],
    ['{"jsonrpc":"2.0","method":"foobar,"params":"bar","baz]', [-32700, 'PARSE_ERROR', null]],
    ['{"jsonrpc":"2.0","method":1,"params":"bar"}', [-32600, 'INVALID_REQUEST', null]],
    [
      '[{"jsonrpc":"2.0","method":"sum","id":"1"},{"jsonrpc":"2.0","method"',
      [-32700, 'PARSE_ERROR', null],
    ],
    ['[]', [-32600, 'INVALID_REQUEST', null]],
  ];
  for (const [body, expected] of faults) {
    test(body, async () => assert.deepEqual(code(await ask(body)), expected));
  }

  test('an invalid batch has one answer each', async () => {
    assert.deepEqual(code(((await ask('[1]')) as never as Answer[])[0] as Answer), [
      -32600,
      'INVALID_REQUEST',
      null,
    ]);
    assert.equal(((await ask('[1,2,3]')) as never as Answer[]).length, 3);
  });

  test('a mixed batch', async () => {
    const answers = (await ask([
      { jsonrpc: '2.0', method: 'sum', params: [1, 2, 4], id: '1' },
      { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
      { jsonrpc: '2.0', method: 'subtract', params: [42, 23], id: '2' },
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      { jsonrpc: '2.0', method: 'get_data', id: '9' },
    ])) as never as Answer[];
    assert.deepEqual(
      answers.map((answer) => answer.result ?? answer.error?.code),
      [7, 19, -32600, -32601, ['hello', 5]],
    );
    assert.deepEqual(
      answers.map(({ id }) => id),
      ['1', '2', null, '5', '9'],
    );
  });

  test('a batch of notifications has no answer', async () => {
    const note = { jsonrpc: '2.0', method: 'notify_hello', params: [1] };
    assert.equal(await dispatch(JSON.stringify([note, note])), undefined);
  });
});

describe('requests', () => {
  test('ids are text, numbers or null, and come back as they were', async () => {
    for (const id of ['', 'x', 0, -1, 1.5, null]) {
      assert.deepEqual(await ask({ jsonrpc: '2.0', id, method: 'get_data' }), {
        jsonrpc: '2.0',
        id,
        result: ['hello', 5],
      });
    }
    for (const id of [true, [], {}, [1]]) {
      const answer = await ask({ jsonrpc: '2.0', id, method: 'get_data' });
      assert.deepEqual(code(answer), [-32600, 'INVALID_REQUEST', null]);
    }
  });

  test('other versions, names and kinds of parameters are no requests', async () => {
    const good = { jsonrpc: '2.0', id: 1, method: 'get_data' };
    const bad = [
      { ...good, jsonrpc: '1.0' },
      { ...good, jsonrpc: 2 },
      { ...good, method: null },
      { ...good, params: 'text' },
      { ...good, params: null },
      { id: 1, method: 'get_data' },
      'text',
      null,
      17,
    ];
    for (const request of bad) {
      const answer = await ask(JSON.stringify(request));
      assert.equal(answer.error?.data.code, 'INVALID_REQUEST', JSON.stringify(request));
    }
  });

  test('names that every object has are no methods', async () => {
    for (const method of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const answer = await ask({ jsonrpc: '2.0', id: 1, method });
      assert.equal(answer.error?.code, -32601);
    }
  });

  test('bad parameters name the field', async () => {
    const cases: [unknown, string | undefined][] = [
      [{ minuend: 'x', subtrahend: 1 }, 'minuend'],
      [{ minuend: 1 }, 'subtrahend'],
      [{ minuend: 1, subtrahend: 2, extra: 3 }, 'extra'],
      [[1], 'subtrahend'],
      [[1, null], 'subtrahend'],
      [[1, 2, 3], undefined],
    ];
    for (const [params, field] of cases) {
      const { error } = await ask({ jsonrpc: '2.0', id: 1, method: 'subtract', params });
      assert.equal(error?.code, -32602);
      assert.equal(error?.data.code, 'INVALID_PARAMS');
      assert.equal(error?.data.field, field);
      assert.equal(error?.data.retryable, false);
    }
  });

  test('by position, null leaves an optional parameter out', async () => {
    const answer = await ask({ jsonrpc: '2.0', id: 1, method: 'optional', params: [null, 'b'] });
    assert.deepEqual(answer.result, { b: 'b' });
  });

  test('a handler without a result answers null', async () => {
    assert.deepEqual(await ask({ jsonrpc: '2.0', id: 1, method: 'nothing' }), {
      jsonrpc: '2.0',
      id: 1,
      result: null,
    });
  });
});

describe('failures', () => {
  test('an exception becomes an internal error; only its id gets out', async () => {
    for (const method of ['throws', 'rejects']) {
      const { error } = await ask({ jsonrpc: '2.0', id: 1, method });
      assert.equal(error?.code, -32603);
      assert.ok(!JSON.stringify(error).includes('secret'));
      assert.equal(logged.at(-1)?.id, error?.data.id);
    }
  });

  test('a refusal keeps its finer code and hint', async () => {
    const { error } = await ask({ jsonrpc: '2.0', id: 1, method: 'refuses' });
    assert.equal(error?.code, -32003);
    assert.deepEqual(error?.data, { code: 'BAD_SIGNATURE', hint: 'sign it', retryable: false });
  });

  test('too many in a batch, and too much in the answers', async () => {
    const one = { jsonrpc: '2.0', id: 1, method: 'get_data' };
    const full = (await ask(Array(BATCH_ITEMS_MAX).fill(one))) as never as Answer[];
    assert.equal(full.length, BATCH_ITEMS_MAX);
    const over = await ask(Array(BATCH_ITEMS_MAX + 1).fill(one));
    assert.deepEqual(code(over), [-32005, 'BATCH_TOO_LARGE', null]);

    const third = Math.ceil(RESPONSE_BYTES_MAX / 3);
    const large = { jsonrpc: '2.0', method: 'large', params: { bytes: third } };
    const answers = (await ask([1, 2, 3, 4].map((id) => ({ ...large, id })))) as never as Answer[];
    const codes = answers.map(({ error }) => error?.data.code);
    assert.deepEqual(codes, [undefined, undefined, 'RESPONSE_TOO_LARGE', 'RESPONSE_TOO_LARGE']);
  });

  test('deep nesting and odd documents are answered, never thrown', async () => {
    const depth = 1_000_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    assert.match((await dispatch(deep)) ?? '', /INVALID_REQUEST|PARSE_ERROR/);
    const asParams = `{"jsonrpc":"2.0","id":1,"method":"subtract","params":{"minuend":${deep}}}`;
    assert.equal((await ask(asParams)).error?.data.code, 'INVALID_PARAMS');
    for (const body of ['', ' ', '\0', 'nul', '{"jsonrpc":"2.0"', '"\ud800"', '{}{}']) {
      assert.ok((await ask(body)).error !== undefined, body);
    }
  });

  test('whatever comes is answered with JSON-RPC', async () => {
    const values = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((json) => `[${json},${json}]`),
    );
    await fc.assert(
      fc.asyncProperty(values, async (body) => {
        const text = await dispatch(body);
        for (const answer of [JSON.parse(text ?? '[]')].flat()) {
          assert.equal(answer.jsonrpc, '2.0');
          assert.equal(typeof answer.error.code, 'number');
        }
      }),
      { numRuns: 200 },
    );
  });

  test('calls are counted by method and code', async () => {
    await ask({ jsonrpc: '2.0', id: 1, method: 'no-such-method' });
    const text = await registry.metrics();
    assert.match(text, /ztc_rpc_requests_total\{method="get_data",code="ok"\} \d+/);
    assert.match(text, /requests_total\{method="unknown",code="METHOD_NOT_FOUND"\} \d+/);
    assert.ok(!text.includes('no-such-method'));
  });
});
