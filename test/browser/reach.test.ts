/** The explorer by keyboard, by axe, without an answer from the node, and over plain HTTP. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { utf8 } from '../../src/common/bytes.ts';
import { sha256 } from '../../src/common/hash.ts';
import { STATUS, type StatementOperation } from '../../src/ledger/operations.ts';
import { assetOf, assetToText } from '../../src/ledger/primitives.ts';
import { statement } from '../unit/state/fixture.ts';
import { propose, setParameters } from '../unit/state/members.ts';
import { missingChromium } from './chromium.ts';
import { visit } from './visit.ts';

const missing = missingChromium();
const FILE = utf8('the content of a release\n');
const ASSET = assetOf(sha256(FILE));
const DIGEST = assetToText(ASSET);
/** More stops than any page has. */
const TABS_MAX = 60;

/** Goes on with the Tab key until what has the focus reads so. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let i = 0; i < TABS_MAX; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(
      "[document.activeElement].map((it) => it?.matches('a, button') ? it.textContent : '')[0]",
    );
    if (focused.includes(text)) return;
  }
  assert.fail(`the Tab key never came to “${text}”`);
}

describe('the explorer within reach', { skip: missing ?? false }, () => {
  let transaction: string;

  const at = visit(async (rig) => {
    const release = { ...statement('release.txt'), asset: ASSET } as StatementOperation;
    const made = rig.make([release, statement('old', STATUS.UNTRUSTED)]);
    transaction = Buffer.from(made.id).toString('hex');
    rig.pool.set('said', made);
    rig.pool.set(
      'open',
      propose({ make: rig.sign }, [setParameters({ heartbeatMs: 20_000 })], 'bob'),
    );
    await rig.seal(Date.now());
    await rig.seal(Date.now());
  });

  test('the keyboard alone leads from a file to its verdict, proof and receipt', async () => {
    const page = await at.open();
    const file = { name: 'release.txt', mimeType: 'text/plain', buffer: Buffer.from(FILE) };
    // Listened for long before: from then on the browser opens no dialog of its own.
    page.on('filechooser', (chooser) => void chooser.setFiles(file));
    await page.locator('.drop').waitFor();
    await tabTo(page, 'choose one');
    await page.keyboard.press('Enter');
    await page.locator('.verdict.verified', { hasText: 'TRUSTED' }).waitFor();
    // Where the new page begins, not somewhere in the old one.
    assert.equal(await page.evaluate('document.activeElement?.id'), 'main');
    await tabTo(page, 'paste its fingerprint');
    await tabTo(page, 'Save the receipt');
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    assert.match((await saved).suggestedFilename(), /^[0-9a-f]{12}\.ztc\.json$/);
  });

  test('without an answer nothing is proven and nobody lies; it can be asked again', async () => {
    const page = await at.open('trust');
    const calls: string[] = [];
    await page.route('**/rpc', async (route) => {
      const { method } = route.request().postDataJSON() as { method: string };
      calls.push(method);
      if (method === 'chain_genesis') await route.abort();
      else await route.continue();
    });
    await page.goto(`${at.rig.url}/#/asset/${DIGEST}`);
    await page.locator('#step-genesis.unanswered').waitFor();
    assert.match(await page.innerText('.verdict'), /TRUSTED[\s\S]*gave no proof now/);
    assert.equal(await page.locator('.verdict.verified, .step.failed').count(), 0);
    assert.ok(calls.includes('chain_genesis'));
    await page.unroute('**/rpc');
    await page.click('text=Try again');
    await page.locator('.verdict.verified', { hasText: 'TRUSTED' }).waitFor();
  });

  test('hashes are copied over plain HTTP, too, where pages have no clipboard', async () => {
    const page = await at.browser.context.newPage();
    await page.addInitScript(
      "Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })",
    );
    await page.goto(`${at.rig.url}/#/trust`);
    await page.locator('footer .copy').click();
    await page.locator('footer .copy', { hasText: '✓' }).waitFor();
    await page.fill('#fingerprint', '');
    await page.focus('#fingerprint');
    await page.keyboard.press('Control+V');
    const { chain } = await at.rig.call('chain_status', {});
    assert.equal(await page.inputValue('#fingerprint'), chain);
  });

  test('axe finds nothing on proofs, proposals and failures, in both themes', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await at.open();
    const lied = async (digest: string): Promise<void> => {
      await page.evaluate(`localStorage.setItem('ztc.fingerprint', '0x${'ab'.repeat(32)}')`);
      await page.goto(`${at.rig.url}/#/asset/${digest}`);
    };
    const unknown = `sha256:${'00'.repeat(32)}`;
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [path, expected] of [
        [`asset/${DIGEST}`, '.verdict.verified'],
        [`asset/${unknown}`, '.verdict.verified'],
        [`transaction/0x${transaction}`, '.standing.verified'],
        ['block/1', '.standing.verified'],
        ['publisher/acme', '.standing.verified'],
        ['members', '#proposal-1'],
      ] as const) {
        await page.goto(`${at.rig.url}/#/${path}`);
        await page.locator(expected).waitFor();
        await judge(page, axe, `${path} ${scheme}`);
      }
      await lied(DIGEST);
      await page.reload();
      await page.locator('.verdict.failed').waitFor();
      await judge(page, axe, `a lie ${scheme}`);
      await page.evaluate('localStorage.clear()');
      await page.reload();
    }
  });
});

async function judge(page: Page, axe: string, what: string): Promise<void> {
  // The debugger's way in: the page's own policy lets no script in.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Runtime.evaluate', { expression: axe });
  const run = `axe.run().then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`;
  assert.deepEqual(await page.evaluate(run), [], what);
}
