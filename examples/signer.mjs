#!/usr/bin/env node
/**
 * An external signer of ztc, with a key in a PEM file (PKCS #8, Ed25519) in place of an HSM:
 *
 *   openssl genpkey -algorithm ed25519 -out acme.pem
 *   ztc key new acme.key --publisher acme --signer node --signer signer.mjs --signer acme.pem
 *
 * One line of JSON in, one out: docs/keys.md. What stands in for the HSM is `sign` alone.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const key = createPrivateKey(readFileSync(process.argv[2]));
/** The last 32 bytes of the DER form are the key itself. */
const raw = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
const publicKey = `ed25519:${raw.toString('base64url')}`;

const answer = (members) => process.stdout.write(`${JSON.stringify(members)}\n`);

const question = JSON.parse(readFileSync(0, 'utf8'));
if (question.ask === 'public-key') {
  answer({ publicKey });
} else if (question.ask === 'sign' && question.publicKey === publicKey) {
  // What is signed is a hash; that it is the hash of what is shown is ours to check.
  const hash = createHash('sha256')
    .update(`${question.domain}\0`)
    .update(Buffer.from(question.chain, 'hex'))
    .update(Buffer.from(question.body, 'base64url'))
    .digest();
  if (hash.toString('hex') !== question.hash) answer({ error: 'the hash is of something else' });
  else answer({ signature: sign(null, hash, key).toString('base64url') });
} else {
  answer({ error: 'this key is not here' });
}
