/**
 * The feed's durable events, computed from a final block, its results and the proposals in it:
 * every node gives the same events the same ids, and replaying needs no log. Index 0 is the block,
 * then come the events of each applied operation, in order; after block 0 the genesis' members and
 * publishers.
 */
import { toBase64url } from '../../common/bytes.ts';
import { publicKeyToText } from '../../common/signature.ts';
import type { Block, TransactionResult } from '../../ledger/block.ts';
import type { Genesis } from '../../ledger/genesis.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { publisherOf, publisherOperationView } from '../../ledger/publisher-operations.ts';
import { statementFieldsView } from '../../ledger/statement-view.ts';
import { senderOf } from '../../ledger/transaction.ts';
import { blockSummary, finalTransaction } from '../block-views.ts';
import { hashText, roleView, timeText } from '../views.ts';
import { governanceEvents, type Proposals } from './governance-events.ts';

/** Topics whose events stay in the ledger and carry an id. */
export const FEED_TOPICS = [
  'block',
  'statement',
  'record',
  'publisher',
  'member',
  'governance',
] as const;
/** Topics of what is so now at this node: no ledger keeps it, and it carries no id. */
export const LIVE_TOPICS = ['consensus', 'sync'] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];

export type FeedTopic = (typeof FEED_TOPICS)[number];

/** What a client may filter by. */
export interface FeedSubject {
  readonly publisher?: string;
  readonly asset?: string;
  readonly namespace?: string;
  readonly kind?: string;
}

export interface FeedEvent {
  readonly topic: FeedTopic;
  readonly subject: FeedSubject;
  readonly data: object;
}

/** The first event of a block, which takes no look into its transactions. */
export function blockEvent(block: Block, results: readonly TransactionResult[]): FeedEvent {
  const rejected = results.filter(({ code }) => code !== '').length;
  const summary = blockSummary(block.header, block.hash, block.transactions.length);
  return { topic: 'block', subject: {}, data: { ...summary, rejected } };
}

/** In order; an event's index is its position. */
export function blockEvents(
  block: Block,
  results: readonly TransactionResult[],
  genesis: Genesis,
  proposals: Proposals,
): FeedEvent[] {
  const events = [blockEvent(block, results)];
  if (block.header.height === 0) return [...events, ...genesisEvents(genesis)];
  block.transactions.forEach((bytes, index) => {
    if (results[index]?.code !== '') return;
    const { id, transaction } = finalTransaction(bytes);
    transaction.operations.forEach((operation, position) => {
      const place = {
        height: block.header.height,
        time: timeText(block.header.time),
        transaction: hashText(id),
        operation: position,
      };
      const { sender } = transaction;
      const at = { height: block.header.height, transaction: id, operation: position };
      const own = operationEvent(sender, operation, place);
      events.push(...(own ?? governanceEvents(sender, operation, at, place, proposals)));
    });
  });
  return events;
}

function operationEvent(
  sender: string,
  operation: Operation,
  place: object,
): FeedEvent[] | undefined {
  switch (operation.op) {
    case OPERATION.STATEMENT: {
      const fields = statementFieldsView(operation);
      const subject = { publisher: sender, asset: fields.asset, kind: fields.kind };
      return [{ topic: 'statement', subject, data: { publisher: sender, ...fields, ...place } }];
    }
    case OPERATION.RECORD_PUT: {
      const { namespace, key, value } = operation;
      const data = { namespace, key, value: toBase64url(value), ...place };
      return [{ topic: 'record', subject: { publisher: sender, namespace }, data }];
    }
    case OPERATION.READY:
      return [memberEvent({ id: senderOf(sender).id, ready: true, ...place })];
    default:
      return publisherEvent(sender, operation, place);
  }
}

/** Of an operation on publishers. */
function publisherEvent(
  sender: string,
  operation: Operation,
  place: object,
): FeedEvent[] | undefined {
  const view = publisherOperationView(operation);
  if (view === undefined) return undefined;
  const id = publisherOf(operation, sender);
  const data = { id, sender, ...view, ...place };
  return [{ topic: 'publisher', subject: { publisher: id }, data }];
}

function memberEvent(data: object): FeedEvent {
  return { topic: 'member', subject: {}, data };
}

function genesisEvents({ members, publishers }: Genesis): FeedEvent[] {
  return [
    ...members.map(({ id, name, role }) =>
      memberEvent({ id, name, role: roleView(role), active: true }),
    ),
    ...publishers.map(
      ({ id, name, keys }): FeedEvent => ({
        topic: 'publisher',
        subject: { publisher: id },
        data: { id, name, keys: keys.map(publicKeyToText) },
      }),
    ),
  ];
}
