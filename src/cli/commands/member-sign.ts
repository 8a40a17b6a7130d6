/** `ztc member sign`: a member's signature on a change of the membership. */
import path from 'node:path';
import { equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { type KeyPair, publicKeyToText } from '../../common/signature.ts';
import { formatChangeSignature, type ReadChange, signChange } from '../../ledger/change-file.ts';
import { memberSchema } from '../../ledger/genesis.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { writeNewFile } from '../home/files.ts';
import { homePaths, readHomeKey } from '../home/home.ts';
import { ownRequests } from '../home/requests.ts';
import { describeChange, readChange } from '../members/change.ts';
import { readMembership } from '../members/membership.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { note } from '../output.ts';
import { openSession } from '../session.ts';

export const memberSign = defineCommand({
  name: 'member sign',
  summary: 'sign a change of the membership with the member key',
  details: [
    'Shows what the change does, the quorum now and then, and who has to sign. With --home it',
    "refuses a change that puts another entry of the own member than one that the home's own",
    'requests ask for. --offline asks no node, and shows what the file says alone. Writes',
    'change.ID.sig.json beside the change; send it to whoever submits.',
  ],
  examples: [
    'ztc member sign change.json --home acme',
    'ztc member sign change.json --key member.json --offline',
  ],
  positionals: {
    change: { describe: 'the file of member propose', type: 'string', demandOption: true },
  },
  options: {
    ...TRUST_OPTIONS,
    home: { type: 'string', describe: "the member's home", value: 'DIR' },
    key: { type: 'string', env: false, describe: 'the member key, elsewhere', value: 'FILE' },
    offline: { type: 'boolean', env: false, describe: 'ask no node' },
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run(args, io) {
    const { change: file, home, key, offline = false, out } = args;
    const change = await readChange(file);
    const keyFile = key ?? (home === undefined ? undefined : homePaths(home).keys.member);
    if (keyFile === undefined) throw usageError('no member key is given: name --home or --key');
    const exposed = (name: string): void => note(io, `others can read ${name}: chmod 600 ${name}`);
    const memberKeys = await readHomeKey(keyFile, 'member', exposed);
    if (home !== undefined) await requireOwnEntry(change, home, memberKeys, file);
    const session = offline ? undefined : await openSession(args, io);
    if (session !== undefined && !equalBytes(session.chain, change.transaction.chain)) {
      throw new CliError('WRONG_CHAIN', `${file} is a change of another chain`);
    }
    const membership = session && (await readMembership(session.client));
    const text = publicKeyToText(memberKeys.publicKey);
    const member = membership?.members.find(({ memberKey }) => memberKey === text)?.id;
    if (membership !== undefined && member === undefined) {
      throw new CliError('KEY_UNKNOWN', `${keyFile} is the key of no active member`);
    }
    const signer = member ?? text.slice('ed25519:'.length, 'ed25519:'.length + 8);
    const target = out ?? signatureFileFor(file, signer);
    await writeNewFile(target, formatChangeSignature(change, signChange(change, memberKeys)));
    const shown = describeChange(change, membership);
    return {
      exit: EXIT.OK,
      result: { file: target, member: member ?? null, key: text, ...shown.json },
      text: [...shown.text, `signed as ${member ?? text}: wrote ${target}`],
    };
  },
});

function signatureFileFor(changeFile: string, signer: string): string {
  const { dir, name } = path.parse(changeFile);
  return path.join(dir, `${name}.${signer}.sig.json`);
}

/** Nobody signs an entry of himself that he didn't ask for. */
async function requireOwnEntry(
  { transaction }: ReadChange,
  home: string,
  { publicKey }: KeyPair,
  file: string,
): Promise<void> {
  const own = await ownRequests(home, publicKey);
  for (const operation of transaction.operations) {
    if (operation.op !== OPERATION.MEMBER_PUT) continue;
    const { member } = operation;
    const isOwn =
      equalBytes(member.memberKey, publicKey) || own.some(({ member: { id } }) => id === member.id);
    const wanted = encode(memberSchema, member);
    if (!isOwn || own.some((each) => equalBytes(encode(memberSchema, each.member), wanted))) {
      continue;
    }
    throw new CliError('CHANGE_ENTRY', `${file} puts an entry of ${member.id} that ${home} lacks`, {
      hint: 'have the change made again from the file of ztc member request',
      exit: EXIT.USAGE,
    });
  }
}
