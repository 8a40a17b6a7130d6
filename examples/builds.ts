/**
 * An application of several records: a build's result and the pointer to the newest one change
 * together or not at all, whoever else writes at the same time.
 *
 *   node bin/run.mjs examples/builds.ts 1.4.0 passed
 */
import { records, TransactionError } from 'ztc/client';
import { openLedger, openSigner } from './ledger.ts';

const [, , build, result] = process.argv;
if (build === undefined || result === undefined) throw new Error('usage: builds.ts BUILD RESULT');

const TRIES = 5;
const [client, signer] = [await openLedger(), await openSigner()];
const namespace = `${signer.publisher}/builds`;

for (let attempt = 1; ; attempt++) {
  const latest = await records.get(client, { namespace, key: 'latest' });
  const entries = [
    { key: build, value: result, ifRevision: 0 },
    { key: 'latest', value: build, ifRevision: latest.record?.revision ?? 0 },
  ];
  try {
    const { height } = await records.put(client, signer, { namespace, entries });
    const which = { namespace, key: 'latest', minHeight: height };
    const { revisions } = await records.history(client, which);
    console.log(`${build} ${result} in block ${height}; latest had ${revisions.length} revisions`);
    break;
  } catch (error) {
    // Somebody else moved the pointer meanwhile: look again. A build that is there stays as it is.
    const isLate = error instanceof TransactionError && error.code === 'REVISION_MISMATCH';
    if (!isLate || attempt === TRIES) throw error;
  }
}
