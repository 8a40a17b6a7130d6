/** What the examples share: a client of a chain whose genesis you checked, from the environment. */
import { readFile } from 'node:fs/promises';
import {
  createClient,
  fallback,
  http,
  type LedgerClient,
  type Signer,
  signerOf,
  trustGenesis,
} from 'ztc/client';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`set ${name}`);
  return value;
}

/** ZTC_RPC: addresses of nodes; ZTC_GENESIS: the file to believe, never a node's word. */
export async function openLedger(): Promise<LedgerClient> {
  const nodes = setting('ZTC_RPC').split(/[\s,]+/);
  const token = process.env.ZTC_TOKEN;
  return createClient({
    transport: fallback(nodes.map((url) => http(url, token === undefined ? {} : { token }))),
    trust: trustGenesis(await readFile(setting('ZTC_GENESIS'), 'utf8')),
  });
}

/** ZTC_KEY_FILE: a publisher's key, as `ztc key new` writes it. */
export async function openSigner(): Promise<Signer> {
  return signerOf(await readFile(setting('ZTC_KEY_FILE'), 'utf8'));
}
