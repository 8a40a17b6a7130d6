/** `ztc trust pin`: choose a publisher whose word counts. */
import { hashText } from '../../client/views.ts';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { CHAIN_OPTIONS, selectChain } from '../trust/select.ts';
import { PINNED_MAX, trustFilePath, updateTrust, withChain } from '../trust/trust-file.ts';

export const trustPin = defineCommand({
  name: 'trust pin',
  summary: 'choose a publisher: ztc authenticate then exits 0 for what it trusts',
  examples: ['ztc trust pin acme'],
  positionals: {
    publisher: { describe: "the publisher's id", type: 'string', demandOption: true },
  },
  options: CHAIN_OPTIONS,
  async run({ publisher, chain: named }, io) {
    if (!ID_PATTERN.test(publisher)) {
      throw usageError(`${publisher} is no publisher id: 2 to 40 of a-z, 0-9 and -`);
    }
    let chain: Uint8Array = EMPTY_BYTES;
    const trust = await updateTrust(trustFilePath(io.env), (before) => {
      chain = selectChain(before, named).chain;
      return withChain(before, chain, (entry) => {
        if (entry.publishers.includes(publisher)) return entry;
        if (entry.publishers.length >= PINNED_MAX) {
          throw usageError(`${PINNED_MAX} publishers are pinned already`);
        }
        return { ...entry, publishers: [...entry.publishers, publisher] };
      });
    });
    const { signed, publishers } = selectChain(trust, hashText(chain));
    return {
      exit: EXIT.OK,
      result: { chain: hashText(chain), publisher, publishers },
      text: [`pinned ${publisher} on ${signed.genesis.name}`],
    };
  },
});
