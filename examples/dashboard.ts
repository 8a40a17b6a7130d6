/**
 * Live dashboard: a line for each statement, and how the chain goes on. Ctrl-C ends it.
 *
 *   node bin/run.mjs examples/dashboard.ts [from block]
 */
import { watchBlocks, watchStatements } from 'ztc/client';
import { openLedger } from './ledger.ts';

const [, , from] = process.argv;
const client = await openLedger();
const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
const options = {
  signal: abort.signal,
  ...(from !== undefined && { fromHeight: Number(from) }),
};

async function blocks(): Promise<void> {
  const onStatus = (status: { readonly state: string }): void => {
    if (status.state !== 'live') console.error(`(${status.state})`);
  };
  for await (const block of watchBlocks(client, { ...options, onStatus })) {
    if (block.transactions === 0) continue;
    console.log(`block ${block.height} by ${block.proposer}, transactions: ${block.transactions}`);
  }
}

async function statements(): Promise<void> {
  for await (const { publisher, status, name, version, asset } of watchStatements(
    client,
    options,
  )) {
    console.log(`${publisher} says ${status}: ${name} ${version} ${asset}`);
  }
}

await Promise.all([blocks(), statements()]);
