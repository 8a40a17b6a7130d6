/**
 * `ztc-verify.mjs`: authenticates a file with a receipt or an RPC URL and nothing else. One file
 * for any Node from 20 on, without installation; exit codes are those of `ztc authenticate`.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeError } from '../cli/errors.ts';
import { EXIT, exitOfVerdict } from '../cli/exit-codes.ts';
import { ZtcError } from '../client/sdk.ts';
import { answer, answerText } from './question.ts';

const USAGE = `usage: node ztc-verify.mjs FILE --genesis FILE (--receipt FILE | --rpc URL)
         [--publisher ID | --any-publisher] [--json]
Exits 0 if FILE is TRUSTED by the publisher named, 10 UNKNOWN, 11 UNTRUSTED, 12 another
publisher or none chosen, 13 UNSUPPORTED, 20 a bad proof, 5 no node or STALE, 2 usage.
`;

const OPTIONS = {
  genesis: { type: 'string' },
  receipt: { type: 'string' },
  rpc: { type: 'string' },
  publisher: { type: 'string' },
  'any-publisher': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ZtcError('USAGE', (error as Error).message, { hint: USAGE });
  }
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw unreadable(file, error);
  }
  return `sha256:${hash.digest('hex')}`;
}

function unreadable(file: string, error: unknown): ZtcError {
  return new ZtcError('INPUT_UNREADABLE', `can't read ${file}: ${(error as Error).message}`);
}

/** Runs with these words; gives the exit code. */
async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = readWords(words);
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.OK;
  }
  const [file, ...more] = positionals;
  const { genesis, receipt, rpc, publisher, 'any-publisher': anyPublisher } = values;
  const sources = [receipt, rpc].filter((source) => source !== undefined);
  if (file === undefined || more.length > 0 || genesis === undefined || sources.length !== 1) {
    throw new ZtcError('USAGE', 'one FILE, --genesis, and one of --receipt and --rpc', {
      hint: USAGE,
    });
  }
  if (publisher !== undefined && anyPublisher) {
    throw new ZtcError('USAGE', '--publisher and --any-publisher exclude each other');
  }
  const given = await answer({
    digest: await digestOf(file),
    genesis: await readInput(genesis),
    receipt: receipt === undefined ? undefined : await readInput(receipt),
    rpc,
    publisher,
    anyPublisher,
  });
  const exit = exitOfVerdict(given);
  const document = { schema: 'ztc.verify/v1', ok: true, result: { input: file, exit, ...given } };
  const text = values.json ? JSON.stringify(document) : answerText(given, file).join('\n');
  process.stdout.write(`${text}\n`);
  return exit;
}

run(process.argv.slice(2)).then(
  (exit) => {
    process.exitCode = exit;
  },
  (error: unknown) => {
    const { exit, code, message, hint } = describeError(error);
    process.stderr.write(
      `ztc-verify: ${message} (${code})\n${hint === undefined ? '' : `  ${hint}\n`}`,
    );
    process.exitCode = exit;
  },
);
