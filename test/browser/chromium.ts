/** Debian's Chromium, driven by playwright-core, with a fresh profile; nothing phones home. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why the browser tests can't run here; undefined where they can. */
export function missingChromium(): string | undefined {
  try {
    accessSync(EXECUTABLE, constants.X_OK);
    return undefined;
  } catch {
    return `no ${EXECUTABLE}: apt-get install chromium`;
  }
}

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const { width = 1280, height = 900, colorScheme = 'light' } = options;
  const profile = mkdtempSync(path.join(tmpdir(), 'ztc-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE,
    args: ARGUMENTS,
    viewport: { width, height },
    colorScheme,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
