/** Our own nodes under load: signed transactions, blocks told by the feed and read as bytes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readKeyFile } from '../../src/cli/keys/key-file.ts';
import { fromBase64url, fromHex, toBase64url } from '../../src/common/bytes.ts';
import { decodeBlock } from '../../src/ledger/block.ts';
import { notarization, recordPuts, type Signer } from '../chain/transactions.ts';
import { type SeenBlock, Watch } from '../watch.ts';
import type { ZtcPlan } from './plan.ts';
import { type Heard, type LoadedSystem, type Made, post } from './system.ts';

/** Almost what the chain allows, since much is signed long before it is sent. */
const VALIDITY_MS = 590_000;
const PATH = '/rpc';
/** Before a block that a busy node did not give is asked for again; when it came is known. */
const BUSY_MS = 200;
/** Each transaction ends with a signature of its own. */
const NAME_BYTES = 16;

interface RawBlocks {
  readonly blocks: readonly { readonly height: number; readonly block: string }[];
}

export async function ztc(plan: ZtcPlan): Promise<LoadedSystem> {
  const { keys } = await readKeyFile(plan.keyFile);
  const chain = fromHex(plan.chain);
  if (chain === undefined) throw new Error('the chain is no hexadecimal number');
  const signer = { chain, publisher: plan.publisher, keys };
  return {
    path: PATH,
    make: () => make(signer, plan.records),
    body,
    refused,
    watch: (url, heard) => void new BlockReader(url, chain, heard),
  };
}

function make(signer: Signer, records: number): Made {
  const validUntil = Date.now() + VALIDITY_MS;
  const { bytes } =
    records === 0 ? notarization(signer, validUntil) : recordPuts(signer, validUntil, records);
  return { name: nameOf(bytes), text: toBase64url(bytes) };
}

function nameOf(transaction: Uint8Array): string {
  return Buffer.from(transaction.subarray(-NAME_BYTES)).toString('latin1');
}

function body(batch: readonly Made[]): string {
  const calls = batch.map(
    ({ text }, id) => `{"jsonrpc":"2.0","id":${id},"method":"tx_submit","params":{"tx":"${text}"}}`,
  );
  return calls.length === 1 ? (calls[0] as string) : `[${calls.join(',')}]`;
}

interface Answer {
  readonly id: number | null;
  readonly error?: { readonly data: { readonly retryable?: boolean } };
}

function refused(answer: unknown, count: number): number[] {
  if (isBusy(answer)) return Array.from({ length: count }, (_, place) => place);
  const answers = (Array.isArray(answer) ? answer : [answer]) as Answer[];
  return answers.flatMap(({ id, error }) => {
    if (id === null) throw new Error('the node refused the request');
    return error === undefined ? [] : id;
  });
}

/** Whether a node turned a whole request away, unread, because it has too much to do. */
function isBusy(answer: unknown): boolean {
  const { id, error } = answer as Answer;
  return id === null && error?.data.retryable === true;
}

/** Reads the blocks that the feed tells of, one after the other. */
class BlockReader {
  readonly #url: string;
  readonly #chain: Uint8Array;
  readonly #heard: Heard;
  readonly #waiting: SeenBlock[] = [];
  #reading = false;

  constructor(url: string, chain: Uint8Array, heard: Heard) {
    this.#url = url;
    this.#chain = chain;
    this.#heard = heard;
    new Watch(url, (block) => {
      if (block.transactions > 0) this.#waiting.push(block);
      if (!this.#reading) this.#readAll().catch((error: unknown) => console.error(error));
    });
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    try {
      for (let block = this.#waiting.shift(); block; block = this.#waiting.shift()) {
        this.#heard(await this.#names(block.height), block.at);
      }
    } finally {
      this.#reading = false;
    }
  }

  async #names(height: number): Promise<string[]> {
    const call = { jsonrpc: '2.0', id: 1, method: 'chain_getRawBlocks' };
    const asked = JSON.stringify({ ...call, params: { from: height, to: height } });
    let answer = await post(this.#url, PATH, asked);
    for (; isBusy(answer); answer = await post(this.#url, PATH, asked)) await sleep(BUSY_MS);
    const { result } = answer as { result: RawBlocks };
    const bytes = fromBase64url(result.blocks[0]?.block ?? '');
    const block = bytes && decodeBlock(this.#chain, bytes);
    if (!block?.ok) throw new Error(`block ${height} can't be read`);
    return block.value.transactions.map(nameOf);
  }
}
