/** The certificate of the public listener. */
import { createSecureContext } from 'node:tls';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Config } from './config-table.ts';
import { readText } from './files.ts';

/** @throws CliError CONFIG where the pair is no pair, INPUT_UNREADABLE */
export async function readTls(
  config: Pick<Config, 'rpc.tls-cert' | 'rpc.tls-key'>,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  const [certFile, keyFile] = [config['rpc.tls-cert'], config['rpc.tls-key']];
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') {
    throw configError('rpc.tls-cert and rpc.tls-key go together, and one of them is empty');
  }
  const tls = { cert: await readText(certFile), key: await readText(keyFile) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const what = (error as Error).message;
    throw configError(`${certFile} and ${keyFile} are no certificate and its key: ${what}`);
  }
  return tls;
}

function configError(message: string): CliError {
  return new CliError('CONFIG', message, { exit: EXIT.USAGE });
}
