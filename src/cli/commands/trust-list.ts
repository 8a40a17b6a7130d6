/** `ztc trust list`: what the trust file holds. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { trustedJson, trustedText } from '../trust/describe.ts';
import { readTrust, trustFilePath } from '../trust/trust-file.ts';

export const trustList = defineCommand({
  name: 'trust list',
  summary: 'the chains and publishers that you trust',
  positionals: {},
  options: {},
  async run(_args, io) {
    const file = trustFilePath(io.env);
    const { chains } = await readTrust(file);
    const none = [`no chain is trusted yet (${file})`, 'run: ztc trust add URL --fingerprint HEX'];
    return {
      exit: EXIT.OK,
      result: { file, chains: chains.map(trustedJson) },
      text: chains.length === 0 ? none : chains.flatMap(trustedText),
    };
  },
});
