/**
 * Publish from a build script: notarizes a file and writes its receipt beside it.
 *
 *   node bin/run.mjs examples/publish.ts dist/app.tgz 1.4.0
 */
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf, notarize, receiptOf } from 'ztc/client';
import { openLedger, openSigner } from './ledger.ts';

const [, , file, version = ''] = process.argv;
if (file === undefined) throw new Error('usage: publish.ts FILE [VERSION]');

const [client, signer] = [await openLedger(), await openSigner()];
let size = 0;
const digest = await digestOf(createReadStream(file), (bytes) => {
  size = bytes;
});
const said = { digest, name: path.basename(file), version, size };
const { hash, height } = await notarize(client, signer, said);
const { publisher } = signer;
const receipt = await receiptOf(client, digest, { publisher, minHeight: height });
await writeFile(`${file}.receipt.json`, receipt);
console.log(`${digest} is notarized by ${signer.publisher} in block ${height} (${hash})`);
