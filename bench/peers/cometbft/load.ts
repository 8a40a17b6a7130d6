/** CometBFT under load: transactions of its key-value store, blocks told by its WebSocket. */
import { randomBytes } from 'node:crypto';
import type { CometBftPlan } from '../../load/plan.ts';
import { type Heard, type LoadedSystem, type Made, post } from '../../load/system.ts';

/** Of a key, so that none comes twice; in base64 a multiple of three bytes stands by itself. */
const KEY_BYTES = 24;
const NAME_LENGTH = (KEY_BYTES / 3) * 4;
const QUERY = "tm.event='NewBlockHeader'";

export function cometBft({ bytes }: CometBftPlan): LoadedSystem {
  return { path: '/', make: () => make(bytes), body, refused, watch };
}

/** `key=value`, in hexadecimal digits. */
function make(bytes: number): Made {
  const digits = randomBytes(bytes / 2).toString('hex');
  const transaction = `${digits.slice(0, KEY_BYTES)}=${digits.slice(KEY_BYTES + 1)}`;
  const text = Buffer.from(transaction).toString('base64');
  return { name: text.slice(0, NAME_LENGTH), text };
}

/** Answered when the node's own check has taken it. */
function body(batch: readonly Made[]): string {
  const calls = batch.map(({ text }, id) => {
    const params = `{"tx":"${text}"}`;
    return `{"jsonrpc":"2.0","id":${id},"method":"broadcast_tx_sync","params":${params}}`;
  });
  return calls.length === 1 ? (calls[0] as string) : `[${calls.join(',')}]`;
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly code: number };
}

function refused(answer: unknown): number[] {
  const answers = (Array.isArray(answer) ? answer : [answer]) as Answer[];
  if (answers.some(({ id }) => id < 0)) throw new Error('the node refused the request');
  return answers.filter(({ result }) => result?.code !== 0).map(({ id }) => id);
}

/** A header is told when its block was executed and stored; what it held is read then. */
function watch(url: string, heard: Heard): void {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`);
  socket.onopen = () => {
    const params = { query: QUERY };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'subscribe', params }));
  };
  socket.onmessage = ({ data }) => {
    const at = performance.now();
    const { result } = JSON.parse(String(data)) as { result?: NewHeader };
    const height = result?.data?.value.header.height;
    if (height === undefined) return;
    namesOf(url, height).then(
      (names) => heard(names, at),
      (error: unknown) => console.error(error),
    );
  };
}

interface NewHeader {
  readonly data?: { readonly value: { readonly header: { readonly height: string } } };
}

async function namesOf(url: string, height: string): Promise<string[]> {
  const call = { jsonrpc: '2.0', id: 0, method: 'block', params: { height } };
  const { result } = (await post(url, '/', JSON.stringify(call))) as {
    result: { block: { data: { txs: string[] } } };
  };
  return result.block.data.txs.map((text) => text.slice(0, NAME_LENGTH));
}
