/** Founding the devnet's chain: the genesis ceremony's own functions, all homes on one machine. */

import { genesisOf } from '../src/cli/home/ceremony.ts';
import { formatConfigFile, readConfigFile } from '../src/cli/home/config.ts';
import type { ConfigKey, ConfigValue } from '../src/cli/home/config-table.ts';
import { replaceFile, writeNewFile } from '../src/cli/home/files.ts';
import { createHome, homePaths, readHomeKey } from '../src/cli/home/home.ts';
import { generateKeyPair, readKeyFile, writeKeyFile } from '../src/cli/keys/key-file.ts';
import { invariant } from '../src/common/errors.ts';
import { verify } from '../src/common/signature.ts';
import { createCounter } from '../src/consensus/guard/counter.ts';
import { type MemberRequest, signGenesis } from '../src/ledger/genesis.ts';
import { formatGenesisFile, sealGenesis } from '../src/ledger/genesis-file.ts';
import type { Parameters } from '../src/ledger/parameters.ts';
import { peerIdOf } from '../src/ledger/peer-id.ts';
import { makePublisherRequest } from '../src/ledger/requests.ts';
import type { Folder } from './folder.ts';
import { HOST, type NodePorts } from './ports.ts';

const CHAIN_NAME = 'devnet';
export const PUBLISHER = { id: 'acme', name: 'ACME Software' } as const;

export interface FoundOptions {
  /** Members without a vote. */
  readonly observers?: readonly string[];
  /** When the chain begins, in ms. */
  readonly now?: number;
  /** Ids of publishers beside the first. */
  readonly publishers?: readonly string[];
  /** In place of the defaults. */
  readonly parameters?: Partial<Parameters>;
}

/** Makes all homes, a publisher and the genesis that everybody signed. */
export async function found(
  folder: Folder,
  nodes: ReadonlyMap<string, NodePorts>,
  { observers = [], now = Date.now(), publishers = [], parameters }: FoundOptions = {},
): Promise<void> {
  const requests: MemberRequest[] = [];
  for (const [member, ports] of nodes) {
    const { request } = await createHome({
      makeCounter: createCounter,
      dir: folder.home(member),
      member,
      name: `${member.charAt(0).toUpperCase()}${member.slice(1)} Inc.`,
      observer: observers.includes(member),
      announce: [p2pAddress(ports)],
      config: configFor(ports),
      now,
    });
    requests.push(request);
  }
  const named = [PUBLISHER, ...publishers.map((id) => ({ id, name: id }))];
  const asked = [];
  for (const each of named) {
    const keys = generateKeyPair();
    await writeKeyFile(folder.keyOf(each.id), { purpose: 'publisher', publisher: each.id, keys });
    asked.push(makePublisherRequest(now, { ...each, keys: [keys.publicKey] }, [keys]));
  }
  const genesis = genesisOf(CHAIN_NAME, requests, asked, { changes: parameters });
  const signatures = [];
  for (const member of nodes.keys()) {
    const file = homePaths(folder.home(member)).keys.member;
    signatures.push(signGenesis(genesis, member, await readHomeKey(file, 'member', () => {})));
  }
  const signed = sealGenesis(genesis, signatures, verify);
  invariant(signed.ok, 'a genesis that all members just signed is signed');
  const text = formatGenesisFile(signed.value);
  await writeNewFile(folder.genesis, text);
  for (const member of nodes.keys()) {
    await writeNewFile(homePaths(folder.home(member)).genesis, text);
  }
}

/** Gives the nodes of a chain that is there other ports; what else is configured stays. */
export async function moveTo(folder: Folder, nodes: ReadonlyMap<string, NodePorts>): Promise<void> {
  const peers: string[] = [];
  for (const [member, ports] of nodes) {
    const { publicKey } = (await readKeyFile(homePaths(folder.home(member)).keys.node)).keys;
    peers.push(`${p2pAddress(ports)}/p2p/${peerIdOf(publicKey)}`);
  }
  for (const [member, ports] of nodes) {
    const file = homePaths(folder.home(member)).config;
    const values = { ...(await readConfigFile(file)), ...configFor(ports), 'p2p.peers': peers };
    await replaceFile(file, formatConfigFile(values));
  }
}

function configFor(ports: NodePorts): { readonly [K in ConfigKey]?: ConfigValue } {
  return {
    'p2p.listen': [p2pAddress(ports)],
    'rpc.listen': `${HOST}:${ports.rpc}`,
    'admin.listen': `${HOST}:${ports.admin}`,
  };
}

function p2pAddress({ p2p }: NodePorts): string {
  return `/ip4/${HOST}/tcp/${p2p}`;
}
