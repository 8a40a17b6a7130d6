/** Reading a publisher's record in the DNS, as a member that attests it. */

import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainRecord, TXT_LABEL } from '../../ledger/bindings.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

const QUERY_MS = 5_000;
const TRIES = 3;
/** What says that there is nothing, and not that nobody could be asked. */
const ABSENT: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/** Of whose domain, on which chain, and asked where. */
export interface DnsQuestion {
  readonly chain: Uint8Array;
  readonly publisher: string;
  readonly domain: string;
  /** IP[:PORT]; undefined: the machine's own. */
  readonly resolver: string | undefined;
}

/** @throws CliError USAGE, NETWORK, DOMAIN_RECORD */
export async function requireRecord(question: DnsQuestion): Promise<void> {
  const { chain, publisher, domain } = question;
  const name = `${TXT_LABEL}.${domain}`;
  const wanted = domainRecord(chain, publisher);
  const found = await texts(name, question.resolver);
  if (found.includes(wanted)) return;
  const there = found.length === 0 ? 'there is none' : 'what is there is another';
  throw new CliError('DOMAIN_RECORD', `${name} has no TXT record for ${publisher}: ${there}`, {
    hint: `its owner sets: ${name}. IN TXT "${wanted}"`,
    details: { name, wanted, found: found.slice(0, 16) },
    exit: EXIT.UNKNOWN,
  });
}

async function texts(name: string, server: string | undefined): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: QUERY_MS, tries: TRIES });
  if (server !== undefined) {
    if (isIP(server) === 0 && !/^(\d+\.){3}\d+:\d{1,5}$|^\[.+\]:\d{1,5}$/.test(server)) {
      throw usageError(`--resolver ${server} is no address: write IP or IP:PORT`);
    }
    resolver.setServers([server]);
  }
  try {
    // A record longer than 255 bytes comes in pieces.
    return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (ABSENT.has(code)) return [];
    throw new CliError('NETWORK', `the DNS did not answer for ${name}: ${message}`, {
      hint: 'try again, or ask another resolver: --resolver IP',
      cause: error,
    });
  }
}
