/** `ztc trust list`: what the trust file holds. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { trustedJson, trustedText } from '../trust/describe.ts';
import { describeLists, describeRoots } from '../trust/roots.ts';
import { readTrust, trustFilePath } from '../trust/trust-file.ts';

export const trustList = defineCommand({
  name: 'trust list',
  summary: 'the chains, publishers and roots that you trust',
  positionals: {},
  options: {},
  async run(_args, io) {
    const file = trustFilePath(io.env);
    const { chains, roots, revocationLists } = await readTrust(file);
    const shown = await describeRoots(roots);
    const lists = await describeLists(revocationLists);
    const none = [`no chain is trusted yet (${file})`, 'run: ztc trust add URL --fingerprint HEX'];
    return {
      exit: EXIT.OK,
      result: {
        file,
        chains: chains.map(trustedJson),
        roots: shown.map((root) => ({ ...root })),
        revocationLists: lists.map((each) => ({ ...each })),
      },
      text: [
        ...(chains.length === 0 ? none : chains.flatMap(trustedText)),
        ...shown.map(({ fingerprint, subject }) => `root  ${fingerprint}  ${subject}`),
        ...lists.map(
          ({ fingerprint, issuer, time }) =>
            `crl   ${fingerprint}  ${issuer}, of ${new Date(time).toISOString()}`,
        ),
      ],
    };
  },
});
