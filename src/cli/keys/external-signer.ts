/**
 * Keys that a program keeps: an HSM, a cloud's key service, a smart card. The program is started
 * for each question, gets one line of JSON on standard input and answers by one line on standard
 * output; what it writes to standard error the user sees. docs/keys.md describes the protocol.
 */
import { spawn } from 'node:child_process';
import { concat, fromBase64url, toBase64url, toHex } from '../../common/bytes.ts';
import {
  ALGORITHM_ED25519,
  publicKeyFromText,
  publicKeyToText,
  SIGNATURE_BYTES,
  verify,
} from '../../common/signature.ts';
import { type Signable, type Signer, signedHash } from '../../ledger/signing.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** A person may have to find a card and press a button. */
const ANSWER_TIMEOUT_MS = 5 * 60_000;
/** An answer is a line of a few hundred bytes. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** The program and its arguments. */
export type SignerCommand = readonly [string, ...string[]];

function refused(command: SignerCommand, what: string): CliError {
  return new CliError('SIGNER', `the signer ${command[0]} ${what}`, { exit: EXIT.AUTH });
}

/** @throws CliError SIGNER */
export async function externalPublicKey(command: SignerCommand): Promise<Uint8Array> {
  const { publicKey } = await ask(command, { ask: 'public-key' });
  const read = typeof publicKey === 'string' ? publicKeyFromText(publicKey) : undefined;
  if (read?.ok) return read.value;
  throw refused(command, 'gives no public key: "publicKey": "ed25519:…" was expected');
}

/** Its signatures are checked here; `sign` rejects with CliError SIGNER. */
export function externalSigner(command: SignerCommand, publicKey: Uint8Array): Signer {
  return {
    publicKey,
    sign: async (what: Signable) => {
      const hash = signedHash(what);
      const { signature } = await ask(command, {
        ask: 'sign',
        publicKey: publicKeyToText(publicKey),
        hash: toHex(hash),
        domain: what.domain,
        chain: toHex(what.chain),
        body: toBase64url(what.body),
      });
      const raw = typeof signature === 'string' ? fromBase64url(signature) : undefined;
      const made = raw && concat(Uint8Array.of(ALGORITHM_ED25519), raw);
      if (made?.length === SIGNATURE_BYTES && verify(made, hash, publicKey)) return made;
      throw refused(command, 'gives no good signature of this key over the hash');
    },
  };
}

type Answer = { readonly [name: string]: unknown };

type Question = { readonly ask: 'public-key' | 'sign'; readonly [name: string]: string };

function ask(command: SignerCommand, question: Question): Promise<Answer> {
  const [program, ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const timer = setTimeout(() => child.kill(), ANSWER_TIMEOUT_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > ANSWER_BYTES_MAX) child.kill();
    });
    child.on('error', ({ message }) => {
      clearTimeout(timer);
      reject(refused(command, `can't be started: ${message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const answer = parse(output);
      if (typeof answer?.error === 'string') {
        reject(refused(command, `refuses: ${answer.error}`));
      } else if (code !== 0 || answer === undefined) {
        reject(refused(command, `gives no answer (exit ${code})`));
      } else {
        resolve(answer);
      }
    });
    // A program that doesn't read ends with its own code, not with ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify({ version: 1, ...question })}\n`);
  });
}

function parse(output: string): Answer | undefined {
  if (output.length > ANSWER_BYTES_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(output);
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
