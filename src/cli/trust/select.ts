/** Which chain of the trust file a command means. */
import { hashText } from '../../client/views.ts';
import { usageError } from '../errors.ts';
import { printable } from '../output.ts';
import type { Trust, TrustedChain } from './trust-file.ts';

/** `--genesis` or `--chain` of commands that only change the trust file. */
export const CHAIN_OPTIONS = {
  chain: {
    type: 'string',
    describe: 'name or fingerprint of the chain, where several are trusted',
    value: 'CHAIN',
  },
} as const;

/** The chains of this name or fingerprint. */
export function chainsNamed(trust: Trust, named: string): readonly TrustedChain[] {
  const hex = named.toLowerCase().replace(/^0x/, '');
  return trust.chains.filter(
    ({ chain, signed }) => signed.genesis.name === named || hashText(chain) === `0x${hex}`,
  );
}

/** The chain named, or the only one. @throws CliError USAGE */
export function selectChain(trust: Trust, named: string | undefined): TrustedChain {
  if (trust.chains.length === 0) {
    throw usageError('no chain is trusted yet', 'run: ztc trust add URL --fingerprint HEX');
  }
  const found = named === undefined ? trust.chains : chainsNamed(trust, named);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const list = trust.chains.map(
    ({ chain, signed }) => `${printable(signed.genesis.name)} ${hashText(chain)}`,
  );
  const message =
    named === undefined
      ? 'several chains are trusted'
      : found.length === 0
        ? `no chain ${named} is trusted`
        : `several chains are called ${named}`;
  throw usageError(message, `choose by --chain:\n${list.join('\n')}`);
}
