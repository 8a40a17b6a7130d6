/** A ledger, a node that serves its explorer, and a browser, for the tests of one `describe`. */
import { after, afterEach, before } from 'node:test';
import type { Page } from 'playwright-core';
import { type Rig, startRig } from '../unit/rpc/rig.ts';
import { type Browser, openBrowser } from './chromium.ts';

const TIMEOUT_MS = 20_000;

export interface Visit {
  readonly rig: Rig;
  readonly browser: Browser;
  /** A new tab at an address of the explorer, as `block/1`. */
  open(address?: string): Promise<Page>;
}

/** Is there once the tests begin. @param prepare puts on the ledger what they look at */
export function visit(prepare: (rig: Rig) => Promise<void>): Visit {
  let rig: Rig;
  let browser: Browser;
  before(async () => {
    rig = await startRig({ genesisTime: Date.now() - 1_000 });
    browser = await openBrowser();
    await prepare(rig);
  });
  // One that a failed test left would keep its stream, and a browser has six to a node.
  afterEach(async () => {
    for (const page of browser.context.pages()) await page.close();
  });
  after(async () => {
    await browser?.close();
    await rig?.stop();
  });
  return {
    get rig() {
      return rig;
    },
    get browser() {
      return browser;
    },
    open: async (address = '') => {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(TIMEOUT_MS);
      await page.goto(`${rig.url}/#/${address}`);
      return page;
    },
  };
}
