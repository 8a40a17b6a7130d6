/** Records written without a pause through several nodes, and what was answered final. */
import { createClient } from '../../../src/client/client.ts';
import { buildTransaction, submitAndWait } from '../../../src/client/submit.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { hashText } from '../../../src/client/views.ts';
import { fromHex, utf8 } from '../../../src/common/bytes.ts';
import type { KeyPair } from '../../../src/common/signature.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import { WAIT_MS_MAX } from './processes.ts';

const VALID_MS = 120_000;

export interface LoadOptions {
  /** RPC addresses; each writer has one, and the others to fall back to. */
  readonly urls: readonly string[];
  readonly writersPerUrl: number;
  /** As text. */
  readonly chain: string;
  readonly publisher: string;
  readonly keys: KeyPair;
}

/** A transaction that a node called final. */
export interface Answered {
  readonly id: string;
  readonly height: number;
}

export class Load {
  readonly answered: Answered[] = [];
  readonly #options: LoadOptions;
  readonly #writers: Promise<void>[];
  #ended = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#writers = options.urls.flatMap((_, at) =>
      Array.from({ length: options.writersPerUrl }, (_each, i) => this.#write(at, i)),
    );
    // Awaited in `end`; until then a failure must not end the test's process.
    for (const writer of this.#writers) writer.catch(() => {});
  }

  /** Lets what is under way come to its end; throws what went wrong. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#writers);
  }

  async #write(at: number, writer: number): Promise<void> {
    const { urls, chain, publisher, keys } = this.#options;
    const own = [...urls.slice(at), ...urls.slice(0, at)];
    const client = createClient({ transport: httpTransport({ urls: own }) });
    for (let count = 0; !this.#ended; count++) {
      const record = {
        op: OPERATION.RECORD_PUT,
        namespace: `${publisher}/load`,
        key: `${at}-${writer}-${count % 50}`,
        value: utf8(String(count)),
        ifRevision: null,
      };
      const transaction = buildTransaction({
        chain: fromHex(chain.replace('0x', '')) as Uint8Array,
        sender: publisher,
        operations: [record],
        validUntil: Date.now() + VALID_MS,
        keys,
      });
      const id = hashText(transaction.id);
      const waiting = { timeoutMs: WAIT_MS_MAX, now: Date.now };
      const { status, height, code } = await submitAndWait(client, transaction, waiting);
      if (status !== 'final' || height === undefined) {
        throw new Error(`${id} through ${own[0]}: ${status} ${code ?? ''}`);
      }
      this.answered.push({ id, height });
    }
  }
}
