/** What a client of the feed asks for: where to start, and which events. */
import { failure, type Result, success } from '../../common/result.ts';
import { assetFromText, assetToText, ID_PATTERN } from '../../ledger/primitives.ts';
import {
  FEED_TOPICS,
  type FeedEvent,
  type FeedSubject,
  type FeedTopic,
  LIVE_TOPICS,
  type LiveTopic,
} from './events.ts';
import type { FeedItem } from './source.ts';

/** The last event that the client has; index -1 stands before the first one of a block. */
export interface FeedPosition {
  readonly height: number;
  readonly index: number;
}

export interface FeedRequest {
  /** Undefined: only what comes from now on. */
  readonly after: FeedPosition | undefined;
  readonly topics: ReadonlySet<FeedTopic>;
  /** Those of `LIVE_TOPICS`. */
  readonly live: ReadonlySet<LiveTopic>;
  readonly subject: FeedSubject;
}

const POSITION_PATTERN = /^(\d{1,15})(?:-(\d{1,9}))?$/;
const SUBJECT_PATTERNS: { readonly [K in keyof FeedSubject]-?: RegExp } = {
  publisher: ID_PATTERN,
  asset: /^(sha256:)?[0-9A-Fa-f]{64}$/,
  namespace: /^[a-z0-9-]{2,40}\/[a-z0-9._-]{1,64}$/,
  kind: /^[a-z0-9-]{1,32}$/,
};
const SUBJECTS = Object.keys(SUBJECT_PATTERNS) as (keyof FeedSubject)[];

type BadRequest = 'INVALID_PARAMS';

/**
 * Reads the query; `lastEventId` is what a browser sends when it reconnects, and wins over `after`.
 * `fromHeight` starts before the first event of that block.
 */
export function readFeedRequest(
  query: URLSearchParams,
  lastEventId: string | undefined,
): Result<FeedRequest, BadRequest> {
  const known = ['topics', 'after', 'fromHeight', ...SUBJECTS];
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return bad(`there is no parameter ${unknown}`);
  const after = readStart(lastEventId ?? query.get('after'), query.get('fromHeight'));
  if (!after.ok) return after;
  const names = query.get('topics')?.split(',') ?? FEED_TOPICS;
  const topics = FEED_TOPICS.filter((topic) => names.includes(topic));
  const live = LIVE_TOPICS.filter((topic) => names.some((name) => name === topic));
  if (topics.length + live.length !== names.length) {
    return bad(`topics are of ${[...FEED_TOPICS, ...LIVE_TOPICS].join(', ')}`);
  }
  const subject: { -readonly [K in keyof FeedSubject]: string } = {};
  for (const name of SUBJECTS) {
    const value = query.get(name);
    if (value === null) continue;
    if (!SUBJECT_PATTERNS[name].test(value)) return bad(`${name} is not of its form`);
    subject[name] = name === 'asset' ? assetToText(assetFromText(value) as Uint8Array) : value;
  }
  return success({ after: after.value, topics: new Set(topics), live: new Set(live), subject });
}

function readStart(
  after: string | null,
  fromHeight: string | null,
): Result<FeedPosition | undefined, BadRequest> {
  if (after !== null) {
    const match = POSITION_PATTERN.exec(after);
    if (match === null) return bad('an event id is height-index');
    const height = Number(match[1]);
    // A height alone: the whole block is known.
    if (match[2] === undefined) return success({ height: height + 1, index: -1 });
    return success({ height, index: Number(match[2]) });
  }
  if (fromHeight === null) return success(undefined);
  if (!/^\d{1,15}$/.test(fromHeight)) return bad('fromHeight is a height');
  return success({ height: Number(fromHeight), index: -1 });
}

function bad(message: string) {
  return failure('INVALID_PARAMS', message);
}

/** By the events of a block: those of some topics, whoever wants them. */
const chosenTopics = new WeakMap<readonly FeedItem[], Map<string, readonly FeedItem[]>>();

/** What is wanted of the events of a block, from `index` on; who wants the same gets the same. */
export function chosen(
  items: readonly FeedItem[],
  request: FeedRequest,
  index: number,
): readonly FeedItem[] {
  const choose = (): readonly FeedItem[] =>
    items.slice(index).filter(({ event }) => wants(request, event));
  const isShared = index === 0 && SUBJECTS.every((name) => request.subject[name] === undefined);
  if (!isShared) return choose();
  const byTopics = chosenTopics.get(items) ?? new Map<string, readonly FeedItem[]>();
  const topics = [...request.topics].join();
  const found = byTopics.get(topics) ?? choose();
  chosenTopics.set(items, byTopics.set(topics, found));
  return found;
}

/** Blocks pass every subject filter: they are the feed's pulse, left out by `topics` only. */
function wants({ topics, subject }: FeedRequest, event: FeedEvent): boolean {
  if (!topics.has(event.topic)) return false;
  if (event.topic === 'block') return true;
  return SUBJECTS.every((name) => {
    const wanted = subject[name];
    return wanted === undefined || wanted === event.subject[name];
  });
}
