/** `ztc member request`: what a member asks to be from now on, with the new keys that it takes. */
import path from 'node:path';
import { equalBytes } from '../../common/bytes.ts';
import { type KeyPair, publicKeyToText } from '../../common/signature.ts';
import { createCounter } from '../../consensus/guard/counter.ts';
import { type Member, ROLE } from '../../ledger/genesis.ts';
import { peerIdOf } from '../../ledger/peer-id.ts';
import { formatMemberRequest, signMemberRequest } from '../../ledger/requests.ts';
import { keySigner } from '../../ledger/signing.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { specOf } from '../home/config-table.ts';
import { readTextIfAny, writeNewFile } from '../home/files.ts';
import {
  type HomePaths,
  homePaths,
  newNodeKey,
  newValidatorKey,
  readHomeKey,
} from '../home/home.ts';
import { readVotingKeys } from '../home/own-keys.ts';
import { ownRequests, REQUEST_SUFFIX } from '../home/requests.ts';
import { readMemberSigner } from '../keys/signing-key.ts';
import { note } from '../output.ts';

export const memberRequest = defineCommand({
  name: 'member request',
  summary:
    "write a new ID.member.json: other keys, addresses or another role for the home's member",
  details: [
    'Starts from the newest request in the home, changes what is asked for, signs with all keys',
    'that the entry lists, and writes the next ID-N.member.json into the home. Propose it by ztc',
    'gov propose --put. A new validator key goes to keys/validator-next.json: the running node',
    'finds it when the ledger waits for it, and keys/validator.json is put aside once it votes. A',
    'new node key goes to keys/node-next.json: the running node goes on under it once the change',
    'is final, and keys/node.json is put aside. Keys that are there are taken. A',
    'new member key (ztc key new --member) governs from the deciding vote on; the old one then',
    'founds successors only.',
  ],
  examples: [
    'ztc member request --new-validator-key --home acme',
    'ztc member request --announce /dns4/ztc2.acme.example/tcp/7600 --home acme',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    home: { type: 'string', demandOption: true, describe: "the member's home", value: 'DIR' },
    'member-key': {
      type: 'string',
      env: false,
      describe: 'the member key, where it is not in the home',
      value: 'FILE',
    },
    'new-member-key': {
      type: 'string',
      env: false,
      describe: 'another member key, from ztc key new --member',
      value: 'FILE',
    },
    'new-validator-key': {
      type: 'boolean',
      env: false,
      describe: 'another validator key; of an observer, to vote from now on',
    },
    'new-node-key': { type: 'boolean', env: false, describe: 'another node key, and peer id' },
    observer: { type: 'boolean', env: false, describe: 'give the vote up' },
    name: { type: 'string', env: false, describe: 'another name', value: 'NAME' },
    announce: {
      type: 'string',
      array: true,
      env: false,
      describe: 'other addresses (multiaddrs)',
      value: 'ADDR…',
    },
  },
  async run(args, io) {
    const { home, observer = false, name, announce } = args;
    const paths = homePaths(home);
    const exposed = (file: string): void => note(io, `others can read ${file}: chmod 600 ${file}`);
    const memberFile = args['member-key'] ?? paths.keys.member;
    const memberSigner = await readMemberSigner(memberFile, io);
    const requests = await ownRequests(home, memberSigner.publicKey);
    const own = requests.at(-1)?.member;
    if (own === undefined) {
      throw new CliError('HOME_REQUEST', `${home} has no ID${REQUEST_SUFFIX} of its member key`, {
        hint: 'it is written by ztc init; copy it back',
        exit: EXIT.USAGE,
      });
    }
    for (const address of announce ?? []) {
      const wrong = specOf('p2p.announce').wrong(address);
      if (wrong !== undefined) throw usageError(`--announce ${address}: ${wrong}`);
    }
    const wantsKey = args['new-validator-key'] === true;
    if (observer && wantsKey) throw usageError('an observer has no validator key');
    const validatorKeys = await validatorKeysFor(paths, own, { observer, wantsKey }, exposed);
    const nodeKeys = await nodeKeysFor(paths, args['new-node-key'] === true, exposed);
    const next = args['new-member-key'];
    const governs = next === undefined ? memberSigner : await readMemberSigner(next, io);
    const member: Member = {
      ...own,
      name: name ?? own.name,
      announce: announce ?? own.announce,
      memberKey: governs.publicKey,
      nodeKey: nodeKeys.publicKey,
      role: validatorKeys === undefined ? ROLE.OBSERVER : ROLE.VALIDATOR,
      validatorKey: validatorKeys?.publicKey ?? null,
    };
    const held = [nodeKeys, ...(validatorKeys ? [validatorKeys] : [])];
    const signers = [governs, ...held.map(keySigner)];
    const request = await signMemberRequest(io.now(), member, signers);
    const file = await freeName(home, own.id);
    await writeNewFile(file, formatMemberRequest(request));
    const key = validatorKeys && publicKeyToText(validatorKeys.publicKey);
    const role = validatorKeys === undefined ? 'observer' : 'validator';
    const peerId = peerIdOf(nodeKeys.publicKey);
    return {
      exit: EXIT.OK,
      result: { file, member: own.id, role, validatorKey: key ?? null, peerId },
      text: [
        `wrote ${file}: ${own.id} as ${role}`,
        ...(key === undefined ? [] : [`validator key  ${key}`]),
        `peer id        ${peerId}`,
        `next           ztc gov propose --put ${file}`,
      ],
    };
  },
});

/** The validator key of the new entry; undefined: none. */
async function validatorKeysFor(
  paths: HomePaths,
  own: Member,
  { observer, wantsKey }: { readonly observer: boolean; readonly wantsKey: boolean },
  exposed: (file: string) => void,
): Promise<KeyPair | undefined> {
  const next = paths.nextValidatorKey;
  if (observer || (own.validatorKey === null && !wantsKey)) return undefined;
  if (wantsKey) {
    if ((await readTextIfAny(next)) !== undefined) return readHomeKey(next, 'validator', exposed);
    return newValidatorKey(paths, next, createCounter);
  }
  const wanted = own.validatorKey as Uint8Array;
  const keys = (await readVotingKeys(paths, exposed)).map(({ pair }) => pair);
  const found = keys.find(({ publicKey }) => equalBytes(publicKey, wanted));
  if (found !== undefined) return found;
  throw new CliError('KEY_MISSING', `${paths.dir} has no validator key ${publicKeyToText(wanted)}`);
}

async function nodeKeysFor(
  paths: HomePaths,
  wantsKey: boolean,
  exposed: (file: string) => void,
): Promise<KeyPair> {
  const next = paths.nextNodeKey;
  if (!wantsKey) return readHomeKey(paths.keys.node, 'node', exposed);
  return (await readTextIfAny(next)) === undefined
    ? newNodeKey(next)
    : readHomeKey(next, 'node', exposed);
}

/** Nothing is overwritten: the first request is ID.member.json, the second ID-2.member.json. */
async function freeName(home: string, id: string): Promise<string> {
  for (let count = 2; ; count++) {
    const file = path.join(home, `${id}-${count}${REQUEST_SUFFIX}`);
    if ((await readTextIfAny(file)) === undefined) return file;
  }
}
