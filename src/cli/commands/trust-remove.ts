/** `ztc trust remove`: stop trusting a chain or a publisher. */
import { hashText } from '../../client/views.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { CHAIN_OPTIONS, chainsNamed, selectChain } from '../trust/select.ts';
import { type Trust, trustFilePath, updateTrust, withChain } from '../trust/trust-file.ts';

export const trustRemove = defineCommand({
  name: 'trust remove',
  summary: 'stop trusting a chain, or unpin a publisher',
  examples: ['ztc trust remove acme', 'ztc trust remove trust.example'],
  positionals: {
    target: {
      describe: 'a pinned publisher, or the name or fingerprint of a chain',
      type: 'string',
      demandOption: true,
    },
  },
  options: CHAIN_OPTIONS,
  async run({ target, chain }, io) {
    let removed = { chain: '', publisher: null as string | null };
    await updateTrust(trustFilePath(io.env), (trust) => {
      const chains = chain === undefined ? chainsNamed(trust, target) : [];
      const pinned = pinnedIn(trust, target, chain);
      if (chains.length + pinned.length > 1) {
        throw usageError(
          `${target} is more than one thing`,
          'name the chain by its fingerprint, or --chain',
        );
      }
      const [gone] = chains;
      if (gone !== undefined) {
        removed = { chain: hashText(gone.chain), publisher: null };
        return { ...trust, chains: trust.chains.filter((entry) => entry !== gone) };
      }
      const [from] = pinned;
      if (from === undefined) throw usageError(`${target} is not trusted`, 'see: ztc trust list');
      removed = { chain: hashText(from.chain), publisher: target };
      return withChain(trust, from.chain, (entry) => ({
        ...entry,
        publishers: entry.publishers.filter((publisher) => publisher !== target),
      }));
    });
    const what = removed.publisher === null ? `chain ${removed.chain}` : `publisher ${target}`;
    return { exit: EXIT.OK, result: removed, text: [`removed ${what}`] };
  },
});

function pinnedIn(trust: Trust, publisher: string, chain: string | undefined) {
  const chains = chain === undefined ? trust.chains : [selectChain(trust, chain)];
  return chains.filter(({ publishers }) => publishers.includes(publisher));
}
