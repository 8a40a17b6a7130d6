/**
 * `ztc` in this process, against a real RPC server over a real ledger in memory: what is submitted
 * becomes final at once, as in a consortium of one very fast machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { COMMANDS, GROUPS } from '../../../src/cli/commands.ts';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import type { Io } from '../../../src/cli/output.ts';
import { runCli } from '../../../src/cli/run.ts';
import { type Rig, type RigOptions, startRig } from '../rpc/rig.ts';
import { keysOf, seal } from '../state/fixture.ts';

export interface CliAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON document, where there is one. */
  // biome-ignore lint/suspicious/noExplicitAny: every command has another result
  readonly json: any;
}

/** Runs `ztc` with these words; `env` is all of its environment. */
export async function ztc(
  words: readonly string[],
  env: { readonly [name: string]: string } = {},
  io: Partial<Io> = {},
): Promise<CliAnswer> {
  let stdout = '';
  let stderr = '';
  const exit = await runCli(
    words,
    {
      stdout: (text) => {
        stdout += typeof text === 'string' ? text : Buffer.from(text).toString();
      },
      stderr: (text) => {
        stderr += text;
      },
      stdoutIsTty: false,
      stderrIsTty: false,
      stdinIsTty: false,
      stdin: async function* () {},
      env,
      signal: new AbortController().signal,
      now: () => Date.now(),
      fetch: globalThis.fetch,
      ...io,
    },
    { commands: COMMANDS, groups: GROUPS, version: '0.0.0' },
  );
  return { exit, stdout, stderr, json: stdout.startsWith('{') ? JSON.parse(stdout) : undefined };
}

export interface World extends Rig {
  readonly dir: string;
  /** ZTC_RPC, ZTC_TRUST and ZTC_KEY_FILE (of acme). */
  readonly env: { readonly [name: string]: string };
  /** Writes a file and gives its path. */
  file(name: string, content: string | Uint8Array): string;
  /** An empty block with its own finalization, at this ledger time. */
  close(time?: number): Promise<void>;
  /** False: what is submitted stays pending. */
  sealing: boolean;
}

const SEAL_EVERY_MS = 3;
const AGE_MS = 5_000;

export async function startWorld(options: RigOptions = {}): Promise<World> {
  const rig = await startRig({ genesisTime: Date.now() - AGE_MS, ...options });
  const { ledger, pool } = rig;
  const dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-cli-'));
  const file: World['file'] = (name, content) => {
    writeFileSync(path.join(dir, name), content);
    return path.join(dir, name);
  };
  const sealed = async (empty: boolean, time = Date.now()): Promise<void> => {
    await seal(ledger, { time, empty });
    if (!empty) pool.clear();
  };
  const world = { ...rig, dir, file, close: (time?: number) => sealed(true, time), sealing: true };
  let busy = Promise.resolve();
  const timer = setInterval(() => {
    if (!world.sealing || pool.size === 0) return;
    busy = busy.then(async () => {
      if (pool.size === 0) return;
      await sealed(false);
      await sealed(true);
    });
  }, SEAL_EVERY_MS);
  await world.close();
  const key = formatKeyFile({ purpose: 'publisher', publisher: 'acme', keys: keysOf('acme') });
  return Object.assign(world, {
    env: {
      ZTC_RPC: rig.url,
      ZTC_TRUST: path.join(dir, 'trust.json'),
      ZTC_KEY_FILE: file('acme.key', key),
    },
    stop: async () => {
      clearInterval(timer);
      await busy;
      await rig.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  });
}
