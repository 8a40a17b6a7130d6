/** The requests that a home holds: who its member is, and what it asked to be. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes } from '../../common/bytes.ts';
import { verify } from '../../common/signature.ts';
import type { MemberRequest } from '../../ledger/genesis.ts';
import { parseMemberRequest } from '../../ledger/requests.ts';
import { readText } from './files.ts';

export const REQUEST_SUFFIX = '.member.json';

/** All good requests in the home, oldest first. */
export async function requestsIn(dir: string): Promise<MemberRequest[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(REQUEST_SUFFIX)).sort();
  const found: MemberRequest[] = [];
  for (const name of names) {
    const request = parseMemberRequest(await readText(path.join(dir, name)), verify);
    if (request.ok) found.push(request.value);
  }
  return found.sort((a, b) => a.created - b.created);
}

/** Those with that member key, oldest first. */
export async function ownRequests(dir: string, memberKey: Uint8Array): Promise<MemberRequest[]> {
  return (await requestsIn(dir)).filter(({ member }) => equalBytes(member.memberKey, memberKey));
}
