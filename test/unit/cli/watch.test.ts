/** `ztc watch`: what is told was proven, is told to the end, and goes on where it ended. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { publicKeyToText, sign } from '../../../src/common/signature.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { OPERATION, STATUS } from '../../../src/ledger/operations.ts';
import { keyProofHash } from '../../../src/ledger/publishers.ts';
import { keysOf, put, statement } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
  await world.put([statement('app'), put('acme/x', 'k', 'v')]);
  await world.put([statement('other', STATUS.UNTRUSTED)]);
  await world.close();
});
after(() => world.stop());

/** The documents that a watch prints. */
async function told(words: readonly string[], env = world.env) {
  const lines: string[] = [];
  const io = { stdout: (text: string | Uint8Array) => void lines.push(String(text)) };
  const out = await ztc(['watch', ...words, '--json'], env, io);
  return { ...out, documents: lines.map((line) => JSON.parse(line)) };
}

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A program that answers with these codes in turn, and then with 204. */
async function listener(codes: readonly number[]) {
  const posts: Post[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      posts.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(codes[posts.length - 1] ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return {
    url,
    posts,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Lie {
  /** On the feed, part by part. */
  readonly feed?: (text: string) => string;
  /** In place of a transaction's result. */
  readonly transaction?: (result: { proof?: string }) => void;
}

/** A node that says something else. */
async function startLiar(url: string, { feed = (text) => text, transaction }: Lie) {
  const methods: string[] = [];
  const lied = (parts: readonly Buffer[], answered: string): string => {
    const { method } = JSON.parse(Buffer.concat(parts).toString());
    const answer = JSON.parse(answered);
    methods.push(method);
    if (method === 'tx_get' && answer.result) transaction?.(answer.result);
    return JSON.stringify(answer);
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const isCall = request.method === 'POST';
    const headers = { 'content-type': isCall ? 'application/json' : 'text/event-stream' };
    const ended = new AbortController();
    response.on('close', () => ended.abort());
    const after = { 'last-event-id': String(request.headers['last-event-id'] ?? '0') };
    const init = isCall
      ? { method: 'POST', headers, body: Buffer.concat(parts) }
      : { headers: after };
    const answer = await fetch(new URL(request.url ?? '/', url), { ...init, signal: ended.signal });
    response.writeHead(answer.status, headers);
    let answered = '';
    try {
      for await (const part of answer.body ?? []) {
        const text = Buffer.from(part).toString();
        if (!isCall) response.write(feed(text));
        answered += text;
      }
      response.end(isCall ? lied(parts, answered) : '');
    } catch {
      // The client has gone.
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** How often it was asked so. */
    calls: (method: string) => methods.filter((each) => each === method).length,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a publisher’s statements are told as they were proven', async () => {
  const out = await told(['--publisher', 'acme', '--from-height', '0', '--count', '2']);
  assert.equal(out.exit, 0, out.stderr);
  const [first, second, end] = out.documents;
  assert.deepEqual([first.schema, first.ok], ['ztc.watch/v1', true]);
  const { event, match, publisher, status, name, trust, verified } = first.result;
  assert.deepEqual([event, match, publisher], ['statement', 'same', 'acme']);
  assert.deepEqual([status, name, trust], ['TRUSTED', 'app', 'node-claimed']);
  assert.equal(verified, false, 'under no genesis nothing is verified');
  assert.equal(second.result.status, 'UNTRUSTED');
  assert.equal(first.result.id, `${first.result.transaction}-0`);
  assert.deepEqual([end.result.event, end.result.told], ['end', 2]);
});

test('names are matched exactly, by sight, and by a slip', async () => {
  const watch = (...words: string[]) => told([...words, '--from-height', '0', '--count', '1']);
  const product = await watch('--product', 'otter');
  assert.deepEqual(
    [product.documents[0].result.match, product.documents[0].result.name],
    ['near', 'other'],
  );
  const cyrillic = await watch('--product', 'арр');
  assert.equal(cyrillic.documents[0].result.match, 'look-alike');
  const imitated = await watch('--look-alike', 'acne');
  assert.deepEqual(
    [imitated.documents[0].result.match, imitated.documents[0].result.publisher],
    ['near', 'acme'],
  );
  assert.equal((await told(['--look-alike', 'a', '--product', 'b'])).exit, 2);
  assert.equal((await told([])).exit, 2);
});

test('a webhook gets each event, signed, until it takes it', async () => {
  const hook = await listener([500, 302]);
  const secret = world.file('secret', `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`);
  const state = `${world.dir}/watch.json`;
  const words = ['--publisher', 'acme', '--webhook', hook.url, '--webhook-secret', secret];
  const from = ['--state', state, '--from-height', '0', '--count', '1'];
  const out = await told([...words, ...from]);
  assert.equal(out.exit, 0, out.stderr);
  assert.match(out.stderr, /webhook: HTTP 500; again in 1 s/);
  assert.equal(hook.posts.length, 3);
  const [first, , third] = hook.posts as [Post, Post, Post];
  assert.equal(first.body, third.body);
  assert.deepEqual(JSON.parse(third.body), out.documents[0].result);
  for (const { headers, body } of [first, third]) {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
    assert.equal(id, out.documents[0].result.id);
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${at}.${body}`);
    assert.equal(signature, `v1,${mac.digest('base64')}`);
  }
  const { after: reached, by, of } = JSON.parse(readFileSync(state, 'utf8'));
  assert.deepEqual([by, of], ['publisher', 'acme']);
  assert.match(reached, /^\d+-\d+$/);
  const next = await told([...words, '--state', state, '--count', '1']);
  assert.equal(next.documents[0].result.status, 'UNTRUSTED', 'not the first again');
  assert.equal(hook.posts.length, 4);
  hook.stop();
});

test('what was not taken is told again', async () => {
  const state = `${world.dir}/lost.json`;
  const words = ['--publisher', 'acme', '--state', state, '--from-height', '0'];
  const down = ['--webhook', 'http://127.0.0.1:9/'];
  const stop = new AbortController();
  let printed = 0;
  const io = {
    signal: stop.signal,
    stdout: () => {
      printed += 1;
      if (printed === 2) stop.abort();
    },
  };
  const cut = await ztc(['watch', ...words, ...down, '--json'], world.env, io);
  assert.equal(cut.exit, 130, cut.stderr);
  assert.equal(printed >= 2, true, 'printing does not wait for the webhook');
  const hook = await listener([]);
  const again = await told([...words, '--webhook', hook.url, '--count', '2']);
  assert.equal(again.exit, 0, again.stderr);
  assert.deepEqual(
    hook.posts.map(({ body }) => JSON.parse(body).status),
    ['TRUSTED', 'UNTRUSTED'],
  );
  hook.stop();
});

test('what no node can prove is told as that, what another one can as proven', async () => {
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const lie = async (change: (result: { proof?: string }) => void) => {
    const liar = await startLiar(world.url, { transaction: change });
    const from = ['--from-height', '0', '--count', '1', '--genesis', genesis];
    const words = ['--publisher', 'acme', ...from, '--rpc', liar.url];
    const env = { ZTC_TRUST: `${world.dir}/liar.json` };
    const [alone, fallback] = [
      await told(words, env),
      await told([...words, '--rpc', world.url], env),
    ];
    liar.stop();
    return [alone.documents[0]?.result, fallback.documents[0]?.result];
  };
  const changes: readonly ((result: { proof?: string }) => void)[] = [
    (result) => delete result.proof,
    (result) => {
      const bytes = Buffer.from(result.proof ?? '', 'base64url');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      result.proof = bytes.toString('base64url');
    },
  ];
  for (const change of changes) {
    const [alone, fallback] = await lie(change);
    assert.deepEqual(
      [alone.event, alone.verified, alone.claimed],
      ['unproven', false, 'statement'],
    );
    assert.match(alone.step, /^PROOF_/);
    assert.deepEqual(
      [fallback.event, fallback.verified, fallback.trust],
      ['statement', true, 'given'],
    );
  }
});

test('a claim about a transaction that says something else is not told as proven', async () => {
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const feedOf = (feed: Lie['feed']) => startLiar(world.url, feed === undefined ? {} : { feed });
  const liar = await feedOf((text) => text.replaceAll('TRUSTED', 'UNSUPPORTED'));
  const from = ['--from-height', '0', '--count', '1', '--genesis', genesis];
  const out = await told(['--publisher', 'acme', ...from, '--rpc', liar.url], {
    ZTC_TRUST: `${world.dir}/feed.json`,
  });
  liar.stop();
  const [{ result }] = out.documents;
  assert.deepEqual([result.status, result.verified], ['TRUSTED', true], 'as the transaction says');
  const other = await feedOf((text) => text.replaceAll('"operation":0', '"operation":1'));
  const wrong = await told(['--publisher', 'acme', ...from, '--rpc', other.url], {
    ZTC_TRUST: `${world.dir}/feed.json`,
  });
  other.stop();
  assert.equal(wrong.documents[0].result.event, 'unproven');
});

/** Without events of these names; whatever pieces it comes in. */
function without(...names: readonly string[]) {
  let rest = '';
  return (text: string): string => {
    const events = `${rest}${text}`.split(/(?<=\n\n)/);
    rest = events.at(-1)?.endsWith('\n\n') ? '' : (events.pop() ?? '');
    return events
      .filter((event) => !names.some((name) => event.includes(`event: ${name}`)))
      .join('');
  };
}

test('what a feed leaves out of a publisher is told by the state, once', async () => {
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const liar = await startLiar(world.url, { feed: without('statement', 'publisher') });
  const words = ['--publisher', 'acme', '--genesis', genesis, '--rpc', liar.url];
  const often = ['--check-every', '20ms'];
  const env = { ZTC_TRUST: `${world.dir}/left-out.json` };
  const out = await told([...words, ...often, '--from-height', '0', '--count', '2'], env);
  assert.equal(out.exit, 0, out.stderr);
  assert.deepEqual(
    out.documents.slice(0, 2).map(({ result }) => [result.status, result.leftOut, result.verified]),
    [
      ['TRUSTED', true, true],
      ['UNTRUSTED', true, true],
    ],
  );
  assert.match(out.stderr, /its feed did not tell this/);

  const late = told([...words, ...often, '--count', '2'], env);
  const thief = keysOf('thief').publicKey;
  const proof = sign(keyProofHash('acme', thief), keysOf('thief'));
  const rest = { label: '', validFrom: null, validUntil: null, scope: { names: [], kinds: [] } };
  const looks = liar.calls('state_list') + 2;
  while (liar.calls('state_list') < looks) await new Promise((resolve) => setTimeout(resolve, 5));
  await world.put([{ op: OPERATION.KEY_ADD, key: thief, proof, ...rest }, statement('malware')]);
  await world.close();
  const [first, second] = (await late).documents.map(({ result }) => result);
  assert.deepEqual([first.name, first.leftOut], ['malware', true]);
  assert.deepEqual(
    [second.op, second.key, second.leftOut],
    ['publisher.key.add', publicKeyToText(thief), true],
  );
  liar.stop();
});

test('what is told is told once, though the state is asked again and again', async () => {
  const often = ['--publisher', 'acme', '--check-every', '1ms', '--from-height', '0'];
  const out = await told([...often, '--count', '3']);
  const results = out.documents.slice(0, 3).map(({ result }) => result);
  assert.equal(new Set(results.map(({ id }) => id)).size, 3);
  assert.ok(
    results.every(({ leftOut }) => leftOut === undefined),
    out.stderr,
  );
});

test('a state of another watch, a short secret and a bad address are refused', async () => {
  const state = world.file('other.json', '{}');
  const code = async (...words: string[]) => {
    const out = await told(words);
    return [out.exit, out.documents[0].error.code];
  };
  const acme = ['--publisher', 'acme'] as const;
  assert.deepEqual(await code(...acme, '--state', state), [2, 'WATCH_STATE']);
  await told([...acme, '--state', `${state}.a`, '--from-height', '0', '--count', '1']);
  const other = await code('--publisher', 'globex', '--state', `${state}.a`);
  assert.deepEqual(other, [2, 'WATCH_STATE']);
  const short = world.file('short', 'secret');
  const hook = ['--webhook', 'http://127.0.0.1:9/'] as const;
  const secret = await code(...acme, ...hook, '--webhook-secret', short);
  assert.deepEqual(secret, [2, 'WEBHOOK_SECRET']);
  assert.deepEqual(await code(...acme, '--webhook', 'ftp://x'), [2, 'USAGE']);
  assert.deepEqual(await code(...acme, '--webhook-secret', short), [2, 'USAGE']);
});
