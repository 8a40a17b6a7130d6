/**
 * The explorer in a real browser, served by the RPC server over a real ledger whose blocks are made
 * here, one at a time.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { utf8 } from '../../src/common/bytes.ts';
import { sha256 } from '../../src/common/hash.ts';
import { OPERATION, STATUS, type StatementOperation } from '../../src/ledger/operations.ts';
import { assetOf, assetToText } from '../../src/ledger/primitives.ts';
import { type Rig, startRig } from '../unit/rpc/rig.ts';
import { statement } from '../unit/state/fixture.ts';
import { type Browser, missingChromium, openBrowser } from './chromium.ts';

const missing = missingChromium();
/** What a page may log: nothing. Faults of script and policy end up here. */
const complaints: string[] = [];
const FILE = utf8('the content of a release\n');
const DIGEST = assetToText(assetOf(sha256(FILE)));
/** All scripts of a page together, compressed. */
const SCRIPT_BYTES_MAX = 80_000;

let rig: Rig;
let browser: Browser;

async function openPage(hash = ''): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${rig.url}/${hash}`);
  return page;
}

/** Searches from the page's own box and waits for what must be on the page that comes. */
async function search(page: Page, query: string, expected: string): Promise<string> {
  await page.fill('#query', query);
  await page.keyboard.press('Enter');
  await page.locator('main', { hasText: expected }).waitFor();
  return await page.innerText('main');
}

/** Puts a statement on the ledger, and the empty block that closes it. */
async function say(operation: Partial<StatementOperation>, publisher = 'acme'): Promise<string> {
  const whole = { ...statement('some'), ...operation } as StatementOperation;
  rig.pool.set('next', rig.make([whole], publisher));
  await rig.seal(Date.now());
  await rig.seal(Date.now());
  return assetToText(whole.asset);
}

type Claim = { verdict: { status: string }; proof: { state: object; items: string[] } };

/** Another text: what it ends with may be what a lie would put there. */
function withOtherEnd(text: string, end: string, other: string): string {
  return text.slice(0, -2) + (text.endsWith(end) ? other : end);
}

/** A node that lies: its answers about assets are changed on their way to the page. */
async function lie(page: Page, change: (claim: Claim) => void): Promise<void> {
  await page.route('**/rpc', async (route: Route) => {
    const request = route.request().postDataJSON() as { method: string };
    if (request.method !== 'asset_authenticate') return route.continue();
    const response = await route.fetch();
    const answer = (await response.json()) as { result: Claim };
    change(answer.result);
    await route.fulfill({ response, json: answer });
  });
}

async function verdictOf(page: Page, digest: string): Promise<string> {
  await page.goto(`${rig.url}/#/asset/${digest}`);
  await page.locator('.verdict.verified, .verdict.failed').waitFor();
  return await page.innerText('.verdict');
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
    assert.equal(await page.getAttribute('#chain', 'title'), chain);
    assert.equal(await page.innerText('#height'), String(head.height));
    await page.locator('footer', { hasText: 'comes from the node of Member ada' }).waitFor();
    assert.match(
      await page.innerText('#statements'),
      /UNSUPPORTED\s+old\.zip[\s\S]*TRUSTED\s+release\.txt/,
    );
    await page.close();
  });

  test('an address that changes while the page begins to draw is shown', async () => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    // Between the first drawing and when the page listens: nobody hears of it then.
    await page.addInitScript(() => {
      const listen = window.addEventListener.bind(window);
      window.addEventListener = (type: string, ...rest: [EventListenerOrEventListenerObject]) => {
        if (type === 'hashchange') history.replaceState(null, '', '#/members');
        listen(type, ...rest);
      };
    });
    await page.goto(rig.url);
    await page.locator('main h1', { hasText: 'Members' }).waitFor();
    await page.close();
  });

  test('blocks and statements appear by themselves, once; a paused page counts', async () => {
    // However long the tests before took.
    await rig.seal(Date.now());
    const page = await openPage();
    await page.locator('#badge', { hasText: 'live' }).waitFor();
    await say({ ...statement('fresh.zip') } as StatementOperation, 'globex');
    await page.locator('#statements', { hasText: 'fresh.zip' }).waitFor();
    const { height } = rig.ledger.head.header;
    await page.locator('#blocks', { hasText: `#${height}` }).waitFor();
    assert.equal(await page.locator('#statements li', { hasText: 'fresh.zip' }).count(), 1);
    assert.equal(await page.locator('#blocks a', { hasText: `#${height}` }).count(), 1);
    await page.click('#pause');
    await say({ ...statement('later.zip') } as StatementOperation);
    await page.locator('#pause', { hasText: '2 new' }).waitFor();
    assert.equal(await page.locator('#statements', { hasText: 'later.zip' }).count(), 0);
    await page.click('#pause');
    await page.locator('#statements', { hasText: 'later.zip' }).waitFor();
    await page.close();
  });

  test('search tells heights, hashes, digests, names, publishers and nonsense apart', async () => {
    const page = await openPage();
    await search(page, DIGEST, 'Recorded by Publisher acme');
    await search(page, 'old.zip', 'Declared unsupported');
    await search(page, '1', 'Block #1');
    await page.locator('main', { hasText: 'not in it' }).waitFor();
    assert.match(
      await page.innerText('main'),
      /Member ada\s+✓ signed[\s\S]*Member dan\s+○ not in it/,
    );
    assert.match(await page.innerText('main'), /3 of 4 \(need 3\)/);
    const { transactions, header } = (await rig.call('chain_getBlock', { at: 1 })) as never as {
      transactions: { hash: string }[];
      header: { hash: string };
    };
    await search(page, transactions[0]?.hash ?? '', 'Signed by');
    await search(page, header.hash, 'Block #1');
    assert.match(await search(page, 'acme', 'Vouched for by'), /Member dan/);
    await search(page, '999999', 'Nothing found');
    await search(page, '"><img src=x>', 'Nothing found');
    await page.close();
  });

  test('a chosen or dropped file is hashed here and judged; a copy is unknown', async () => {
    const page = await openPage();
    const choose = async (content: Uint8Array, expected: string) => {
      await page.goto(`${rig.url}/#/`);
      const buffer = Buffer.from(content);
      await page.setInputFiles('#file', { name: 'x.txt', mimeType: 'text/plain', buffer });
      await page.locator('#verdict', { hasText: new RegExp(`^${expected}$`) }).waitFor();
      await page.locator('.verdict', { hasText: 'Verified in this browser' }).waitFor();
    };
    await choose(FILE, 'TRUSTED');
    assert.ok((await page.innerText('.verdict')).includes(DIGEST));
    await choose(utf8('the content of a release!\n'), 'UNKNOWN');
    assert.match(await page.innerText('.verdict'), /neither good nor bad/);
    await page.goto(`${rig.url}/#/`);
    await page.locator('.drop').waitFor();
    await page.evaluate((text: string) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'dropped.txt'));
      dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }));
    }, Buffer.from(FILE).toString());
    await page.locator('.verdict', { hasText: 'dropped.txt' }).waitFor();
    await page.locator('.verdict.verified', { hasText: 'TRUSTED' }).waitFor();
    await page.close();
  });

  test('all steps hold, under the node’s fingerprint and under a pasted one', async () => {
    const page = await openPage();
    assert.match(await verdictOf(page, DIGEST), /Verified in this browser/);
    assert.equal(await page.locator('.step.done').count(), 7);
    assert.match(await page.innerText('.proof'), /this node named/);
    await page.goto(`${rig.url}/#/trust`);
    await page.fill('#fingerprint', 'no fingerprint');
    await page.click('text=Use it');
    await page.locator('[role=alert]', { hasText: 'That is none' }).waitFor();
    await page.fill('#fingerprint', (await rig.call('chain_status', {})).chain);
    await page.click('text=Use it');
    await page.locator('main', { hasText: 'it is this chain' }).waitFor();
    assert.match(await verdictOf(page, DIGEST), /Verified in this browser/);
    assert.match(await page.innerText('.proof'), /fingerprint that you pasted/);
    await page.goto(`${rig.url}/#/trust`);
    await page.fill('#fingerprint', 'ab'.repeat(32));
    await page.click('text=Use it');
    assert.match(await verdictOf(page, DIGEST), /Not proven/);
    assert.match(await page.innerText('#step-genesis.failed'), /you pasted another one/);
    await page.evaluate('localStorage.clear()');
    await page.close();
  });

  for (const [what, step, change] of [
    ['names another verdict', 'agrees', (claim: Claim) => (claim.verdict.status = 'UNTRUSTED')],
    ['leaves a statement out', 'complete', (claim: Claim) => claim.proof.items.pop()],
    [
      'changes the header',
      'final',
      ({ proof }: Claim) => {
        const state = proof.state as { header: string };
        state.header = withOtherEnd(state.header, 'AA', 'QQ');
      },
    ],
    [
      'changes the state',
      'state',
      ({ proof }: Claim) => {
        const { siblings } = proof.state as { siblings: string[] };
        siblings.push(withOtherEnd(siblings.pop() ?? '', '00', '01'));
      },
    ],
  ] as const) {
    test(`a node that ${what} turns that step red`, async () => {
      const page = await openPage();
      await lie(page, change);
      assert.match(await verdictOf(page, DIGEST), /Not proven: don’t rely on it/);
      assert.equal(await page.locator(`.step.failed`).count(), 1);
      assert.ok(await page.locator(`#step-${step}.failed`).isVisible(), step);
      assert.equal(await page.locator('text=Save the receipt').count(), 0);
      await page.close();
    });
  }

  test('deep links survive a reload; those of earlier versions lead somewhere', async () => {
    const page = await openPage('#/publisher/acme');
    await page.locator('h1', { hasText: 'Publisher acme' }).waitFor();
    await page.reload();
    await page.locator('h1', { hasText: 'Publisher acme' }).waitFor();
    await page.goto(`${rig.url}/#acme`);
    await page.locator('h1', { hasText: 'Publisher acme' }).waitFor();
    await page.goto(`${rig.url}/#%`);
    await page.locator('main', { hasText: 'Nothing found' }).waitFor();
    await page.close();
  });

  test('what the ledger holds is text: no markup, no hidden or reordered characters', async () => {
    // However long the tests before took: what is said is good for a minute from the head on.
    await rig.seal(Date.now());
    const name = '<img src=x onerror="document.title=1">\u202egpj.exe\u0000';
    const asset = await say({ asset: assetOf(sha256(utf8('evil'))), name, reason: '<b>x</b>' });
    const page = await openPage();
    await verdictOf(page, asset);
    assert.ok((await page.innerText('main')).includes('<img src=x onerror='));
    assert.ok(!/[\u202e\0]/.test(await page.innerText('body')));
    assert.equal(await page.locator('main img').count(), 0);
    await page.close();
  });

  test('axe finds nothing on any page; none scrolls sideways on a phone', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await openPage();
    const paths = ['', `asset/${DIGEST}`, 'block/1', 'blocks', 'publishers', 'publisher/acme'];
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const path of [...paths, 'members', 'network', 'trust', 'search/zip']) {
        await page.setViewportSize({ width: 360, height: 740 });
        await page.goto(`${rig.url}/#/${path}`);
        await page.locator('main .card').first().waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= 360, `${path}: ${width} pixels wide`);
        // The debugger's way in: the page's own policy lets no script in.
        const cdp = await browser.context.newCDPSession(page);
        await cdp.send('Runtime.evaluate', { expression: axe });
        const run = `axe.run().then(({ violations }) => violations.map(
          ({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`;
        assert.deepEqual(await page.evaluate(run), [], `${path} ${scheme}`);
      }
    }
    await page.close();
  });

  test('nothing comes from elsewhere or is complained about; scripts are small', async () => {
    for (const path of ['', `#/asset/${DIGEST}`]) {
      const page = await browser.context.newPage();
      const origins = new Set<string>();
      let scripts = 0;
      page.on('request', (request) => origins.add(new URL(request.url()).origin));
      page.on('response', async (response) => {
        if (response.url().endsWith('.js')) {
          scripts += Number((await response.allHeaders())['content-length'] ?? 0);
        }
      });
      await page.goto(`${rig.url}/${path}`);
      await page
        .locator(path === '' ? '.chart canvas' : '.verdict.verified')
        .first()
        .waitFor();
      origins.delete('null'); // data: URLs
      assert.deepEqual([...origins], [new URL(rig.url).origin]);
      assert.ok(scripts > 0 && scripts < SCRIPT_BYTES_MAX, `${scripts} bytes of script`);
      await page.close();
    }
    assert.deepEqual(complaints, []);
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
});
