/** `ztc rpc`: any method of a node, as it is. */
import { type Client, createClient } from '../../client/client.ts';
import { RpcError, TransportError } from '../../client/errors.ts';
import { httpTransport } from '../../client/transport.ts';
import type { Json } from '../../common/codec/index.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { nearest } from '../home/nearest.ts';
import { RPC_OPTIONS } from '../options.ts';
import { rpcUrls } from '../session.ts';

export const rpc = defineCommand({
  name: 'rpc',
  summary: 'call a method of a node and print its result as JSON',
  details: [
    'Parameters are a JSON object (by name) or array (by position). The answer is not verified;',
    'ztc rpc rpc.discover describes all methods.',
  ],
  examples: ['ztc rpc chain_status', `ztc rpc chain_getBlock '{"at": 12}'`],
  positionals: {
    method: { describe: 'the method', type: 'string', demandOption: true },
    params: { describe: 'its parameters as JSON', type: 'string' },
  },
  options: RPC_OPTIONS,
  async run(args, io) {
    const params = parseParams(args.params);
    const urls = await rpcUrls(args.rpc, io);
    const client = createClient({
      transport: httpTransport({ urls, fetch: io.fetch }),
      signal: io.signal,
    });
    const result = await client.raw(args.method, params).catch(async (error: unknown) => {
      throw await withSuggestion(error, client, args.method);
    });
    if (result === undefined) {
      throw new TransportError('BAD_ANSWER', urls[0] ?? '', 'the node gave no result');
    }
    const text = JSON.stringify(result, null, 2);
    return { exit: EXIT.OK, result: result as Json, text: [text] };
  },
});

/** A method that the node doesn't have may be a slip: it says which ones it has. */
async function withSuggestion(error: unknown, client: Client, method: string): Promise<unknown> {
  if (!(error instanceof RpcError) || error.code !== 'METHOD_NOT_FOUND') return error;
  const described = await client.raw('rpc.discover', {}).catch(() => undefined);
  const methods = (described as { methods?: readonly { name: string }[] } | undefined)?.methods;
  const near = nearest(method, methods?.map(({ name }) => name) ?? []);
  const meant = near === undefined ? '' : `: did you mean ${near}?`;
  return new CliError(error.code, `there is no method ${method}${meant}`, { hint: error.hint });
}

function parseParams(text: string | undefined): object {
  if (text === undefined) return {};
  let params: unknown;
  try {
    params = JSON.parse(text);
  } catch (error) {
    throw usageError(`the parameters are no JSON: ${(error as Error).message}`);
  }
  if (typeof params === 'object' && params !== null) return params;
  throw usageError('the parameters are neither a JSON object nor an array');
}
