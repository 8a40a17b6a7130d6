/**
 * The explorer in a real browser, served by the RPC server over a real ledger whose blocks are made
 * here, one at a time.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { utf8 } from '../../src/common/bytes.ts';
import { sha256, ZERO_HASH } from '../../src/common/hash.ts';
import { OPERATION, STATUS, type StatementOperation } from '../../src/ledger/operations.ts';
import { assetOf, assetToText } from '../../src/ledger/primitives.ts';
import { type Rig, startRig } from '../unit/rpc/rig.ts';
import { statement } from '../unit/state/fixture.ts';
import { type Browser, missingChromium, openBrowser } from './chromium.ts';

const missing = missingChromium();
/** What a page may log: nothing. Faults of script and policy end up here. */
const complaints: string[] = [];
const FILE = utf8('the content of a release\n');

let rig: Rig;
let browser: Browser;

function named(name: string): string {
  return assetToText(assetOf(sha256(utf8(name))));
}

async function openPage(hash = ''): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${rig.url}/${hash}`);
  return page;
}

async function search(page: Page, query: string, expected: string): Promise<string> {
  await page.fill('#query', query);
  await page.click('#search button');
  await page.locator('#result', { hasText: expected }).waitFor();
  return await page.innerText('#result');
}

/** Puts a statement on the ledger, at the time it is. */
async function say(operation: Partial<StatementOperation>, publisher = 'acme'): Promise<string> {
  const whole = { ...statement('some'), ...operation } as StatementOperation;
  const made = rig.make([whole], publisher);
  rig.pool.set('next', made);
  await rig.seal(Date.now());
  return assetToText(whole.asset);
}

describe('the explorer', { skip: missing ?? false }, () => {
  before(async () => {
    rig = await startRig({ genesisTime: Date.now() - 1_000 });
    browser = await openBrowser();
    const asset = assetOf(sha256(FILE));
    await say({ op: OPERATION.STATEMENT, asset, name: 'release.txt', size: FILE.length });
    await say({ ...statement('old.zip', STATUS.UNSUPPORTED) } as StatementOperation);
  });
  after(async () => {
    await browser?.close();
    await rig?.stop();
  });

  test('shows chain, fingerprint, head and the latest, and is live', async () => {
    const page = await openPage();
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    assert.equal(await page.innerText('#name'), 'test');
    const { chain, head } = await rig.call('chain_status', {});
    assert.equal(await page.innerText('#chain'), chain);
    assert.equal(await page.innerText('#height'), String(head.height));
    assert.match(
      await page.innerText('#statements'),
      /UNSUPPORTED old\.zip[\s\S]*TRUSTED release\.txt/,
    );
    await page.close();
  });

  test('a block and a statement appear by themselves, once', async () => {
    const page = await openPage();
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await say({ ...statement('fresh.zip') } as StatementOperation, 'globex');
    const first = page.locator('#statements li').first();
    await page.locator('#statements', { hasText: 'fresh.zip' }).waitFor();
    assert.match(await first.innerText(), /TRUSTED fresh\.zip 1\.0 · globex/);
    const { height } = rig.ledger.head.header;
    await page.locator('#blocks', { hasText: `#${height}` }).waitFor();
    assert.equal(await page.locator('#statements', { hasText: 'fresh.zip' }).count(), 1);
    assert.equal(await page.locator('#blocks a', { hasText: `#${height}` }).count(), 1);
    await page.close();
  });

  test('search tells heights, hashes, digests, publishers and nonsense apart', async () => {
    const page = await openPage();
    const digest = assetToText(assetOf(sha256(FILE)));
    const trusted = await search(page, digest, '✓ TRUSTED');
    assert.ok(trusted.includes(digest), 'the digest that the verdict is about');
    assert.match(trusted, /Recorded by Publisher acme .* final\. Not a safety judgement\./);
    await search(page, named('old.zip'), '! UNSUPPORTED');
    const block = await search(page, '1', 'Block #1');
    assert.match(block, /ada, bob, cyd: 3 of 4 \(need 3\)/);
    await page.locator('#result ol a').first().click();
    await page.locator('#result', { hasText: 'Transaction' }).waitFor();
    const id = await page.inputValue('#query');
    await search(page, (await rig.call('chain_getHeader', { at: 2 }))?.hash ?? '', 'Block #2');
    await search(page, id, '✓ applied');
    await search(page, 'acme', 'vouched for by ada, bob, cyd, dan');
    await search(page, '999999', 'Nothing found');
    await search(page, '"><img src=x>', 'Nothing found');
    await search(page, assetToText(assetOf(ZERO_HASH)), '? UNKNOWN');
    assert.match(await page.innerText('#result'), /neither good nor bad/);
    assert.ok(await page.locator('.verdict.neutral').isVisible());
    await page.close();
  });

  test('a chosen file is hashed here and judged; a changed copy is unknown', async () => {
    const page = await openPage();
    const choose = async (content: Uint8Array, expected: string) => {
      const buffer = Buffer.from(content);
      await page.setInputFiles('#file', { name: 'x.txt', mimeType: 'text/plain', buffer });
      await page.locator('#verdict', { hasText: expected }).waitFor();
    };
    await choose(FILE, 'TRUSTED');
    assert.equal(await page.inputValue('#query'), assetToText(assetOf(sha256(FILE))));
    await choose(utf8('the content of a release!\n'), 'UNKNOWN');
    await page.close();
  });

  test('deep links survive a reload', async () => {
    const page = await openPage('#acme');
    await page.locator('#result', { hasText: 'Publisher acme' }).waitFor();
    await page.reload();
    await page.locator('#result', { hasText: 'Publisher acme' }).waitFor();
    await page.goto(`${rig.url}/#%`);
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await page.close();
  });

  test('what the ledger holds is text: no markup, no hidden or reordered characters', async () => {
    const name = '<img src=x onerror="document.title=1">\u202egpj.exe\u0000';
    const asset = await say({ asset: assetOf(sha256(utf8('evil'))), name, reason: '<b>x</b>' });
    const page = await openPage();
    const text = await search(page, asset, 'TRUSTED');
    assert.ok(text.includes('<img src=x onerror='));
    assert.ok(!/[\u202e\0]/.test(await page.innerText('body')));
    assert.equal(await page.locator('#result img, #statements img').count(), 0);
    assert.equal(await page.title(), 'test · ztc');
    await page.close();
  });

  test('nothing is loaded from elsewhere, and nothing complained about', async () => {
    const page = await browser.context.newPage();
    const origins = new Set<string>();
    page.on('request', (request) => origins.add(new URL(request.url()).origin));
    await page.goto(rig.url);
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    origins.delete('null'); // data: URLs
    assert.deepEqual([...origins], [new URL(rig.url).origin]);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('an old head is delayed; a node that went away is offline', async () => {
    const old = await startRig({ genesisTime: Date.now() - 3_600_000 });
    const page = await browser.context.newPage();
    await page.goto(old.url);
    await page.locator('#badge', { hasText: 'delayed' }).waitFor();
    await old.seal(Date.now());
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await old.stop();
    await page.locator('#badge', { hasText: 'offline' }).waitFor();
    await page.close();
  });

  test('a phone needs no scrolling sideways', async () => {
    const page = await openPage(`#${encodeURIComponent(assetToText(assetOf(sha256(FILE))))}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator('#verdict').waitFor();
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(width <= 360, `${width} pixels wide`);
    await page.close();
  });
});
