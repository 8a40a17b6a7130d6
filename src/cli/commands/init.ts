/** `ztc init`: the home of a new node, and the request with which it asks to be in the genesis. */

import { fromJson } from '../../common/codec/index.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { createCounter } from '../../consensus/guard/counter.ts';
import { peerIdOf } from '../../ledger/peer-id.ts';
import { displayName, id } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { CONFIG_OPTIONS, configFromFlags, resolveConfig } from '../home/config.ts';
import { specOf } from '../home/config-table.ts';
import { createHome } from '../home/home.ts';
import { readMemberSigner } from '../keys/signing-key.ts';

export const init = defineCommand({
  name: 'init',
  summary: "make a node's home: keys, config.toml and the member request for the genesis",
  details: [
    'Makes the member, validator and node keys (mode 0600), config.toml, an admin token and the',
    'self-signed ID.member.json, all in the home, but for a member key that --member-key names.',
    'Send only ID.member.json to the others. The configuration flags given here are written to',
    'config.toml.',
  ],
  examples: [
    'ztc init --member acme --name ACME --announce /dns4/ztc.acme.example/tcp/7600 --home acme',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    ...CONFIG_OPTIONS,
    home: { type: 'string', demandOption: true, describe: 'the folder to make', value: 'DIR' },
    member: { type: 'string', demandOption: true, describe: "the member's id", value: 'ID' },
    name: { type: 'string', demandOption: true, describe: "the member's name", value: 'NAME' },
    announce: {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'addresses at which the other members reach this node first (multiaddrs)',
      value: 'ADDR…',
    },
    observer: { type: 'boolean', describe: 'a node that follows without a vote' },
    'member-key': {
      type: 'string',
      env: false,
      describe: 'a member key (ztc key new --member) that stays where it is; else one is made',
      value: 'FILE',
    },
  },
  async run(args, io) {
    const { home, member, name, announce, observer = false } = args;
    if (!fromJson(id, member).ok) throw usageError(`${member} is no id: 2 to 40 of a-z, 0-9 and -`);
    if (!fromJson(displayName, name).ok) {
      throw usageError('the name must be 1 to 96 bytes without control characters');
    }
    for (const address of announce) {
      const wrong = specOf('p2p.announce').wrong(address);
      if (wrong !== undefined) throw usageError(`--announce ${address}: ${wrong}`);
    }
    const config = configFromFlags(args);
    await resolveConfig({ file: '', env: {}, flags: config });
    const now = io.now();
    const about = { dir: home, member, name, observer, announce, config, now };
    const file = args['member-key'];
    const memberSigner = file === undefined ? undefined : await readMemberSigner(file, io);
    const made = await createHome({ ...about, makeCounter: createCounter, memberSigner });
    const { memberKey, nodeKey } = made.request.member;
    return {
      exit: EXIT.OK,
      result: {
        home,
        member,
        role: observer ? 'observer' : 'validator',
        request: made.requestFile,
        memberKey: publicKeyToText(memberKey),
        peerId: peerIdOf(nodeKey),
      },
      text: [
        `made the home of ${member} in ${home}`,
        `member key  ${publicKeyToText(memberKey)}`,
        `peer id     ${peerIdOf(nodeKey)}`,
        `next        send ${made.requestFile} to the other members; one of them runs`,
        '            ztc genesis build --name NAME *.member.json',
      ],
    };
  },
});
