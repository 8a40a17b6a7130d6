/** `ztc trust remove`: stop trusting a chain or a publisher. */
import { hashText } from '../../client/views.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { fingerprintOf } from '../trust/roots.ts';
import { CHAIN_OPTIONS, chainsNamed, selectChain } from '../trust/select.ts';
import { type Trust, trustFilePath, updateTrust, withChain } from '../trust/trust-file.ts';

export const trustRemove = defineCommand({
  name: 'trust remove',
  summary: 'stop trusting a chain, or unpin a publisher, root or revocation list',
  examples: ['ztc trust remove acme', 'ztc trust remove trust.example'],
  positionals: {
    target: {
      describe: 'a pinned publisher, or the name or fingerprint of a chain, root or list',
      type: 'string',
      demandOption: true,
    },
  },
  options: CHAIN_OPTIONS,
  async run({ target, chain }, io) {
    let removed = { chain: '', publisher: null as string | null, root: null as string | null };
    await updateTrust(trustFilePath(io.env), (trust) => {
      const chains = chain === undefined ? chainsNamed(trust, target) : [];
      const pinned = pinnedIn(trust, target, chain);
      const roots = chain === undefined ? rootsNamed(trust, target) : [];
      if (chains.length + pinned.length + roots.length > 1) {
        throw usageError(
          `${target} is more than one thing`,
          'name the chain by its fingerprint, or --chain',
        );
      }
      const [gone] = chains;
      if (gone !== undefined) {
        removed = { chain: hashText(gone.chain), publisher: null, root: null };
        return { ...trust, chains: trust.chains.filter((entry) => entry !== gone) };
      }
      const [root] = roots;
      if (root !== undefined) {
        removed = { chain: '', publisher: null, root: fingerprintOf(root) };
        return {
          ...trust,
          roots: trust.roots.filter((each) => each !== root),
          revocationLists: trust.revocationLists.filter((each) => each !== root),
        };
      }
      const [from] = pinned;
      if (from === undefined) throw usageError(`${target} is not trusted`, 'see: ztc trust list');
      removed = { chain: hashText(from.chain), publisher: target, root: null };
      return withChain(trust, from.chain, (entry) => ({
        ...entry,
        publishers: entry.publishers.filter((publisher) => publisher !== target),
      }));
    });
    const { publisher, root } = removed;
    const what = root
      ? `root or revocation list ${root}`
      : publisher
        ? `publisher ${target}`
        : `chain ${removed.chain}`;
    return { exit: EXIT.OK, result: removed, text: [`removed ${what}`] };
  },
});

/** Roots and revocation lists, by fingerprint, with or without colons. */
function rootsNamed({ roots, revocationLists }: Trust, target: string): readonly Uint8Array[] {
  const wanted = target.replaceAll(':', '').toUpperCase();
  return [...roots, ...revocationLists].filter((root) => fingerprintOf(root) === wanted);
}

function pinnedIn(trust: Trust, publisher: string, chain: string | undefined) {
  const chains = chain === undefined ? trust.chains : [selectChain(trust, chain)];
  return chains.filter(({ publishers }) => publishers.includes(publisher));
}
