/**
 * A stolen key is noticed: `ztc watch` on real nodes tells a real program what happens under a
 * publisher's name, though that fails at first, a node dies, and the watch itself does.
 */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Ready, startDevnet } from './support/devnet.ts';
import { freePorts, killAll, runZtc, spawnZtc, until } from './support/processes.ts';

const PORTS = 40;
const FAILURES = 2;
const SECRET = randomBytes(32);

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let dir: string;
let ready: Ready;
let server: Server;
const posts: Post[] = [];
const at = (file: string): string => path.join(dir, file);
/** What was taken, each time it was told. */
const taken = () => posts.slice(FAILURES).map(({ body }) => JSON.parse(body));

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-watch-'));
  await writeFile(at('secret'), `whsec_${SECRET.toString('base64')}\n`);
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      response.writeHead(posts.length <= FAILURES ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = String(await freePorts(PORTS));
  ({ ready } = await startDevnet(['--dir', at('net'), '--members', '4', '--base-port', base]));
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await killAll();
  await rm(dir, { recursive: true, force: true });
});

/** Through the third node, which nobody kills. */
function say(...words: string[]): Promise<void> {
  const [, , third] = ready.nodes;
  return run(...words, '--rpc', third?.rpc ?? '', '--genesis', ready.genesis);
}

async function run(...words: string[]): Promise<void> {
  const env = { ZTC_TRUST: at('trust.json') };
  const done = await runZtc([...words, '--json'], { cwd: dir, env });
  assert.equal(done.exit, 0, `${words.join(' ')}\n${done.stdout}${done.stderr}`);
}

function watching(...words: string[]) {
  const [first, second] = ready.nodes;
  const { port } = server.address() as AddressInfo;
  const hook = ['--webhook', `http://127.0.0.1:${port}/ztc`, '--webhook-secret', 'secret'];
  const nodes = ['--rpc', first?.rpc ?? '', '--rpc', second?.rpc ?? '', '--genesis', ready.genesis];
  const what = ['watch', '--publisher', ready.publishers[0]?.id ?? '', '--state', 'state.json'];
  const env = { ZTC_TRUST: at('watch-trust.json') };
  return spawnZtc([...what, ...hook, ...nodes, ...words, '--json'], { cwd: dir, env });
}

test('each event is told, proven and signed, until it is taken; none is lost', async () => {
  const key = ['--key', ready.publishers[0]?.key ?? ''];
  const watch = watching();
  await until('the watch to begin', () => existsSync(at('state.json')));
  await writeFile(at('release.bin'), 'a release');
  await say('notarize', 'release.bin', '--name', 'release', ...key);
  await until('the third try', () => taken().length === 1);
  const [statement] = taken();
  assert.deepEqual(
    [statement.event, statement.status, statement.name, statement.trust, statement.verified],
    ['statement', 'TRUSTED', 'release', 'given', true],
  );
  const [once, , thrice] = posts as [Post, Post, Post];
  assert.equal(once.body, thrice.body);
  assert.equal(once.headers['webhook-id'], thrice.headers['webhook-id']);
  const { 'webhook-id': id, 'webhook-timestamp': time } = thrice.headers;
  const mac = createHmac('sha256', SECRET).update(`${id}.${time}.${thrice.body}`);
  assert.equal(thrice.headers['webhook-signature'], `v1,${mac.digest('base64')}`);

  process.kill(ready.nodes[0]?.pid ?? 0, 'SIGKILL');
  await run('key', 'new', 'thief.key', '--publisher', ready.publishers[0]?.id ?? '');
  await say('publisher', 'key', 'add', 'thief.key', ...key);
  await writeFile(at('malware.bin'), 'malware');
  await say('notarize', 'malware.bin', '--key', 'thief.key');
  await say('publisher', 'key', 'revoke', 'thief.key', ...key);
  await until('what the other node tells', () => taken().length === 4);
  const [, added, stated, revoked] = taken();
  assert.deepEqual(
    [added.op, stated.name, revoked.op],
    ['publisher.key.add', 'malware.bin', 'publisher.key.revoke'],
  );
  assert.equal(stated.signer, added.key, 'by the key that nobody knows');
  assert.equal(revoked.key, added.key);

  await watch.end('SIGINT');
  await writeFile(at('later.bin'), 'later');
  await say('untrust', 'malware.bin', '--reason', 'not ours', ...key);
  const next = watching('--count', '1');
  await until('the next watch to end', () => next.ended);
  assert.deepEqual([taken().length, taken().at(-1).reason], [5, 'not ours']);
});
