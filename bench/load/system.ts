/** What a load generator has to know of the system that it loads. */
import { Agent, request } from 'node:http';

/** A transaction, ready to be sent. */
export interface Made {
  /** By which it is found in a block. */
  readonly name: string;
  /** As the system's RPC takes it. */
  readonly text: string;
}

/** Of a block that is final and executed at the node that is watched, and when it was heard of. */
export type Heard = (names: readonly string[], at: number) => void;

export interface LoadedSystem {
  make(): Made;
  /** The body of a request for all of them. */
  body(batch: readonly Made[]): string;
  /** Which of them the node did not take, by place; throws where the answer is none. */
  refused(answer: unknown): number[];
  /** Of the RPC, behind a node's address. */
  readonly path: string;
  /** Hears of final blocks at one node, from now on, in ms of this process's performance.now(). */
  watch(url: string, heard: Heard): void;
}

/** As a crowd of clients together; more would be a queue at the node instead of here. */
const SOCKETS_PER_NODE = 64;
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_PER_NODE });

/** Half the price of `fetch`, which matters where the generator shares the nodes' cores. */
export function post(url: string, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString()));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
