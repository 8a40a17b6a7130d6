/** `ztc trust add`: pin a chain after looking at who founded it. */
import { createClient } from '../../client/client.ts';
import { getJson } from '../../client/http.ts';
import { httpTransport } from '../../client/transport.ts';
import { hashText } from '../../client/views.ts';
import { equalBytes } from '../../common/bytes.ts';
import { verify } from '../../common/signature.ts';
import { firstHeightOf } from '../../ledger/first-block.ts';
import { chainOf } from '../../ledger/genesis.ts';
import { type GenesisDocument, readGenesisDocument } from '../../ledger/genesis-file.ts';
import { type FullGenesis, lineageOf, verifyGenesis } from '../../ledger/genesis-signatures.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis } from '../home/ceremony.ts';
import { readText } from '../home/files.ts';
import { parseUrl, RPC_OPTIONS } from '../options.ts';
import type { Io } from '../output.ts';
import { parseFingerprint } from '../session.ts';
import { canAsk, confirm } from '../terminal.ts';
import {
  CHAINS_MAX,
  readTrust,
  type Trust,
  type TrustedChain,
  trustedChain,
  trustFilePath,
  URLS_MAX,
  updateTrust,
  withChain,
} from '../trust/trust-file.ts';

/** Where nodes, and members' own sites, publish the genesis. */
const WELL_KNOWN_PATH = '/.well-known/ztc.json';

export const trustAdd = defineCommand({
  name: 'trust add',
  summary: 'trust a chain: check who founded it and keep its genesis in the trust file',
  details: [
    'Checks that every listed member signed the genesis and shows members and fingerprint. Needs',
    'the fingerprint from elsewhere (a member publishes it on its own site, a publisher beside the',
    'download) by --fingerprint, or your yes on a terminal. The nodes to ask from then on are',
    'SOURCE, where it is one, and those of --rpc. A successor, which goes on where a chain lost',
    'its quorum, is shown with who signed it and who did not, and is followed only from here on:',
    'it takes the place of the chain before, with the publishers pinned there.',
  ],
  examples: [
    'ztc trust add https://ztc.acme.example --fingerprint 5be1…',
    'ztc trust add genesis.json',
  ],
  positionals: {
    source: {
      describe: 'a node, a site of a member, or a file',
      type: 'string',
      demandOption: true,
    },
  },
  options: {
    fingerprint: { type: 'string', env: false, describe: 'what it has to be', value: 'HEX' },
    ...RPC_OPTIONS,
  },
  async run({ source, fingerprint, rpc = [] }, io) {
    const wanted = fingerprint === undefined ? undefined : fingerprintOf(fingerprint);
    const { document, urls } = await fetchDocument(source, rpc, io);
    const read = readGenesisDocument(document);
    if (!read.ok) throw new CliError(read.code, `${source} gives no genesis: ${read.message}`);
    const { chain, ...signed } = read.value;
    const checked = verifyGenesis(signed, verify);
    if (!checked.ok) {
      throw new CliError(checked.code, `the genesis from ${source}: ${checked.message}`);
    }
    const lost = await lostBlocks(signed, io);
    await decide(read.value, lost, wanted, io);
    await updateTrust(trustFilePath(io.env), (trust) => withGenesis(trust, chain, signed, urls));
    const shown = describeGenesis(signed);
    return {
      exit: EXIT.OK,
      result: { ...shown.json, urls },
      text: [
        ...shown.text,
        ...lost,
        'trusted from now on; answers are checked against this genesis',
        'next: choose whom you believe: ztc trust pin PUBLISHER',
      ],
    };
  },
});

function fingerprintOf(text: string): Uint8Array {
  const chain = parseFingerprint(text.replaceAll(/[\s:]/g, ''));
  if (chain === undefined) throw usageError('--fingerprint takes 64 hexadecimal digits');
  return chain;
}

/** Throws unless the fingerprint is the wanted one, or somebody says yes. */
async function decide(
  document: GenesisDocument,
  lost: readonly string[],
  wanted: Uint8Array | undefined,
  io: Io,
): Promise<void> {
  const { chain } = document;
  if (wanted !== undefined) {
    if (equalBytes(wanted, chain)) return;
    const message = `the fingerprint is ${hashText(chain)}, not ${hashText(wanted)}`;
    throw new CliError('GENESIS_MISMATCH', message, {
      hint: 'this is not the chain that you were told about: do not trust it',
    });
  }
  const { text, json } = describeGenesis(document);
  io.stderr(`${[...text, ...lost].join('\n')}\n`);
  if (canAsk(io) && (await confirm(io, 'Is this the fingerprint you were told? Trust it?'))) return;
  const fingerprint = hashText(chain).slice(2);
  throw new CliError('TRUST_REQUIRED', 'not trusted: the fingerprint was not confirmed', {
    hint: `compare it with what a member publishes, then add: --fingerprint ${fingerprint}`,
    details: { chain: json.chain, members: json.members },
  });
}

async function fetchDocument(
  source: string,
  rpc: readonly string[],
  io: Io,
): Promise<{ readonly document: unknown; readonly urls: readonly string[] }> {
  const given = rpc.map((url) => parseUrl('--rpc', url));
  if (!/^https?:/.test(source)) {
    const content = await readText(source);
    try {
      return { document: JSON.parse(content), urls: given };
    } catch (error) {
      throw new CliError('GENESIS_FILE', `${source} is no JSON`, { cause: error });
    }
  }
  const base = new URL(parseUrl('', source).trim());
  const url = base.pathname.endsWith('.json') ? base.href : new URL(WELL_KNOWN_PATH, base).href;
  const document = await getJson(url, { signal: io.signal, fetch: io.fetch });
  const named = (document as { readonly rpc?: unknown } | null)?.rpc;
  const others = given.length === 0 && typeof named === 'string' ? [named] : [];
  for (const candidate of [new URL('/', base).href, ...others]) {
    if (URL.canParse(candidate) && (await isNode(candidate, io))) {
      return { document, urls: [candidate, ...given.filter((url) => url !== candidate)] };
    }
  }
  return { document, urls: given };
}

/** A member's site may only publish the document; then its `rpc` names a node. */
async function isNode(url: string, io: Io): Promise<boolean> {
  const client = createClient({
    transport: httpTransport({ urls: [url], retries: 0, fetch: io.fetch }),
    signal: io.signal,
  });
  return client.call('chain_status', {}).then(
    () => true,
    () => false,
  );
}

/** The entry of the newest chain that this one goes on from. */
function chainBefore(trust: Trust, signed: FullGenesis): TrustedChain | undefined {
  const known = lineageOf(signed)
    .slice(0, -1)
    .map((each) => trustedChain(trust, chainOf(each)));
  return known.findLast((entry) => entry !== undefined);
}

/** What the trust file knows to have been final, and a successor leaves behind. */
async function lostBlocks(signed: FullGenesis, io: Io): Promise<readonly string[]> {
  const seen = chainBefore(await readTrust(trustFilePath(io.env)), signed)?.head;
  const first = firstHeightOf(signed.genesis);
  if (!seen || seen.height < first) return [];
  return [
    `lost         blocks ${first} to ${seen.height} of it were final here and are not in this`,
  ];
}

/** With the chain; one that is there keeps what is known of it and gains the addresses. */
function withGenesis(
  trust: Trust,
  chain: Uint8Array,
  signed: FullGenesis,
  urls: readonly string[],
): Trust {
  if (trustedChain(trust, chain) !== undefined) {
    return withChain(trust, chain, (entry) => {
      const all = [...urls, ...entry.urls.filter((url) => !urls.includes(url))];
      return { ...entry, urls: all.slice(0, URLS_MAX) };
    });
  }
  if (trust.chains.length >= CHAINS_MAX) {
    throw usageError(`the trust file holds ${CHAINS_MAX} chains already`, 'ztc trust remove CHAIN');
  }
  // A successor takes the place of the chain that it goes on from, and of who was pinned there.
  const before = chainBefore(trust, signed);
  const entry = {
    chain,
    signed: { ...signed, ancestors: signed.ancestors ?? [] },
    urls: urls.slice(0, URLS_MAX),
    head: null,
    publishers: before?.publishers ?? [],
    checkpoint: null,
  };
  return { ...trust, chains: [...trust.chains.filter((each) => each !== before), entry] };
}
