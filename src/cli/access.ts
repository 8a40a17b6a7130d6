/** What a command needs to be let in: a token, and whose certificates it believes. */
import { X509Certificate } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { withToken } from '../client/http.ts';
import { usageError } from './errors.ts';
import { readText } from './home/files.ts';
import type { Io } from './output.ts';

/** The same process, with requests that carry the token. @throws CliError */
export async function withAccess(args: { readonly [name: string]: unknown }, io: Io): Promise<Io> {
  const { ca, 'token-file': file } = args;
  if (typeof ca === 'string') believe(ca, await readText(ca));
  const token = typeof file === 'string' ? await readText(file) : io.env.ZTC_TOKEN;
  const given = (token ?? '').trim();
  if (given === '') return io;
  if (/\s/.test(given)) throw usageError(`${file ?? 'ZTC_TOKEN'} holds no token: one word`);
  return { ...io, fetch: withToken(given, io.fetch) };
}

/** Beside those that the machine believes anyway, for all of this process. */
function believe(file: string, pem: string): void {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (found.length === 0) throw new Error('there is no certificate in it');
    for (const certificate of found) new X509Certificate(certificate);
  } catch (error) {
    throw usageError(`--ca ${file}: ${(error as Error).message}`);
  }
  setDefaultCACertificates([...getCACertificates('default'), ...found]);
}
