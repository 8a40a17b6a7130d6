/**
 * Verify in an installer: nothing is installed unless this publisher says that the file is good.
 *
 *   node bin/run.mjs examples/install.ts app.tgz acme
 */
import { createReadStream } from 'node:fs';
import { authenticate, digestOf } from 'ztc/client';
import { openLedger } from './ledger.ts';

const [, , file, publisher] = process.argv;
if (file === undefined || publisher === undefined) {
  throw new Error('usage: install.ts FILE PUBLISHER');
}

// A proof that fails, an old answer and an unreachable node are thrown: no verdict, no install.
const digest = await digestOf(createReadStream(file));
const verdict = await authenticate(await openLedger(), digest, { publisher });
switch (verdict.status) {
  case 'TRUSTED':
    console.log(`installing ${verdict.statement?.name} ${verdict.statement?.version}`);
    break;
  case 'UNTRUSTED':
  case 'UNSUPPORTED':
  case 'UNKNOWN':
    console.error(`not installing ${file}: ${verdict.status} (${verdict.reason ?? publisher})`);
    process.exitCode = 1;
}
