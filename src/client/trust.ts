/** What a program trusts: a chain, by its genesis, whose members all signed it. */
import type { Json } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { verify } from '../common/signature.ts';
import { type ChainTrust, trustOf } from '../ledger/finality.ts';
import { readGenesisDocument } from '../ledger/genesis-file.ts';
import { verifyGenesis } from '../ledger/genesis-signatures.ts';

export interface Trust {
  /** The chain's readable name; a label. */
  readonly name: string;
  /** The chain and the validators of its first epoch; those of later ones are proven. */
  readonly origin: ChainTrust;
}

/**
 * Trust in the chain of a genesis: the text of `genesis.json`, or the document in it. Where it
 * comes from decides what an answer is worth: never from the node that is asked.
 *
 * @throws ZtcError GENESIS_FILE, GENESIS_CHAIN, GENESIS_UNSIGNED, GENESIS_SIGNATURE,
 *   GENESIS_INVALID, SUCCESSOR_CHAIN, SUCCESSOR_FINALITY
 * @example
 * const trust = trustGenesis(genesisText);
 * trust.origin.validators.length; // → 4
 */
export function trustGenesis(genesis: string | Json): Trust {
  const read = readGenesisDocument(typeof genesis === 'string' ? parsed(genesis) : genesis);
  if (!read.ok) throw new ZtcError(read.code, `this is no genesis: ${read.message}`);
  const checked = verifyGenesis(read.value, verify);
  if (!checked.ok) throw new ZtcError(checked.code, checked.message);
  return { name: read.value.genesis.name, origin: trustOf(read.value.genesis) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
