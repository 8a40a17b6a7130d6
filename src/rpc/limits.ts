/** The bounds of the public listener, each with its reason. `chain_status` publishes them. */
import type { Parameters } from '../ledger/parameters.ts';
import { WAIT_MS_MAX } from './schema/transactions.ts';
import { PAGE_ITEMS_MAX } from './schema/values.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A hundred take milliseconds; more belong into several requests, so that others get a turn. */
export const BATCH_ITEMS_MAX = 100;
/** Several of the largest transactions (1 MiB, a third more in base64url) in one batch. */
export const BODY_BYTES_MAX = 8 * MIB;
/** All bodies being read or answered together: many small ones, or a dozen of the largest. */
export const BODIES_BYTES_MAX = 128 * MIB;
/** Sockets of the public listener: feeds, requests, and idle ones that are kept alive. */
export const CONNECTIONS_MAX = 4_096;
/** What a client must be ready to hold: 4 MiB of raw blocks in base64url, and twice the room. */
export const RESPONSE_BYTES_MAX = 10_000_000;
/** Of one chain_getRawBlocks answer, before base64url. */
export const RAW_BLOCKS_BYTES_MAX = 4 * MIB;
/** Values or items of one answer of state_getMany or state_list, before base64url. */
export const STATE_BYTES_MAX = 4 * MIB;
/** Requests being answered or waited for; each holds a socket and a few kilobytes. */
export const REQUESTS_MAX = 1_024;
/** Calls that wait for a height or a transaction. A batch can hold many. */
export const WAITERS_MAX = 4_096;
/** How long a read with minHeight waits for the chain. */
export const MIN_HEIGHT_WAIT_MS = 5_000;
/**
 * What all requests together have of one round of the event loop, and all clients of the feed. A
 * message of consensus waits for one round of both, and a view has several messages in a row.
 */
export const TURN_MS = 3;
/** Waiting longer for a turn is too long: a block of some thousand transactions takes less. */
export const LINE_WAIT_MS_MAX = 500;
/** Where everybody has waited too long for this time, it is no burst, and more are turned away. */
export const LINE_LATE_AFTER_MS = 500;
/** Larger bodies only: a look at the chain, or a transaction, isn't what makes a line long. */
export const LATE_BODY_BYTES_MAX = 4 * KIB;
/** Up to this size bodies of refused requests are read past; larger ones end the connection. */
export const SKIPPED_BYTES_MAX = 64 * KIB;
/** Calls a second by one client from elsewhere: pages and programs of people stay far below. */
export const RATE_CALLS_DEFAULT = 1_000;
/** So many seconds' worth at once: a page that opens, a program that starts. */
export const RATE_BURST_SECONDS = 5;
/** A client takes about a hundred bytes; one that is forgotten starts anew. */
export const RATE_CLIENTS_MAX = 20_000;
/** A batch item or this many bytes of a body count as one call. */
export const RATE_CALL_BYTES = 16 * KIB;
/** Whose transactions we remember, to tell `expired` from `unknown`: some minutes' worth. */
export const SUBMITTED_MAX = 20_000;
/** A peer further ahead than this means that we are catching up, not one block late. */
export const SYNCING_LAG_BLOCKS = 8;

/** Twice its turn: telling a crowd takes a third of the thread, however many blocks there are. */
export const FEED_REST_MS = 2 * TURN_MS;
/** Idle clients of the feed cost a socket and a few kilobytes each. */
export const FEED_CLIENTS_MAX = 1_024;
/** What may wait in a feed client's socket before its feed pauses. */
export const FEED_BUFFER_BYTES_MAX = 256 * KIB;
/** A client that reads nothing for this long is closed. */
export const FEED_STALL_MS = 15_000;
/** Proxies close idle connections; 15 s is below the usual minute and the spec's advice. */
export const FEED_PING_MS = 15_000;
/** What EventSource waits before it reconnects. */
export const FEED_RETRY_MS = 3_000;
/** How often it is looked whether `consensus` and `sync` have news: twice a second is live. */
export const FEED_STATUS_MS = 500;
/**
 * Blocks that a client which is a little late is told at once: it catches up by one write, however
 * many blocks came while others had their turns, and so no client falls further and further behind.
 */
export const FEED_STEP_BLOCKS = 16;
/** Blocks whose events are kept as text, since all live clients want the same ones. */
export const FEED_CACHE_BLOCKS = 64;

/** Calls of one WebSocket that are being answered or waited for. */
export const SOCKET_CALLS_MAX = 64;
/** How long a closed WebSocket has for its goodbye. */
export const SOCKET_CLOSE_MS = 1_000;

/** Slow senders are cut off: a request has this long to arrive. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the usual pause between two calls of a script. */
export const KEEP_ALIVE_MS = 65_000;

/** The `limits` of chain_status. */
export function publishedLimits(parameters: Parameters) {
  return {
    batchItemsMax: BATCH_ITEMS_MAX,
    bodyBytesMax: BODY_BYTES_MAX,
    responseBytesMax: RESPONSE_BYTES_MAX,
    pageItemsMax: PAGE_ITEMS_MAX,
    rawBlocksBytesMax: RAW_BLOCKS_BYTES_MAX,
    waitMsMax: WAIT_MS_MAX,
    minHeightWaitMs: MIN_HEIGHT_WAIT_MS,
    transactionBytesMax: parameters.transactionBytesMax,
    transactionOperationsMax: parameters.transactionOperationsMax,
    maxValidityMs: parameters.maxValidityMs,
  };
}
