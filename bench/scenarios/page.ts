/** The explorer in a fresh Chromium: when it first paints, and what hashing 10 GB takes. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, missingChromium, openBrowser } from '../../test/browser/chromium.ts';
import { Consortium } from '../consortium.ts';
import { memoryOf } from '../process-facts.ts';
import { roundsOf } from '../rounds.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const GB = 1e9;
const MIB = 2 ** 20;
/** Sparse: it takes no room on the disk. */
const FILE_BYTES = 10 * GB;
const FIRST_PAINT_MS = 1_000;
const HASHING_MS_MAX = 900_000;
const LOOK_MS = 200;
/** Minutes pass without any other word. */
const TELL_MS = 15_000;
/** Garbage that was not collected yet, of pieces that were hashed. */
const GROWTH_MIB = 64;

type Page = Awaited<ReturnType<Browser['context']['newPage']>>;
type Say = ScenarioOptions['say'];

interface Round {
  readonly paintMs: number;
  readonly hashSeconds: number;
  /** Of the page's own heap, above what it had before. */
  readonly growthMiB: number;
  /** Of the process that draws the page and hashes in a worker: its own memory (RssAnon). */
  readonly processMiB: number;
}

export const page: Scenario = {
  name: 'page',
  summary: `the explorer in a fresh browser: first paint, and a file of ${FILE_BYTES / GB} GB`,
  rounds: 1,
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
        const measured = await roundsOf({ rounds, say }, () =>
          visit(consortium.rpc(consortium.names[0] as string), file, say),
        );
        return figuresOf(measured);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** With nothing in its cache. */
async function visit(url: string, file: string, say: Say): Promise<Round> {
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
    const own = await ownMemory(browser);
    const [before, began] = [await heap(), performance.now()];
    const ownBefore = await own();
    await tab.setInputFiles('#file', file);
    const state = { done: false };
    const hashed = tab.locator('#verdict').waitFor();
    const ended = hashed.then(() => {
      state.done = true;
    });
    let [most, ownMost] = [before, ownBefore];
    const telling = setInterval(() => void tellProgress(tab, say), TELL_MS);
    try {
      while (!state.done) {
        [most, ownMost] = [Math.max(most, await heap()), Math.max(ownMost, await own())];
        await Promise.race([sleep(LOOK_MS), ended]);
      }
    } finally {
      clearInterval(telling);
    }
    const hashSeconds = (performance.now() - began) / 1_000;
    const growthMiB = (most - before) / MIB;
    return { paintMs, hashSeconds, growthMiB, processMiB: ownMost - ownBefore };
  } finally {
    await browser.close();
  }
}

/** As a person reads it there. */
async function tellProgress(tab: Page, say: Say): Promise<void> {
  const texts = await tab.locator('.drop').allInnerTexts();
  if (texts.length > 0) say(texts.join(' ').replace(/\s+/g, ' '));
}

/** Of all processes that draw pages, of their own, in MiB. */
async function ownMemory(browser: Browser): Promise<() => Promise<number>> {
  const session = await browser.context.browser()?.newBrowserCDPSession();
  if (session === undefined) throw new Error('the browser does not tell of its processes');
  return async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const drawing = processInfo.filter(({ type }) => type === 'renderer');
    const memories = await Promise.all(drawing.map(({ id }) => memoryOf(id)));
    return memories.reduce((sum, { anonymous }) => sum + anonymous, 0);
  };
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number): number[] => rounds.map(value);
  const paint = of(({ paintMs }) => paintMs);
  const rate = of(({ hashSeconds }) => FILE_BYTES / MIB / hashSeconds);
  const growth = of(({ growthMiB }) => growthMiB);
  const process = of(({ processMiB }) => processMiB);
  return [
    figure('first paint, cold cache', 'ms', paint, { must: { atMost: FIRST_PAINT_MS } }),
    figure('a large file hashed and judged', 'MiB/s', rate),
    figure('growth of the page’s heap meanwhile', 'MiB', growth),
    figure('growth of its process’s own memory (RssAnon)', 'MiB', process, {
      must: { atMost: GROWTH_MIB },
    }),
  ];
}
