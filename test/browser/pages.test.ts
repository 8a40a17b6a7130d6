/** What the explorer proves beside files, what it shows of governance, and what a page costs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page, Route } from 'playwright-core';
import { toHex } from '../../src/common/bytes.ts';
import { startRig } from '../unit/rpc/rig.ts';
import { memberNamed, OBSERVER, put, statement } from '../unit/state/fixture.ts';
import { approved, propose, putMember, setParameters } from '../unit/state/members.ts';
import { missingChromium } from './chromium.ts';
import { visit } from './visit.ts';

const missing = missingChromium();
const MIB = 2 ** 20;
/** Sparse: it takes no room on the disk. */
const LARGE_BYTES = 128 * MIB;
/** What hashing may take of it, at most. */
const GROWTH_BYTES_MAX = 32 * MIB;
const LOOK_MS = 200;

/** A node that lies: its answers of one method are changed on their way to the page. */
async function lie<T>(page: Page, method: string, change: (result: T) => void): Promise<void> {
  await page.route('**/rpc', async (route: Route) => {
    const request = route.request().postDataJSON() as { method: string };
    if (request.method !== method) return route.continue();
    const response = await route.fetch();
    const answer = (await response.json()) as { result: T };
    change(answer.result);
    await route.fulfill({ response, json: answer });
  });
}

/** The page says that a step failed, and which. */
async function failedStep(page: Page): Promise<string> {
  await page.locator('.step.failed').waitFor();
  assert.match(await page.innerText('.standing'), /Not proven/);
  return (await page.getAttribute('.step.failed', 'id')) ?? '';
}

describe('the explorer’s other pages', { skip: missing ?? false }, () => {
  let transaction: string;

  const at = visit(async (rig) => {
    const made = rig.make([statement('release.zip'), put('acme/builds', 'tool', 'one')]);
    transaction = `0x${toHex(made.id)}`;
    rig.pool.set(transaction, made);
    await rig.seal(Date.now());
    await rig.seal(Date.now());
  });

  test('a transaction is proven: its place, its signatures, its result', async () => {
    const page = await at.open(`transaction/${transaction}`);
    await page.locator('.standing.verified').waitFor();
    assert.equal(await page.locator('.step.done').count(), 5);
    assert.match(await page.innerText('main'), /release\.zip[\s\S]*acme\/builds/);
  });

  for (const [what, step, change] of [
    ['another result', 'agrees', (shown) => (shown.result.code = 'EXPIRED')],
    ['another statement', 'agrees', (shown) => (shown.operations[0]!.name = 'other.zip')],
    [
      'a proof of something else',
      'included',
      (shown) => (shown.proof &&= `${shown.proof.slice(0, 100)}AAAA${shown.proof.slice(104)}`),
    ],
  ] as readonly (readonly [string, string, (shown: ShownTransaction) => void])[]) {
    test(`a transaction with ${what} turns that step red`, async () => {
      const page = await at.open('trust');
      await lie(page, 'tx_get', change);
      await page.goto(`${at.rig.url}/#/transaction/${transaction}`);
      assert.equal(await failedStep(page), `step-${step}`);
    });
  }

  test('a publisher is proven: name, keys, who vouches; also that there is none', async () => {
    const page = await at.open('publisher/acme');
    await page.locator('.standing.verified').waitFor();
    assert.equal(await page.locator('.step.done').count(), 6);
    assert.match(await page.innerText('main'), /Publisher acme[\s\S]*Vouched for by\s+Member ada/);
    await page.goto(`${at.rig.url}/#/publisher/nobody`);
    await page.locator('main', { hasText: 'There is no publisher nobody here' }).waitFor();
    await page.locator('.standing.verified').waitFor();
    const { keys } = (await at.rig.call('publisher_get', { publisher: 'acme' })) as { keys: Key[] };
    await page.goto(`${at.rig.url}/#/publisher/${encodeURIComponent(keys[0]?.key ?? '')}`);
    await page.locator('h1', { hasText: 'Publisher acme' }).waitFor();
  });

  for (const [what, change] of [
    ['another name', (claim) => (claim.publisher!.name = 'Somebody else')],
    ['one voucher more', (claim) => claim.publisher!.vouchers.push('eve')],
    ['a key that has run out', (claim) => (claim.publisher!.keys[0]!.validUntil = 'x')],
    ['nobody', (claim) => (claim.publisher = null)],
  ] as readonly (readonly [string, (claim: ShownPublisher) => void])[]) {
    test(`a publisher that the node shows as ${what} is not proven`, async () => {
      const page = await at.open('trust');
      await lie(page, 'publisher_prove', change);
      await page.goto(`${at.rig.url}/#/publisher/acme`);
      assert.equal(await failedStep(page), 'step-agrees');
    });
  }

  test('the members page tells of proposals and votes', async () => {
    const b = { make: at.rig.sign };
    // However long the tests before took: transactions are good for a minute from the head on.
    await at.rig.seal(Date.now());
    const page = await at.open('members');
    await page.locator('main', { hasText: 'Nothing was proposed yet' }).waitFor();
    for (const each of approved(b, [putMember(memberNamed('eve', OBSERVER))])) {
      at.rig.pool.set(toHex(each.id), each);
      await at.rig.seal(Date.now());
    }
    const open = propose(b, [setParameters({ heartbeatMs: 20_000 })], 'bob');
    at.rig.pool.set(toHex(open.id), open);
    await at.rig.seal(Date.now());
    await page.reload();
    await page.locator('#proposal-2').waitFor();
    assert.match(
      await page.innerText('#proposal-1'),
      /✓ executed[\s\S]*Admit or change\s+Member eve/,
    );
    assert.match(await page.innerText('#proposal-1'), /✓ Member ada, ✓ Member bob, ✓ Member cyd/);
    assert.match(await page.innerText('#proposal-2'), /… open[\s\S]*heartbeatMs = 20000/);
  });

  test('what is not there is said in one way', async () => {
    const page = await at.open('block/999999');
    await page.locator('main .nothing', { hasText: 'There is no final block' }).waitFor();
    await page.goto(`${at.rig.url}/#/transaction/0x${'00'.repeat(32)}`);
    await page.locator('main .nothing', { hasText: 'There is no transaction' }).waitFor();
  });

  test('a node that demands a token gets one, from a field in the page', async () => {
    const find = (token: string) => (token === 'ztc_good' ? HOLDER : undefined);
    const closed = await startRig({
      genesisTime: Date.now() - 1_000,
      server: { access: 'token', tokens: { find } },
    });
    const page = await at.browser.context.newPage();
    page.setDefaultTimeout(20_000);
    // As from another host: who comes over a proxy is no process of this machine.
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.7' });
    await page.goto(`${closed.url}/#/members`);
    await page.locator('h1', { hasText: 'answers holders of a token' }).waitFor();
    assert.match(await page.innerText('#badge'), /locked/);
    await page.fill('#token', 'ztc_bad');
    await page.keyboard.press('Enter');
    await page.locator('[role=alert]', { hasText: 'does not take it' }).waitFor();
    await page.fill('#token', 'ztc_good');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'Members' }).waitFor();
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await page.reload();
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await closed.stop();
  });

  test('a large file is hashed piece by piece: memory does not grow with it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ztc-large-'));
    const file = path.join(folder, 'large.bin');
    writeFileSync(file, '');
    truncateSync(file, LARGE_BYTES);
    const page = await at.open('');
    page.setDefaultTimeout(120_000);
    const cdp = await at.browser.context.newCDPSession(page);
    await cdp.send('Performance.enable');
    const heap = async (): Promise<number> => {
      const { metrics } = await cdp.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
    };
    const before = await heap();
    let most = 0;
    await page.setInputFiles('#file', file);
    const digest = page.locator('#verdict').waitFor();
    const watching = { ended: false };
    const watched = (async () => {
      while (!watching.ended) {
        most = Math.max(most, await heap());
        await sleep(LOOK_MS);
      }
    })();
    await digest;
    watching.ended = true;
    await watched;
    assert.ok(most - before < GROWTH_BYTES_MAX, `${(most - before) / MIB} MiB more`);
    rmSync(folder, { recursive: true });
  });
});

interface ShownTransaction {
  result: { code: string };
  operations: { name: string }[];
  proof?: string;
}

interface Key {
  key: string;
  validUntil: string | null;
}

interface ShownPublisher {
  publisher: { name: string; vouchers: string[]; keys: Key[] } | null;
}

const HOLDER = { id: 't1', role: 'read' } as const;
