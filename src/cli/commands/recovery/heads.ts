/** What is final on the nodes that survived, proven: the highest block has to be the own one. */
import { createClient } from '../../../client/client.ts';
import { askHeader } from '../../../client/headers.ts';
import { KnownValidators } from '../../../client/known-validators.ts';
import { httpTransport } from '../../../client/transport.ts';
import { hashText } from '../../../client/views.ts';
import { blockHash } from '../../../ledger/block.ts';
import { trustOf } from '../../../ledger/finality.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { parseUrl } from '../../options.ts';
import type { Io } from '../../output.ts';
import type { LastState } from './last-state.ts';

export interface SurvivorHead {
  readonly url: string;
  /** Whose node it says it is. */
  readonly member: string | null;
  readonly height: number;
}

/**
 * Asks each survivor for its newest final block, proven under the genesis.
 *
 * @throws CliError SUCCESSOR_BEHIND where one has more, FORK where one has another block
 */
export async function collectHeads(
  urls: readonly string[],
  { genesis, head, hashAt }: LastState,
  io: Io,
): Promise<readonly SurvivorHead[]> {
  const heads: SurvivorHead[] = [];
  for (const given of urls) {
    const url = parseUrl('--head', given);
    const transport = httpTransport({ urls: [url], fetch: io.fetch });
    const client = createClient({ transport, signal: io.signal });
    const status = await client.call('chain_status', {});
    if (status.chain !== hashText(head.chain)) {
      throw new CliError('GENESIS_MISMATCH', `${url} is on another chain (${status.chain})`, {
        exit: EXIT.PROOF_INVALID,
      });
    }
    const { member } = await client.call('node_info', {});
    const { height } = status.head;
    if (height > 0) {
      const validators = new KnownValidators(trustOf(genesis.genesis));
      const { proof } = await askHeader(client, height, validators);
      const hash = hashText(blockHash(head.chain, proof.header));
      if (height > head.height) throw behind(url, height, head.height);
      if (hashAt(height) !== hash) {
        throw new CliError('FORK', `${url} has another final block ${height} than this home`, {
          exit: EXIT.DIVERGENCE,
          hint: 'validators signed both ways: ztc evidence list --rpc URL, and talk to the members',
        });
      }
    }
    heads.push({ url, member, height });
  }
  return heads;
}

function behind(url: string, height: number, own: number): CliError {
  return new CliError('SUCCESSOR_BEHIND', `block ${height} is final at ${url}, here only ${own}`, {
    exit: EXIT.USAGE,
    hint: 'run this where that node’s home is, or start this one and let it fetch the rest',
  });
}
