/** The explorer of one node of a real network, while others write and the node itself goes away. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ztc } from '../e2e/support/cli.ts';
import { startDevnet } from '../e2e/support/devnet.ts';
import { freePorts, killAll } from '../e2e/support/processes.ts';
import { type Browser, missingChromium, openBrowser } from './chromium.ts';

const PORTS = 40;
let dir: string | undefined;
let browser: Browser | undefined;

after(async () => {
  await browser?.close();
  await killAll();
  if (dir !== undefined) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

test('what is notarized at another node appears and is proven; a dead node is offline', {
  skip: missingChromium() ?? false,
}, async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-browser-net-'));
  const base = String(await freePorts(PORTS));
  const words = ['--dir', path.join(dir, 'net'), '--base-port', base];
  const { ready } = await startDevnet(words);
  const [first, last] = [ready.nodes[0], ready.nodes.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  browser = await openBrowser();
  const page = await browser.context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(first.rpc);
  await page.locator('#badge', { hasText: 'live' }).waitFor();
  const file = path.join(dir, 'from-elsewhere.bin');
  await writeFile(file, 'made at another node');
  const key = ready.publishers[0]?.key ?? '';
  const answer = await ztc(['notarize', file, '--rpc', last.rpc, '--key', key], { HOME: dir });
  assert.equal(answer.exit, 0, answer.stderr);
  await page.locator('#statements a', { hasText: 'from-elsewhere.bin' }).click();
  await page.locator('.verdict.verified', { hasText: 'TRUSTED' }).waitFor();
  assert.equal(await page.locator('.step.done').count(), 7);
  process.kill(first.pid, 'SIGKILL');
  await page.locator('#badge', { hasText: 'offline' }).waitFor();
});
