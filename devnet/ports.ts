/** Which ports the nodes use, and whether they are free. */
import { createServer } from 'node:net';
import { CliError } from '../src/cli/errors.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { PORTS_PER_NODE } from './options.ts';

export const HOST = '127.0.0.1';

export interface NodePorts {
  readonly p2p: number;
  readonly rpc: number;
  readonly admin: number;
}

export function portsOf(basePort: number, index: number): NodePorts {
  const first = basePort + index * PORTS_PER_NODE;
  return { p2p: first, rpc: first + 1, admin: first + 2 };
}

/**
 * @throws CliError PORT_TAKEN naming the first port that another process has
 */
export async function requireFree(nodes: ReadonlyMap<string, NodePorts>): Promise<void> {
  for (const [name, ports] of nodes) {
    for (const [purpose, port] of Object.entries(ports)) {
      const reason = await whyNot(port);
      if (reason === undefined) continue;
      throw new CliError('PORT_TAKEN', `port ${port} (${purpose} of ${name}) is taken: ${reason}`, {
        hint: 'stop what uses it, or choose others: npm run devnet -- --base-port P',
        exit: EXIT.USAGE,
      });
    }
  }
}

/** Why nobody could listen there, or undefined. */
function whyNot(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.message));
    server.listen(port, HOST, () => server.close(() => resolve(undefined)));
  });
}
