/**
 * How many reads a node answers with the one core that its main thread has, and what each costs it:
 * four validators at rest, one of them asked by a process of its own.
 */
import { toBase64url, toHex } from '../../src/common/bytes.ts';
import { OPERATION } from '../../src/ledger/operations.ts';
import { hashText } from '../../src/rpc/views.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import type { Loop } from '../load/plan.ts';
import { post } from '../load/system.ts';
import type { ReadsPlan } from '../reads/plan.ts';
import { type MeasuredReads, measureReads } from '../reads/reads.ts';
import { roundsOf } from '../rounds.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 10;
/** Different digests, asked for in turns, each with a path of its own in the state tree. */
const ASSETS = 2_000;
const PATH = '/rpc';
/** Of one request. */
const BATCH = 100;
const VALIDITY_MS = 300_000;
/** What must be reached in a second; latency is taken at half of it. */
const STATUS = 8_000;
const PROVEN = 3_000;
const VERIFIED = 4_500;
const CLIENTS = 20;
const AT_ONCE: Loop = { kind: 'closed', underWay: 32 };
const P99_MS = 20;

interface Round {
  readonly status: MeasuredReads;
  readonly statusAtHalf: MeasuredReads;
  readonly proven: MeasuredReads;
  readonly provenAtHalf: MeasuredReads;
  readonly verified: MeasuredReads;
}

export const rpc: Scenario = {
  name: 'rpc',
  summary: 'reads of one node: its status, verdicts with proof, and the same checked by the SDK',
  rounds: 3,
  async run({ rounds, basePort, say, seconds = SECONDS }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      const digests = await notarized(consortium);
      const measured = await roundsOf({ rounds, say }, () =>
        measureRound(consortium, digests, seconds),
      );
      return figuresOf(measured);
    });
  },
};

/** The digests, when their statements are final and can be proven. */
async function notarized(consortium: Consortium): Promise<string[]> {
  const { names, signer } = consortium;
  const url = consortium.rpc(names[0] as string);
  const digests: string[] = [];
  while (digests.length < ASSETS) {
    const made = Array.from({ length: BATCH }, () =>
      notarization(signer, Date.now() + VALIDITY_MS),
    );
    for (const { transaction } of made) {
      const [operation] = transaction.operations;
      if (operation?.op !== OPERATION.STATEMENT) throw new Error('it notarizes');
      digests.push(`sha256:${toHex(operation.asset.subarray(1))}`);
    }
    await post(
      url,
      PATH,
      batch(
        'tx_submit',
        made.map(({ bytes }) => ({ tx: toBase64url(bytes) })),
      ),
    );
    const waiting = made.map(({ id }) => ({ hash: hashText(id), timeoutMs: 30_000 }));
    await post(url, PATH, batch('tx_wait', waiting));
  }
  return digests;
}

function call(method: string, params: object, id = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

function batch(method: string, all: readonly object[]): string {
  return `[${all.map((params, id) => call(method, params, id)).join(',')}]`;
}

async function measureRound(
  consortium: Consortium,
  digests: readonly string[],
  seconds: number,
): Promise<Round> {
  const name = consortium.names[0] as string;
  const url = consortium.rpc(name);
  const take = (reads: ReadsPlan['reads']) =>
    measureReads({ url, seconds, reads }, consortium.pid(name));
  const status = { kind: 'posted', bodies: [call('chain_status', {})] } as const;
  const asked = digests.map((digest) => call('asset_authenticate', { digest, prove: true }));
  const proven = { kind: 'posted', bodies: asked } as const;
  const halfOf = (rate: number): Loop => ({ kind: 'open', perSecond: rate / 2 });
  const { genesis } = consortium.folder;
  return {
    status: await take({ ...status, loop: AT_ONCE }),
    statusAtHalf: await take({ ...status, loop: halfOf(STATUS) }),
    proven: await take({ ...proven, loop: AT_ONCE }),
    provenAtHalf: await take({ ...proven, loop: halfOf(PROVEN) }),
    verified: await take({ kind: 'verified', genesis, digests, clients: CLIENTS }),
  };
}

/** What a busy machine leaves of the cores shows in rates; what it costs shows in CPU time. */
function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (kind: keyof Round, value: (measured: MeasuredReads) => number) =>
    rounds.map((round) => value(round[kind]));
  const busiest = (
    kind: 'status' | 'proven' | 'verified',
    what: string,
    perCores: Figure,
  ): Figure[] => [
    figure(
      `${what}: answered`,
      '/s',
      of(kind, (it) => it.perSecond),
      { name: kind },
    ),
    perCores,
    figure(
      `${what}: CPU of the node`,
      'µs',
      of(kind, (it) => it.cpuMicros),
    ),
    figure(
      `${what}: cores that the node used`,
      '',
      of(kind, (it) => it.cores),
    ),
    figure(
      `${what}: p50`,
      'ms',
      of(kind, (it) => it.p50Ms),
    ),
    figure(
      `${what}: p99`,
      'ms',
      of(kind, (it) => it.p99Ms),
    ),
  ];
  const perCore = (kind: 'status' | 'proven', what: string, atLeast: number): Figure => {
    const rates = of(kind, (it) => 1e6 / it.cpuMicros);
    return figure(`${what}: for each second of one core`, '/s', rates, { must: { atLeast } });
  };
  const atHalf = (kind: 'statusAtHalf' | 'provenAtHalf', what: string): Figure[] => [
    figure(
      `${what}, p50`,
      'ms',
      of(kind, (it) => it.p50Ms),
    ),
    figure(
      `${what}, p99`,
      'ms',
      of(kind, (it) => it.p99Ms),
      { must: { atMost: P99_MS } },
    ),
  ];
  const [status, proven] = ['`chain_status`', '`asset_authenticate` with proof'];
  const verified = `verified by the SDK, ${CLIENTS} clients`;
  const both = of('verified', (it) => 2e6 / (it.cpuMicros + it.askerMicros));
  const perTwo = `${verified}: for each second of two cores`;
  return [
    ...busiest('status', status, perCore('status', status, STATUS)),
    ...atHalf('statusAtHalf', `${status} at ${STATUS / 2}/s`),
    ...busiest('proven', proven, perCore('proven', proven, PROVEN)),
    ...atHalf('provenAtHalf', `${proven} at ${PROVEN / 2}/s`),
    ...busiest('verified', verified, figure(perTwo, '/s', both, { must: { atLeast: VERIFIED } })),
    figure(
      `${verified}: CPU of who asks and checks`,
      'µs',
      of('verified', (it) => it.askerMicros),
    ),
  ];
}
