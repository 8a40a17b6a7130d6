/** `ztc guard reset`: an operator's word, where nothing else can tell, that a key may vote. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { publicKeyToText } from '../../common/signature.ts';
import { resetCounter } from '../../consensus/guard/counter.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { homePaths, readHomeKey } from '../home/home.ts';
import { note } from '../output.ts';

export const guardReset = defineCommand({
  name: 'guard reset',
  summary: "take an operator's word that a validator key signed nothing that is not final",
  details: [
    'A validator that lost the record of its votes, or whose home was copied, asks the others and',
    'votes again by itself. Only where that is impossible is this command of use: in a consortium',
    'of one, or where all homes were moved to other machines before their first start. If the key',
    'did sign something, or a second node runs with it, this makes the member equivocate: others',
    'will have the proof. Stop the node first.',
  ],
  examples: ['ztc guard reset --home acme --never-voted ed25519:Yx4…'],
  positionals: {},
  options: {
    home: { type: 'string', demandOption: true, describe: "the node's home", value: 'DIR' },
    'never-voted': {
      type: 'string',
      demandOption: true,
      env: false,
      describe: 'the validator key that this is said of, as a confirmation',
      value: 'KEY',
    },
  },
  async run({ home, 'never-voted': confirmed }, io) {
    const paths = homePaths(home);
    const exposed = (file: string): void => note(io, `others can read ${file}: chmod 600 ${file}`);
    const { publicKey } = await readHomeKey(paths.keys.validator, 'validator', exposed);
    const key = publicKeyToText(publicKey);
    if (confirmed !== key) {
      throw usageError(`--never-voted is not the validator key of ${home}, which is ${key}`);
    }
    const log = path.join(paths.consensus, 'wal');
    const kept = `${log}.${io.now()}`;
    const moved = await rename(log, kept).then(
      () => kept,
      () => null,
    );
    await resetCounter(paths.counter(publicKey));
    return {
      exit: EXIT.OK,
      result: { home, key, log: moved },
      text: [
        `${key} counts as a key that never voted`,
        ...(moved === null ? [] : [`the old record of votes is in ${moved}`]),
      ],
    };
  },
});
