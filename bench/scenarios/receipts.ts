/** What a proven answer costs: at the node, and at who checks it, in Node and in a browser. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import {
  authenticate,
  createClient,
  http,
  notarize,
  receiptOf,
  type Trust,
  trustGenesis,
  verifyReceipt,
} from '../../src/client/sdk.ts';
import { missingChromium, openBrowser } from '../../test/browser/chromium.ts';
import { Consortium } from '../consortium.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
/** Each value is the mean of so many. */
const REPEATED = 50;
const SDK = path.resolve(import.meta.dirname, '../../src/client/sdk.ts');
const DIGEST = `sha256:${'7a'.repeat(32)}`;

export const receipts: Scenario = {
  name: 'receipts',
  summary: `a proven answer of ${VALIDATORS} validators: asked for, and checked from a receipt`,
  rounds: 5,
  async run({ rounds, basePort, say }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      const { signer, folder } = consortium;
      const genesis = await readFile(folder.genesis, 'utf8');
      const trust = trustGenesis(genesis);
      const [name = ''] = consortium.names;
      const client = createClient({ transport: http(consortium.rpc(name)), trust });
      const { secretKey } = signer.keys;
      const by = { publisher: signer.publisher, secretKey };
      const { height } = await notarize(client, by, { digest: DIGEST });
      await authenticate(client, DIGEST, { minHeight: height });
      const receipt = await receiptOf(client, DIGEST);
      const asked: number[] = [];
      const inNode: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        asked.push(await meanOf(async () => void (await authenticate(client, DIGEST))));
        inNode.push(cpuOf(() => checked(receipt, trust)));
        say(`round ${round}: asked ${asked.at(-1)} ms, checked ${inNode.at(-1)} ms`);
      }
      const inBrowser = await chromiumTimes(receipt, genesis, rounds, say);
      return figuresOf(receipt.length, asked, inNode, inBrowser);
    });
  },
};

function figuresOf(
  bytes: number,
  asked: readonly number[],
  inNode: readonly number[],
  inBrowser: readonly number[],
): Figure[] {
  const figures = [
    figure('a receipt file', 'bytes', [bytes], { must: { atMost: 8_192 } }),
    figure('asked of a node and checked, one after the other', 'ms', asked),
    figure('a receipt checked in Node, CPU', 'ms', inNode, { must: { atMost: 10 } }),
  ];
  if (inBrowser.length === 0) return figures;
  const must = { atMost: 30 };
  return [...figures, figure('a receipt checked in Chromium', 'ms', inBrowser, { must })];
}

function checked(receipt: string, trust: Trust): void {
  const found = verifyReceipt(receipt, trust, { anyPublisher: true });
  if (found.kind !== 'asset' || found.status !== 'TRUSTED') throw new Error('no good receipt');
}

/** Mean wall time in ms. */
async function meanOf(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < REPEATED; i++) await act();
  return (performance.now() - began) / REPEATED;
}

/** Mean CPU time in ms: other processes don't count. */
function cpuOf(act: () => void): number {
  const began = process.cpuUsage();
  for (let i = 0; i < REPEATED; i++) act();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000 / REPEATED;
}

/** Mean wall times in ms in a page that has loaded the SDK; none where there is no browser. */
async function chromiumTimes(
  receipt: string,
  genesis: string,
  rounds: number,
  say: (text: string) => void,
): Promise<number[]> {
  const missing = missingChromium();
  if (missing !== undefined) {
    say(`not in a browser: ${missing}`);
    return [];
  }
  const script = await build({
    entryPoints: [SDK],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'ztc',
    platform: 'browser',
  });
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await page.addScriptTag({ content: script.outputFiles[0]?.text ?? '' });
    const times = await page.evaluate(`{
      const [receipt, genesis] = ${JSON.stringify([receipt, genesis])};
      const trust = ztc.trustGenesis(genesis);
      Array.from({ length: ${rounds} }, () => {
        const began = performance.now();
        for (let i = 0; i < ${REPEATED}; i++) {
          const { status } = ztc.verifyReceipt(receipt, trust, { anyPublisher: true });
          if (status !== 'TRUSTED') throw new Error(status);
        }
        return (performance.now() - began) / ${REPEATED};
      });
    }`);
    return times as number[];
  } finally {
    await browser.close();
  }
}
