/** `verify.html`, opened from disk in a real browser, and the SDK without any of Node's parts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { formatGenesisFile } from '../../src/ledger/genesis-file.ts';
import { buildVerifiers } from '../../src/verify/build.ts';
import { startWorld, type World, ztc } from '../unit/cli/world.ts';
import { type Browser, missingChromium, openBrowser } from './chromium.ts';

const missing = missingChromium();

let world: World;
let browser: Browser;
let file: string;
let genesis: string;

/** What a page says by itself; faults of script and policy end up here. */
const complaints: string[] = [];

async function openFile(name: string): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(path.join(world.dir, name)).href);
  return page;
}

describe('verification in a browser', { skip: missing ?? false }, () => {
  before(async () => {
    world = await startWorld({ server: { cors: ['*'] } });
    file = world.file('app.bin', 'an application');
    genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
    await ztc(['notarize', file, '--save-receipt'], world.env);
    await ztc(['authenticate', file, `--save-receipt=${file}.all`], world.env);
    world.file('verify.html', (await buildVerifiers()).get('verify.html') as string);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  test('verify.html answers from a receipt, and refuses one of another file', async () => {
    const page = await openFile('verify.html');
    const result = page.locator('#result');
    await page.setInputFiles('#file', file);
    await page.setInputFiles('#genesis', genesis);
    await page.setInputFiles('#receipt', `${file}.ztc.json`);
    await page.fill('#publisher', 'acme');
    await page.click('button');
    await result.filter({ hasText: 'proven as of height' }).waitFor();
    assert.match(await result.innerText(), /^TRUSTED {2}app\.bin\n/);
    assert.equal(await result.getAttribute('data-tone'), 'TRUSTED');
    await page.fill('#publisher', '');
    await page.click('button');
    await result.filter({ hasText: 'RECEIPT_PUBLISHER' }).waitFor();
    assert.equal(await result.getAttribute('data-tone'), 'error');
    await page.setInputFiles('#receipt', `${file}.all`);
    await page.click('button');
    await result.filter({ hasText: 'PUBLISHER_NOT_PINNED' }).waitFor();
    assert.equal(await result.getAttribute('data-tone'), 'UNCHOSEN');
    await page.setInputFiles('#file', world.file('other.bin', 'another'));
    await page.click('button');
    await result.filter({ hasText: 'PROOF_INVALID' }).waitFor();
    assert.equal(await result.getAttribute('data-tone'), 'error');
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('verify.html, opened from disk, asks a node and believes only what is proven', async () => {
    const page = await openFile('verify.html');
    const result = page.locator('#result');
    await page.setInputFiles('#file', file);
    await page.setInputFiles('#genesis', genesis);
    await page.fill('#rpc', world.url);
    await page.fill('#publisher', 'acme');
    await page.click('button');
    await result.filter({ hasText: 'proven as of height' }).waitFor();
    assert.equal(await result.getAttribute('data-tone'), 'TRUSTED');
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('the SDK loads as a module without shims, and verifies there', async () => {
    const built = await build({
      entryPoints: [path.resolve(import.meta.dirname, '../../src/client/sdk.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'ztc',
      platform: 'browser',
    });
    const script = built.outputFiles[0]?.text as string;
    assert.doesNotMatch(script, /require\("node:|process\.binding/);
    world.file(
      'sdk.html',
      `<!doctype html><script>${script.replaceAll('</script', '<\\/script')}</script>`,
    );
    const page = await openFile('sdk.html');
    const texts = [readFileSync(`${file}.ztc.json`, 'utf8'), readFileSync(genesis, 'utf8')];
    const found = (await page.evaluate(
      `{
        const [receipt, genesis] = ${JSON.stringify(texts)};
        const trust = ztc.trustGenesis(genesis);
        const { status, verified } = ztc.verifyReceipt(receipt, trust, { publisher: 'acme' });
        let refused;
        try {
          ztc.verifyReceipt(receipt.replace('"links":[]', '"links":["AAAA"]'), trust);
        } catch (error) {
          refused = [error instanceof ztc.ReceiptError, error.code, error.step];
        }
        ({ status, verified, refused });
      }`,
    )) as object;
    assert.deepEqual(found, {
      status: 'TRUSTED',
      verified: true,
      refused: [true, 'PROOF_INVALID', 'RECEIPT_FILE'],
    });
    await page.close();
  });

  test('the page of examples/, on a web site of its own, checks a file with a node', async () => {
    const at = (name: string): string => path.resolve(import.meta.dirname, '../../examples', name);
    const entryPoints = [at('page.ts')];
    const built = await build({ entryPoints, bundle: true, write: false, format: 'esm' });
    const files = new Map<string, [type: string, text: string]>([
      ['/page.html', ['text/html', readFileSync(at('page.html'), 'utf8')]],
      ['/page.js', ['text/javascript', built.outputFiles[0]?.text as string]],
      ['/genesis.json', ['application/json', readFileSync(genesis, 'utf8')]],
    ]);
    const site = createServer(({ url }, response) => {
      const [type, text] = files.get(new URL(url ?? '/', 'http://site').pathname) ?? [];
      response.writeHead(type === undefined ? 404 : 200, { 'content-type': type ?? 'text/plain' });
      response.end(text);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = site.address() as AddressInfo;
      const query = new URLSearchParams({ node: world.url, publisher: 'acme' });
      const page = await browser.context.newPage();
      await page.goto(`http://127.0.0.1:${port}/page.html?${query}`);
      await page.setInputFiles('#file', file);
      await page.locator('#verdict').filter({ hasText: 'TRUSTED, proven as of block' }).waitFor();
      await page.setInputFiles('#file', world.file('other.bin', 'another'));
      await page.locator('#verdict').filter({ hasText: 'UNKNOWN' }).waitFor();
      await page.close();
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
});
