/** What a load generator has to know of the system that it loads. */
import { Agent } from 'undici';

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
  /** Which of so many the node did not take, by place; throws where the answer is none. */
  refused(answer: unknown, count: number): number[];
  /** Of the RPC, behind a node's address. */
  readonly path: string;
  /** Hears of final blocks at one node, from now on, in ms of this process's performance.now(). */
  watch(url: string, heard: Heard): void;
}

/** As a crowd of clients together; more would be a queue at the node instead of here. */
const SOCKETS_PER_NODE = 64;
/**
 * Two fifths of the price of `node:http`, which matters where the generator shares the cores of the
 * nodes. One request at a time on each socket, as clients do.
 */
const agent = new Agent({ connections: SOCKETS_PER_NODE, pipelining: 1 });
const HEADERS = { 'content-type': 'application/json' };

/** @param origin of the node, without a path */
export function post(origin: string, path: string, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const request = { origin, path, method: 'POST', headers: HEADERS, body } as const;
    agent.dispatch(request, {
      // Without it, undici takes this for a handler of older versions.
      onRequestStart: () => undefined,
      onResponseData: (_controller, part) => void parts.push(part),
      onResponseEnd: () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString()));
        } catch (error) {
          reject(error as Error);
        }
      },
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
