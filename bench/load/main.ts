/** The load generator, a process of its own: signs ahead, submits, and times what becomes final. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readKeyFile } from '../../src/cli/keys/key-file.ts';
import { fromHex, toBase64url } from '../../src/common/bytes.ts';
import { notarization, type Signer } from '../chain/transactions.ts';
import { Finality, nameOf } from './finality.ts';
import type { LoadPlan, Order, Report } from './plan.ts';

/** Of the public listener. */
const BATCH_MAX = 100;
/** As machines that submit now and then, many at a time; a batch for each would be dear. */
const TICK_MS = 20;
/** Half of what the chain allows, as `ztc` asks for. */
const VALIDITY_MS = 300_000;

interface Signed {
  readonly name: string;
  readonly text: string;
}

class Load {
  readonly #plan: LoadPlan;
  readonly #signer: Signer;
  readonly #ready: Signed[] = [];
  readonly #finality: Finality;
  #turn = 0;
  #submitted = 0;
  #started = 0;

  constructor(plan: LoadPlan, signer: Signer) {
    this.#plan = plan;
    this.#signer = signer;
    this.#finality = new Finality(plan.watched, signer.chain);
    while (this.#ready.length < plan.presigned) this.#ready.push(this.#sign());
  }

  get finality(): Finality {
    return this.#finality;
  }

  async run(): Promise<never> {
    const { loop } = this.#plan;
    const pause = (loop.kind === 'open' ? loop.everyMs : undefined) ?? TICK_MS;
    this.#started = performance.now();
    for (;;) {
      for (let due = this.#due(); due > 0; due -= BATCH_MAX) this.#send(Math.min(due, BATCH_MAX));
      await sleep(pause);
    }
  }

  #due(): number {
    const { loop } = this.#plan;
    if (loop.kind === 'closed') return loop.underWay - this.#finality.underWay;
    const elapsed = (performance.now() - this.#started) / 1_000;
    return Math.floor(elapsed * loop.perSecond) - this.#submitted;
  }

  #send(count: number): void {
    const batch = Array.from({ length: count }, () => this.#ready.pop() ?? this.#sign());
    const { loop, targets } = this.#plan;
    for (const { name } of batch) {
      const due = this.#started + (1_000 * this.#submitted) / (ratePerSecond(loop) ?? 1);
      this.#finality.sent(name, loop.kind === 'open' ? due : performance.now());
      this.#submitted += 1;
    }
    const url = targets[this.#turn++ % targets.length] as string;
    submit(url, batch).then(
      (refused) => this.#finality.refused(refused),
      () => this.#finality.refused(batch.map(({ name }) => name)),
    );
  }

  #sign(): Signed {
    const { bytes } = notarization(this.#signer, Date.now() + VALIDITY_MS);
    return { name: nameOf(bytes), text: toBase64url(bytes) };
  }
}

function ratePerSecond(loop: LoadPlan['loop']): number | undefined {
  return loop.kind === 'open' ? loop.perSecond : undefined;
}

/** Sends a JSON-RPC batch; answers the names of what the node did not take. */
async function submit(url: string, batch: readonly Signed[]): Promise<string[]> {
  const calls = batch.map(({ text }, id) => {
    return { jsonrpc: '2.0', id, method: 'tx_submit', params: { tx: text } };
  });
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(calls),
  });
  const answers = (await response.json()) as { id: number; error?: unknown }[];
  if (!Array.isArray(answers)) throw new Error('the node refused the batch');
  return answers
    .filter(({ error }) => error !== undefined)
    .map(({ id }) => batch[id]?.name as string);
}

function tell(report: Report): void {
  process.send?.(report);
}

async function begin(plan: LoadPlan): Promise<Load> {
  const { keys } = await readKeyFile(plan.keyFile);
  const chain = fromHex(plan.chain);
  if (chain === undefined) throw new Error('the chain is no hexadecimal number');
  return new Load(plan, { chain, publisher: plan.publisher, keys });
}

let load: Load | undefined;
process.on('message', (order: Order) => {
  if (order.type === 'begin') load?.finality.begin();
  else if (order.type === 'end' && load) tell({ type: 'span', span: load.finality.end() });
  else if (order.type === 'plan') {
    begin(order.plan)
      .then((made) => {
        load = made;
        tell({ type: 'running' });
        return made.run();
      })
      .catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
  }
});
process.on('disconnect', () => process.exit(0));
