/** The explorer in a fresh Chromium: when it first paints, and what hashing a large file takes. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingChromium, openBrowser } from '../../test/browser/chromium.ts';
import { Consortium } from '../consortium.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Sparse: it takes no room on the disk. */
const FILE_BYTES = 2 * GIB;
const FIRST_PAINT_MS = 1_000;
const HASHING_MS_MAX = 600_000;
const LOOK_MS = 200;

interface Round {
  readonly paintMs: number;
  readonly hashSeconds: number;
  /** Of the page's own heap, above what it had before. */
  readonly growthMiB: number;
}

export const page: Scenario = {
  name: 'page',
  summary: `the explorer in a fresh browser: first paint, and a file of ${FILE_BYTES / GIB} GiB`,
  rounds: 3,
  async run({ rounds, basePort, say }) {
    const missing = missingChromium();
    if (missing !== undefined) {
      say(missing);
      return [];
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'ztc-bench-page-'));
    const file = path.join(folder, 'large.bin');
    try {
      await writeFile(file, '');
      await truncate(file, FILE_BYTES);
      return await Consortium.with({ basePort, validators: 1 }, async (consortium) => {
        await consortium.start(consortium.names);
        const measured: Round[] = [];
        for (let round = 1; round <= rounds; round++) {
          measured.push(await visit(consortium.rpc(consortium.names[0] as string), file));
          say(`round ${round}: ${JSON.stringify(measured.at(-1))}`);
        }
        return figuresOf(measured);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** With nothing in its cache. */
async function visit(url: string, file: string): Promise<Round> {
  const browser = await openBrowser();
  try {
    const tab = await browser.context.newPage();
    tab.setDefaultTimeout(HASHING_MS_MAX);
    await tab.goto(url);
    await tab.locator('.drop').waitFor();
    const paintMs = await tab.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    const cdp = await browser.context.newCDPSession(tab);
    await cdp.send('Performance.enable');
    const heap = async (): Promise<number> => {
      const { metrics } = await cdp.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
    };
    const [before, began] = [await heap(), performance.now()];
    await tab.setInputFiles('#file', file);
    const state = { done: false };
    const hashed = tab.locator('#verdict').waitFor();
    const ended = hashed.then(() => {
      state.done = true;
    });
    let most = before;
    while (!state.done) {
      most = Math.max(most, await heap());
      await Promise.race([sleep(LOOK_MS), ended]);
    }
    const hashSeconds = (performance.now() - began) / 1_000;
    return { paintMs, hashSeconds, growthMiB: (most - before) / MIB };
  } finally {
    await browser.close();
  }
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number): number[] => rounds.map(value);
  const paint = of(({ paintMs }) => paintMs);
  const rate = of(({ hashSeconds }) => FILE_BYTES / MIB / hashSeconds);
  const growth = of(({ growthMiB }) => growthMiB);
  return [
    figure('first paint, cold cache', 'ms', paint, { must: { atMost: FIRST_PAINT_MS } }),
    figure('a large file hashed and judged', 'MiB/s', rate),
    figure('growth of the page’s heap meanwhile', 'MiB', growth),
  ];
}
