/**
 * What an old checkpoint needs: two members whose own nodes stand behind the blocks that were
 * shown. Who once held the validators' keys can show another history; it has to hold the node keys
 * of a second source as well, and two addresses of one node are one source.
 */
import type { Client } from '../client/client.ts';
import { KnownValidators } from '../client/known-validators.ts';
import { askWitness } from '../client/witness.ts';
import { headOf, trustFrom } from '../ledger/light-client.ts';
import { describeError } from './errors.ts';
import type { NodeRound } from './heads.ts';
import { type Io, note, printable } from './output.ts';

/** How many members have to stand behind it. */
const SOURCES_MIN = 2;

/** The members whose nodes signed, and whether they are enough; who is none is noted. */
export async function secondSource(
  clients: readonly Client[],
  round: readonly NodeRound[],
  io: Io,
): Promise<{ readonly members: readonly string[]; readonly isEnough: boolean }> {
  const members = new Set<string>();
  for (const [i, client] of clients.entries()) {
    const { url, step } = round[i] as NodeRound;
    if (step === undefined) continue;
    const { checkpoint } = step;
    const validators = new KnownValidators(trustFrom(checkpoint));
    // The nonce says that it is now, however long the chain stands still.
    const fresh = { newest: undefined, maxAgeMs: Number.POSITIVE_INFINITY, minHeight: 0 };
    try {
      const context = { validators, ...fresh, now: io.now };
      const member = await askWitness(client, headOf(checkpoint), context);
      if (member === undefined) note(io, `${printable(url)} is no active member's node`);
      else members.add(member);
    } catch (error) {
      note(io, `${printable(url)} is no source: ${describeError(error).message}`);
    }
  }
  return { members: [...members], isEnough: members.size >= SOURCES_MIN };
}
