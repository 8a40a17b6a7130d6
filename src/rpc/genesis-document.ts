/** The signed genesis as `chain_genesis` and `/.well-known/ztc.json` show it. */
import { toBase64url } from '../common/bytes.ts';
import { type Json, toJson } from '../common/codec/index.ts';
import { chainOf, genesisSchema } from '../ledger/genesis.ts';
import { ancestorsSchema, type FullGenesis } from '../ledger/genesis-signatures.ts';
import type { ResultOf } from './schema/index.ts';
import { hashText } from './views.ts';

export function genesisDocument(signed: FullGenesis): ResultOf<'chain_genesis'> {
  return {
    chain: hashText(chainOf(signed.genesis)),
    genesis: toJson(genesisSchema, signed.genesis) as { readonly [name: string]: Json },
    signatures: signed.signatures.map(({ member, signature }) => ({
      member,
      signature: toBase64url(signature),
    })),
    ...(signed.ancestors?.length && {
      ancestors: toJson(ancestorsSchema, signed.ancestors) as { readonly [name: string]: Json }[],
    }),
  };
}
