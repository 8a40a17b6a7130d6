/** `ztc publisher request`: the self-signed file by which a publisher asks to be registered. */
import { compareBytes } from '../../common/bytes.ts';
import { fromJson } from '../../common/codec/index.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { genesisPublisherSchema } from '../../ledger/genesis.ts';
import { nameProblem } from '../../ledger/names/names.ts';
import { formatPublisherRequest, signPublisherRequest } from '../../ledger/requests.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { replaceFile } from '../home/files.ts';
import { readSigningKeys } from '../keys/signing-key.ts';

export const publisherRequest = defineCommand({
  name: 'publisher request',
  summary: 'write ID.publisher.json, with which a publisher asks to be registered',
  details: [
    'The file holds the id, the name and the public keys, signed by each key; it is public. Send',
    'it to a member, who registers it (ztc publisher register), or, before there is a chain, to',
    'all, who give it to ztc genesis build.',
  ],
  examples: ['ztc publisher request --id acme --name "ACME Ltd" --key acme.key'],
  positionals: {},
  options: {
    id: {
      type: 'string',
      env: false,
      demandOption: true,
      describe: "the publisher's id",
      value: 'ID',
    },
    name: {
      type: 'string',
      env: false,
      demandOption: true,
      describe: 'the name that people see',
      value: 'NAME',
    },
    key: {
      type: 'string',
      array: true,
      env: false,
      describe: 'key file; may be repeated (or ZTC_KEY_FILE, ZTC_KEY)',
      value: 'FILE',
    },
    out: {
      type: 'string',
      alias: 'o',
      env: false,
      describe: 'the file to write (default: ID.publisher.json)',
      value: 'FILE',
    },
  },
  async run({ id, name, key, out }, io) {
    const files = key === undefined ? [undefined] : key;
    const keys = await readSigningKeys(files, io);
    const other = keys.find(({ publisher }) => publisher !== undefined && publisher !== id);
    if (other !== undefined) {
      throw usageError(
        `a key belongs to ${other.publisher}, not to ${id}`,
        'make another: ztc key new',
      );
    }
    const signers = keys.map(({ signer }) => signer);
    signers.sort((a, b) => compareBytes(a.publicKey, b.publicKey));
    const publisher = { id, name, keys: signers.map(({ publicKey }) => publicKey) };
    const texts = publisher.keys.map(publicKeyToText);
    if (new Set(texts).size < texts.length) throw usageError('a key is given twice');
    const problem = nameProblem(name);
    if (problem !== undefined) throw usageError(`nobody can be called this: ${problem}`);
    const checked = fromJson(genesisPublisherSchema, { id, name, keys: texts });
    if (!checked.ok) throw usageError(`this is no publisher: ${checked.message}`);
    const file = out ?? `${id}.publisher.json`;
    const request = await signPublisherRequest(io.now(), publisher, signers);
    await replaceFile(file, formatPublisherRequest(request));
    return {
      exit: EXIT.OK,
      result: { file, publisher: id, name, keys: texts },
      text: [
        `wrote ${file}`,
        ...texts.map((text) => `public key ${text}`),
        'next: send it to a member, who runs ztc publisher register',
      ],
    };
  },
});
