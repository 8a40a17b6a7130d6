/** The proof that the devnet works: one file notarized through a node, authenticated by another. */
import { readFile, writeFile } from 'node:fs/promises';
import { readTextIfAny } from '../src/cli/home/files.ts';
import { ZtcError } from '../src/common/errors.ts';
import type { Folder } from './folder.ts';
import { PUBLISHER } from './found.ts';
import { type ZtcRun, ztc } from './ztc.ts';

const SAMPLE_TEXT = 'Hello from the devnet: this file is notarized.\n';

export interface Verdicts {
  readonly notarized: string;
  readonly authenticated: string;
}

export interface SampleOptions {
  readonly folder: Folder;
  /** RPC URLs of the node that notarizes and of the one that authenticates. */
  readonly write: string;
  readonly read: string;
  readonly signal: AbortSignal;
}

/** @throws ZtcError SAMPLE_FAILED with what the command said */
export async function proveSample(options: SampleOptions): Promise<Verdicts> {
  const { folder, write, read, signal } = options;
  const run = async (...words: string[]): Promise<string> => {
    const done = await ztc(folder.trust, signal, ...words);
    signal.throwIfAborted();
    if (done.exit !== 0) throw failed(words, done);
    return done.stdout.trimEnd();
  };
  if ((await readTextIfAny(folder.trust)) === undefined) {
    const { chain } = JSON.parse(await readFile(folder.genesis, 'utf8')) as { chain: string };
    await run('trust', 'add', folder.genesis, '--fingerprint', chain.replace(/^0x/, ''));
    await run('trust', 'pin', PUBLISHER.id);
  }
  await writeFile(folder.sample, SAMPLE_TEXT);
  return {
    notarized: await run('notarize', folder.sample, '--rpc', write, '--key', folder.publisherKey),
    authenticated: await run('authenticate', folder.sample, '--rpc', read),
  };
}

function failed(words: readonly string[], { exit, stdout, stderr }: ZtcRun): ZtcError {
  const said = `${stdout}${stderr}`.trimEnd();
  const message = `ztc ${words.join(' ')} ended with exit code ${exit}`;
  return new ZtcError('SAMPLE_FAILED', message, { hint: said });
}
