/**
 * The signed genesis as a JSON document: the file `genesis.json`, the answer of `chain_genesis` and
 * `/.well-known/ztc.json`. The chain stands in it for people; readers compute it. Pure.
 */
import { compareText, toHex } from '../common/bytes.ts';
import { fromJson, type Json, toJson } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { asObject, type JsonObject, parseJson } from './document.ts';
import {
  chainOf,
  type Genesis,
  type GenesisSignature,
  genesisSchema,
  genesisSignatureSchema,
} from './genesis.ts';
import {
  type Ancestor,
  ancestorsSchema,
  type FullGenesis,
  fullGenesisSchema,
  type GenesisCode,
  verifyGenesis,
} from './genesis-signatures.ts';
import { hash } from './primitives.ts';

export const GENESIS_FILE_SCHEMA = 'ztc.genesis/v1';
export const SIGNATURE_FILE_SCHEMA = 'ztc.genesis-signature/v1';

export type GenesisFileCode = 'GENESIS_FILE' | 'GENESIS_CHAIN';

/** A genesis document as read: the signatures are of the right form, and not checked yet. */
export interface GenesisDocument extends FullGenesis {
  readonly ancestors: readonly Ancestor[];
  /** Computed, and equal to the document's own `chain`. */
  readonly chain: Uint8Array;
}

/** What a genesis document says; `signatures` may still be missing some or all. */
export type GenesisFields = {
  readonly chain: string;
  readonly genesis: JsonObject;
  readonly signatures: { readonly member: string; readonly signature: string }[];
  readonly ancestors?: JsonObject[];
};

export function genesisFields({ genesis, signatures, ancestors = [] }: FullGenesis): GenesisFields {
  return {
    chain: toJson(hash, chainOf(genesis)) as string,
    genesis: toJson(genesisSchema, genesis) as JsonObject,
    signatures: signatures.map(
      (entry) => toJson(genesisSignatureSchema, entry) as GenesisFields['signatures'][0],
    ),
    ...(ancestors.length > 0 && {
      ancestors: toJson(ancestorsSchema, ancestors) as JsonObject[],
    }),
  };
}

/** The document that they stand in. */
export function genesisDocument(signed: FullGenesis): GenesisFields & { readonly schema: string } {
  return { schema: GENESIS_FILE_SCHEMA, ...genesisFields(signed) };
}

/** The text of `genesis.json`: the same bytes for the same genesis and signatures. */
export function formatGenesisFile(signed: FullGenesis): string {
  return formatJson(genesisDocument(signed));
}

/** Reads a genesis document, parsed already; members that nodes add (such as `rpc`) are ignored. */
export function readGenesisDocument(document: unknown): Result<GenesisDocument, GenesisFileCode> {
  const object = asObject(document);
  if (object === undefined) return failure('GENESIS_FILE', 'it is no JSON object');
  if (object.schema !== undefined && object.schema !== GENESIS_FILE_SCHEMA) {
    return failure('GENESIS_FILE', `its schema is not ${GENESIS_FILE_SCHEMA}`);
  }
  const signed = fromJson(fullGenesisSchema, {
    genesis: object.genesis,
    signatures: object.signatures ?? [],
    ancestors: object.ancestors ?? [],
  });
  if (!signed.ok) return failure('GENESIS_FILE', signed.message);
  const chain = chainOf(signed.value.genesis);
  if (object.chain !== toJson(hash, chain)) {
    return failure('GENESIS_CHAIN', `its content makes the chain 0x${toHex(chain)}, not the named`);
  }
  return success({ ...signed.value, chain });
}

/** Reads the text of a genesis file. */
export function parseGenesisFile(text: string): Result<GenesisDocument, GenesisFileCode> {
  return readGenesisDocument(parseJson(text));
}

/** The text of `ID.sig.json`: one member's signature on the genesis of `chain`. */
export function formatSignatureFile(chain: Uint8Array, signature: GenesisSignature): string {
  return formatJson({
    schema: SIGNATURE_FILE_SCHEMA,
    chain: toJson(hash, chain),
    ...(toJson(genesisSignatureSchema, signature) as JsonObject),
  });
}

/** Reads `ID.sig.json` for the genesis of `chain`. */
export function parseSignatureFile(
  chain: Uint8Array,
  text: string,
): Result<GenesisSignature, GenesisFileCode> {
  const object = asObject(parseJson(text));
  if (object?.schema !== SIGNATURE_FILE_SCHEMA) {
    return failure('GENESIS_FILE', `it is no JSON object with schema ${SIGNATURE_FILE_SCHEMA}`);
  }
  const { schema: _schema, chain: named, ...rest } = object;
  const signature = fromJson(genesisSignatureSchema, rest);
  if (!signature.ok) return failure('GENESIS_FILE', signature.message);
  if (named !== toJson(hash, chain)) {
    return failure('GENESIS_CHAIN', `${signature.value.member} signed another genesis: ${named}`);
  }
  return signature;
}

/** Adds signatures to a genesis and checks that those signed who have to, and nobody else. */
export function sealGenesis(
  genesis: Genesis,
  signatures: readonly GenesisSignature[],
  verify: Verify,
  ancestors: readonly Ancestor[] = [],
): Result<FullGenesis, GenesisCode> {
  const byMember = new Map(signatures.map((entry) => [entry.member, entry]));
  const sorted = [...byMember.values()].sort((a, b) => compareText(a.member, b.member));
  const signed = { genesis, signatures: sorted, ...(ancestors.length > 0 && { ancestors }) };
  const verified = verifyGenesis(signed, verify);
  return verified.ok ? success(signed) : verified;
}

function formatJson(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
