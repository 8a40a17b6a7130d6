/** The light client's talk with one node: one step from a checkpoint to the node's newest block. */
import { toHex } from '../common/bytes.ts';
import { encode, fromJson, toJson } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { verify } from '../common/signature.ts';
import { type FinalHeaderProof, finalHeaderSchema } from '../ledger/finality.ts';
import {
  type Advanced,
  advance,
  type Checkpoint,
  checkpointHeader,
  type Fork,
  forkSchema,
} from '../ledger/light-client.ts';
import { LINKS_MAX, type ValidatorLink } from '../ledger/validator-links.ts';
import type { AnswerOf } from './answers.ts';
import type { Client } from './client.ts';
import { ProofError, TransportError } from './errors.ts';
import { readLink } from './known-validators.ts';
import type { Answer } from './transport.ts';

export const FORK_SCHEMA = 'ztc.fork/v1';
/** No node keeps us asking: each answer holds up to 64 links that were proven one by one. */
const LINK_PAGES_MAX = 16;

/** Two final blocks of one height: the chain is broken, and this is the evidence. */
export class ForkError extends ZtcError {
  readonly url: string;
  readonly fork: Fork;

  constructor(url: string, message: string, fork: Fork) {
    super('FORK', `${url} proves another history: ${message}`, {
      hint: 'keep the evidence, trust no answer, and tell all members: some of them signed both',
    });
    this.url = url;
    this.fork = fork;
  }

  /** The evidence as a file. */
  get text(): string {
    const { version: _, ...members } = toJson(forkSchema, this.fork) as { readonly version: 1 };
    return `${JSON.stringify({ schema: FORK_SCHEMA, ...members }, null, 1)}\n`;
  }

  /** The same evidence has the same name. */
  get fileName(): string {
    return `ztc-fork-${toHex(encode(forkSchema, this.fork)).slice(-12)}.json`;
  }
}

/**
 * Where the node stands, seen from a checkpoint; undefined: it is behind, and was shown nothing.
 *
 * @throws ForkError, ProofError, TransportError, RpcError
 */
export async function lightStep(
  client: Client,
  checkpoint: Checkpoint,
): Promise<Advanced | undefined> {
  const height = checkpointHeader(checkpoint)?.height ?? 0;
  const { result, url } = await client.ask('chain_getHeaderProof', { height });
  if (result === null) return undefined;
  const read = fromJson(finalHeaderSchema, result.proof);
  if (!read.ok) throw new ProofError(read.code, url, read.message);
  const links = await fetchLinks(client, checkpoint);
  const { version: _, ...proof } = read.value;
  return advanced(url, checkpoint, links, proof);
}

function advanced(
  url: string,
  checkpoint: Checkpoint,
  links: readonly ValidatorLink[],
  proof: FinalHeaderProof,
): Advanced {
  const step = advance({ checkpoint, links, proof, verify });
  if (step.ok) return step.value;
  if (step.code === 'FORK') throw new ForkError(url, step.message, step.fork);
  throw new ProofError(step.code, url, step.message);
}

async function fetchLinks(client: Client, { epoch }: Checkpoint): Promise<ValidatorLink[]> {
  const links: ValidatorLink[] = [];
  let from: number | null = epoch;
  for (let page = 0; from !== null; page++) {
    const answer: Answer<AnswerOf<'chain_links'>> = await client.ask('chain_links', {
      fromEpoch: from,
    });
    const { result, url } = answer;
    if (page >= LINK_PAGES_MAX || result.links.length > LINKS_MAX) {
      throw new TransportError('BAD_ANSWER', url, `${url} gives links without end`);
    }
    links.push(...result.links.map((document) => readLink(url, document)));
    from = result.next;
  }
  return links;
}
