/** The OpenRPC document (https://spec.open-rpc.org, 1.2.6), built from the table of methods. */
import type { TSchema } from 'typebox';
import type { Json } from '../common/codec/index.ts';
import { ErrorData, RPC_ERRORS, type RpcErrorName } from './schema/errors.ts';
import { METHODS } from './schema/index.ts';
import type { MethodSchema } from './schema/method.ts';

const OPENRPC_VERSION = '1.2.6';
/** Any call may end with these. */
export const COMMON_ERRORS: readonly RpcErrorName[] = [
  'INVALID_PARAMS',
  'INTERNAL_ERROR',
  'LIMIT_EXCEEDED',
];

type JsonObject = { readonly [name: string]: Json };
type Components = Map<string, Json>;

/** All errors that a method may answer with. */
export function errorsOf({ errors }: MethodSchema): RpcErrorName[] {
  return [...new Set([...errors, ...COMMON_ERRORS])];
}

/** @param version the node's */
export function openRpcDocument(version: string): JsonObject {
  const schemas: Components = new Map();
  const methods = Object.entries<MethodSchema>(METHODS).map(([name, method]) =>
    methodObject(name, method, schemas),
  );
  const data = hoist(ErrorData as unknown as Json, schemas);
  const errors = Object.entries(RPC_ERRORS).map(([name, error]) => [name, { ...error, data }]);
  return {
    openrpc: OPENRPC_VERSION,
    info: {
      title: 'ztc',
      version,
      description: 'A permissioned ledger that notarizes software and proves its answers.',
      license: { name: 'Apache-2.0' },
    },
    methods,
    components: {
      schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      errors: Object.fromEntries(errors),
    },
  };
}

function methodObject(name: string, method: MethodSchema, schemas: Components): JsonObject {
  const required: readonly string[] = method.params.required ?? [];
  return {
    name,
    summary: method.summary,
    paramStructure: 'either',
    params: Object.entries(method.params.properties).map(([param, schema]) => ({
      name: param,
      required: required.includes(param),
      schema: hoist(schema as unknown as Json, schemas),
    })),
    result: { name: `${name}Result`, schema: hoist(resultSchema(method.result), schemas) },
    errors: errorsOf(method).map((error) => ({ $ref: `#/components/errors/${error}` })),
  };
}

function resultSchema(schema: TSchema): Json {
  return schema as unknown as Json;
}

/** Copies a schema, with every titled part moved to the components. */
function hoist(schema: Json, schemas: Components): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => hoist(item, schemas));
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, hoist(value, schemas)]),
  );
  const { title } = copy;
  if (typeof title !== 'string') return copy;
  if (!schemas.has(title)) schemas.set(title, copy);
  return { $ref: `#/components/schemas/${title}` };
}
