/**
 * The signed genesis as a JSON document: the file `genesis.json`, the answer of `chain_genesis` and
 * `/.well-known/ztc.json`. The chain stands in it for people; readers compute it. Pure.
 */
import { toHex } from '../common/bytes.ts';
import { fromJson, type Json, toJson } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import {
  chainOf,
  type Genesis,
  type GenesisCode,
  type GenesisSignature,
  genesisSchema,
  genesisSignatureSchema,
  type SignedGenesis,
  signedGenesisSchema,
  verifyGenesis,
} from './genesis.ts';
import { hash } from './primitives.ts';

export const GENESIS_FILE_SCHEMA = 'ztc.genesis/v1';
export const SIGNATURE_FILE_SCHEMA = 'ztc.genesis-signature/v1';

export type GenesisFileCode = 'GENESIS_FILE' | 'GENESIS_CHAIN';

/** A genesis document as read: the signatures are of the right form, and not checked yet. */
export interface GenesisDocument extends SignedGenesis {
  /** Computed, and equal to the document's own `chain`. */
  readonly chain: Uint8Array;
}

type JsonObject = { readonly [name: string]: Json };

/** The document of a genesis; `signatures` may still be missing some or all. */
export function genesisDocument({ genesis, signatures }: SignedGenesis): {
  readonly schema: string;
  readonly chain: string;
  readonly genesis: Json;
  readonly signatures: Json;
} {
  return {
    schema: GENESIS_FILE_SCHEMA,
    chain: toJson(hash, chainOf(genesis)) as string,
    genesis: toJson(genesisSchema, genesis),
    signatures: signatures.map((entry) => toJson(genesisSignatureSchema, entry)),
  };
}

/** The text of `genesis.json`: the same bytes for the same genesis and signatures. */
export function formatGenesisFile(signed: SignedGenesis): string {
  return formatJson(genesisDocument(signed));
}

/** Reads a genesis document, parsed already; members that nodes add (such as `rpc`) are ignored. */
export function readGenesisDocument(document: unknown): Result<GenesisDocument, GenesisFileCode> {
  const object = asObject(document);
  if (object === undefined) return failure('GENESIS_FILE', 'it is no JSON object');
  if (object.schema !== undefined && object.schema !== GENESIS_FILE_SCHEMA) {
    return failure('GENESIS_FILE', `its schema is not ${GENESIS_FILE_SCHEMA}`);
  }
  const signed = fromJson(signedGenesisSchema, {
    genesis: object.genesis,
    signatures: object.signatures ?? [],
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

/** Adds signatures to a genesis and checks that every listed member signed, and nobody else. */
export function sealGenesis(
  genesis: Genesis,
  signatures: readonly GenesisSignature[],
  verify: Verify,
): Result<SignedGenesis, GenesisCode> {
  const byMember = new Map(signatures.map((entry) => [entry.member, entry]));
  const known = genesis.members.flatMap(({ id }) => byMember.get(id) ?? []);
  const strangers = [...byMember.values()].filter((entry) => !known.includes(entry));
  const signed = { genesis, signatures: [...known, ...strangers] };
  const verified = verifyGenesis(signed, verify);
  return verified.ok ? success(signed) : verified;
}

function formatJson(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(json: unknown): JsonObject | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as JsonObject)
    : undefined;
}
