/**
 * From a node's feed to proven news: what a node says is only where to look. What can't be proven
 * at any node is told as that, since whoever watches wants to know that a node says such things.
 */

import { ProofError } from '../../client/errors.ts';
import type { FeedEvent } from '../../client/events.ts';
import { pause } from '../../client/pause.ts';
import { type ProvenOperation, proveOperation } from '../../client/proven-operation.ts';
import { askPublisher } from '../../client/publishers.ts';
import { hashText, timeText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';
import { publicKeyToText } from '../../common/signature.ts';
import type { Nearness } from '../../ledger/names/near.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { publisherOf, publisherOperationView } from '../../ledger/publisher-operations.ts';
import { statementFieldsView } from '../../ledger/statement-view.ts';
import { type Io, note } from '../output.ts';
import type { Session } from '../session.ts';
import type { Matcher } from './watched.ts';

/** What is told; `id` is the same each time it is told, from whatever node it came. */
export type News = { readonly id: string; readonly event: string } & {
  readonly [name: string]: Json;
};

const RETRY_MS = 500;
const RETRY_MS_MAX = 15_000;
/** Half a minute: a node that claims what isn't there yet must not keep from what is. */
const AHEAD_TRIES_MAX = 6;
/** The node has not come to what another one, or itself, says. */
const AHEAD: ReadonlySet<string> = new Set(['SYNCING', 'HEIGHT_UNKNOWN', 'STALE']);
/** Members decide by these: the operation proves the vote, the state what came of it. */
const BY_VOTE: readonly number[] = [OPERATION.PROPOSE, OPERATION.VOTE, OPERATION.EXECUTE];

export class Watcher {
  readonly #session: Session;
  readonly #matcher: Matcher;
  readonly #io: Io;

  constructor(session: Session, matcher: Matcher, io: Io) {
    this.#session = session;
    this.#matcher = matcher;
    this.#io = io;
  }

  /** What an event comes to; undefined: it concerns nobody here. @throws nothing but INTERRUPTED */
  async look({ event, id, data }: FeedEvent): Promise<News | undefined> {
    const said = Object(data) as { readonly [name: string]: Json };
    if (id === undefined || (event !== 'statement' && event !== 'publisher')) return undefined;
    for (let tries = this.#session.client.transport.urls.length; ; tries--) {
      try {
        const near = await this.#lasting(() => this.#concerns(event, said, id));
        return near && (await this.#lasting(() => this.#prove(event, said)));
      } catch (error) {
        if (!(error instanceof ProofError)) throw error;
        if (tries <= 1) return unproven(id, event, said, error);
        // Another node may show what this one can't, or didn't.
        const { transport } = this.#session.client;
        transport.demote(transport.urls[0] as string);
      }
    }
  }

  /** By what the node says, to begin with. */
  #concerns(
    event: string,
    said: { readonly [name: string]: Json },
    id: string,
  ): Promise<Nearness | undefined> {
    const height = Number(id.split('-')[0]);
    return event === 'statement'
      ? this.#matcher.statement(String(said.publisher), String(said.name), height)
      : this.#matcher.publisher(String(said.id), height);
  }

  async #prove(event: string, said: { readonly [name: string]: Json }): Promise<News | undefined> {
    const { client, proof } = this.#session;
    const place = {
      height: Number(said.height),
      transaction: String(said.transaction),
      operation: Number(said.operation),
    };
    const proven = await proveOperation(client, place, proof);
    await this.#session.remember({ head: proven.view.head });
    const node = client.transport.urls[0] ?? '';
    if (event === 'statement') return this.#statement(proven, node);
    const { operation } = proven;
    return BY_VOTE.includes(operation.op)
      ? this.#voted(proven, said, node)
      : this.#publisher(proven, node);
  }

  async #statement(proven: ProvenOperation, node: string): Promise<News | undefined> {
    const { operation, sender, height } = proven;
    if (operation.op !== OPERATION.STATEMENT) throw other(node, 'it is no statement');
    const near = await this.#matcher.statement(sender, operation.name, height);
    if (near === undefined) throw other(node, 'it is another statement');
    const fields = { publisher: sender, ...statementFieldsView(operation) };
    return { ...this.#common(proven, 'statement', near), ...fields };
  }

  async #publisher(proven: ProvenOperation, node: string): Promise<News | undefined> {
    const { operation, sender, height } = proven;
    const view = publisherOperationView(operation);
    if (view === undefined) throw other(node, 'it is nothing about a publisher');
    const publisher = publisherOf(operation, sender);
    const near = await this.#matcher.publisher(publisher, height);
    if (near === undefined) throw other(node, 'it is about another publisher');
    const fields = { publisher, ...JSON.parse(JSON.stringify(view)) };
    return { ...this.#common(proven, 'publisher', near), ...fields };
  }

  /** What members voted for is shown by the publisher's proven state. */
  async #voted(
    proven: ProvenOperation,
    said: { readonly [name: string]: Json },
    node: string,
  ): Promise<News | undefined> {
    const publisher = String(said.id);
    const { client, proof } = this.#session;
    const context = { ...proof, minHeight: Math.max(proof.minHeight, proven.height) };
    const { answer } = await askPublisher(client, publisher, context);
    const near = await this.#matcher.publisher(publisher, proven.height);
    if (answer === null || near === undefined) throw other(node, 'there is no such publisher');
    const voted = this.#common(proven, 'publisher', near);
    // One vote may be about several publishers.
    const common = { ...voted, id: `${voted.id}-${publisher}`, publisher, byVote: true };
    if (said.action === 'publisher.register') {
      if (answer.publisher.since !== proven.height) throw other(node, 'it was registered before');
      return { ...common, op: 'publisher.register', name: answer.publisher.name };
    }
    const bad = answer.publisher.keys.find(({ key }) => publicKeyToText(key) === said.key);
    const since = bad?.compromisedSince ?? null;
    if (since === null) throw other(node, 'no such key was declared compromised');
    const key = String(said.key);
    return { ...common, op: 'publisher.key.compromised', key, since: timeText(since) };
  }

  #common(proven: ProvenOperation, event: string, near: Nearness) {
    const { sender, key, height, time, transaction, position } = proven;
    const { origin } = this.#session;
    return {
      id: `${hashText(transaction)}-${position}`,
      event,
      match: near,
      sender,
      signer: publicKeyToText(key),
      height,
      time: timeText(time),
      transaction: hashText(transaction),
      operation: position,
      trust: origin,
      verified: origin !== 'node-claimed',
    };
  }

  /** Again while no node answers, or for a while none has what another said. */
  async #lasting<T>(ask: () => Promise<T>): Promise<T> {
    let ahead = 0;
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, RETRY_MS_MAX)) {
      try {
        return await ask();
      } catch (error) {
        const { signal } = this.#io;
        const isBad = error instanceof ProofError || !(error instanceof ZtcError);
        if (isBad || signal.aborted) throw error;
        if (AHEAD.has(error.code) && ++ahead >= AHEAD_TRIES_MAX) {
          throw new ProofError('PROOF_HEIGHT', this.#session.node ?? '', error.message);
        }
        note(this.#io, `${error.message} (${error.code}); again in ${wait / 1000} s`);
        await pause(wait, signal);
      }
    }
  }
}

function other(node: string, what: string): ProofError {
  return new ProofError('PROOF_TRANSACTION', node, what);
}

/** What a node says and no node can show. */
function unproven(
  id: string,
  claimed: string,
  said: { readonly [name: string]: Json },
  { step, message }: ProofError,
): News {
  return { id, event: 'unproven', claimed, said, step, reason: message, verified: false };
}
