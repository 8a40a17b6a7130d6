/** `ztc watch`: tells what is stated under an identity, or near it, as it becomes final. */
import { ProofError } from '../../client/errors.ts';
import type { FeedFilter } from '../../client/events.ts';
import { pause } from '../../client/pause.ts';
import { askEntries } from '../../client/state.ts';
import { readChainFeed, type WatchStatus } from '../../client/watch.ts';
import type { Json } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { defineCommand, type Outcome } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { parseCount, parseDuration, parseUrl, TRUST_OPTIONS } from '../options.ts';
import { type Io, note, printable, resultDocument } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { Completeness } from '../watching/completeness.ts';
import { Deliveries } from '../watching/deliveries.ts';
import { newsLine } from '../watching/lines.ts';
import { Position, readPosition } from '../watching/position.ts';
import { Matcher, type Watched, watchedOf } from '../watching/watched.ts';
import { type News, Watcher } from '../watching/watcher.ts';
import { readSecret, type WebhookOptions } from '../watching/webhook.ts';

const SCHEMA = 'ztc.watch/v1';

export const watch = defineCommand({
  name: 'watch',
  summary: 'tell what is stated under an identity, or near it, as it becomes final',
  details: [
    '--publisher tells all that a publisher states and all that happens to its keys: added,',
    'revoked, declared compromised, a recovery key set: so a stolen key is noticed. --product',
    'tells who states anything on a name, or on one like it. --look-alike tells what publishers do',
    'whose id or name looks like the given one (UTS #39) or is one or two slips away.',
    'What a node says is proven before it is told; what no node can prove is told as "unproven".',
    'Where a node is down the next --rpc goes on. Nothing is told twice while the command runs.',
    'Of a publisher the state proves how much there is: what the feed left out is told with',
    '"leftOut". Of names nothing does: there, watch through nodes of several members.',
    '--webhook posts each event as JSON until it is taken (any 2xx), in order; with --state the',
    'next run goes on behind the last one taken, so that each is told at least once. webhook-id is',
    'the same each time; with --webhook-secret, webhook-signature is that of Standard Webhooks.',
    'With --json each event is a line. Ends by Ctrl-C (exit 130), or after --count events.',
  ],
  examples: [
    'ztc watch --publisher acme --webhook https://hooks.acme.example/ztc --state acme.watch.json',
    'ztc watch --look-alike acme --json',
    'ztc watch --product app --from-height 0 --count 10',
  ],
  positionals: {},
  options: {
    publisher: { type: 'string', env: false, describe: 'its statements and keys', value: 'ID' },
    product: { type: 'string', env: false, describe: 'statements on this name', value: 'NAME' },
    'look-alike': {
      type: 'string',
      env: false,
      describe: 'publishers that could be taken for this one',
      value: 'ID|NAME',
    },
    webhook: { type: 'string', describe: 'post each event to this address', value: 'URL' },
    'webhook-secret': {
      type: 'string',
      describe: 'a file with the secret that signs what is posted',
      value: 'FILE',
    },
    state: {
      type: 'string',
      env: false,
      describe: 'keep here how far it came, and go on from there',
      value: 'FILE',
    },
    'from-height': {
      type: 'number',
      env: false,
      describe: 'begin with this block (default: now)',
      value: 'H',
    },
    'check-every': {
      type: 'string',
      env: false,
      default: '15s',
      describe: 'with --publisher: how often the state is asked what the feed left out',
      value: 'SPAN',
    },
    count: { type: 'number', env: false, describe: 'end after so many events', value: 'N' },
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    const watched = watchedOf(args);
    const { count, state, 'from-height': from } = args;
    const most = count === undefined ? Number.POSITIVE_INFINITY : parseCount('count', count);
    const checkMs = parseDuration('check-every', args['check-every']);
    const asDocuments = args.json === true;
    const webhook = await webhookOf(args, io);
    const session = await openSession(args, io);
    const kept = await readPosition(state, session.chain, watched);
    const after = kept ?? (await startOf(session, from));
    const position = new Position(state, session.chain, watched, after);
    if (kept === undefined) await position.save();
    const matcher = await Matcher.of(session, watched);
    const begun = { session, watched, matcher, after, checkMs, most, asDocuments };
    const deliveries = new Deliveries(webhook, position);
    const told = await watchAll(begun, deliveries, io);
    if (io.signal.aborted) throw new CliError('INTERRUPTED', 'interrupted');
    await deliveries.done();
    return ended(told, position);
  },
});

interface Begun {
  readonly session: Session;
  readonly watched: Watched;
  readonly matcher: Matcher;
  readonly after: string;
  readonly checkMs: number;
  /** So many events. */
  readonly most: number;
  readonly asDocuments: boolean;
}

/** Until so many are told, or Ctrl-C. @returns how many were told */
async function watchAll(begun: Begun, deliveries: Deliveries, io: Io): Promise<number> {
  const { session, watched, after, most, asDocuments } = begun;
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const watcher = new Watcher(session, begun.matcher, { ...io, signal });
  const height = Number(after.split('-')[0]);
  const complete = new Completeness(session, watched.of, height);
  let told = 0;
  const report = async (news: News | undefined, reached: string | undefined): Promise<void> => {
    const isKnown = news === undefined || (watched.by === 'publisher' && !complete.isNew(news));
    const isNew = !isKnown && told < most;
    if (isNew) tell(news, asDocuments, io);
    if (isNew || reached !== undefined) {
      await deliveries.add({ reached, news: isNew ? news : undefined });
    }
    if (isNew && ++told >= most) stop.abort();
  };
  const checking = checkAll({ ...begun, complete, watcher, report }, { ...io, signal });
  // Where it fails nothing is heard any more; the failure is thrown below.
  checking.catch(() => stop.abort());
  try {
    for await (const event of eventsOf(session, watched, after, { ...io, signal })) {
      const news = event.event === 'gap' ? gapOf(event.data) : await watcher.look(event);
      if (signal.aborted) break;
      await report(news, event.id ?? (event.event === 'gap' ? String(news?.to) : undefined));
      complete.passed(event);
    }
  } finally {
    stop.abort();
  }
  await checking;
  return told;
}

interface Checking extends Begun {
  readonly complete: Completeness;
  readonly watcher: Watcher;
  readonly report: (news: News | undefined, reached: undefined) => Promise<void>;
}

/** Tells what the feed leaves out of a publisher; of the rest nothing proves how much there is. */
async function checkAll(checking: Checking, io: Io): Promise<void> {
  const { session, watched, checkMs, complete, watcher, report } = checking;
  if (watched.by !== 'publisher') return;
  const { transport } = session.client;
  const leftOut = async (news: News): Promise<void> => {
    note(io, `${transport.urls[0]}: its feed did not tell this: it proves it when asked`);
    await report({ ...news, leftOut: true }, undefined);
  };
  for (; !io.signal.aborted; await pause(checkMs, io.signal)) {
    try {
      const { statements, news } = await complete.look(io.signal);
      for (const event of statements) {
        const proven = io.signal.aborted ? undefined : await watcher.look(event);
        if (proven !== undefined) await leftOut(proven);
      }
      for (const each of news) await leftOut(each);
    } catch (error) {
      if (io.signal.aborted) return;
      if (!(error instanceof ZtcError) || error.code.startsWith('FILE_')) throw error;
      note(io, `can't see whether the feed leaves something out: ${error.message} (${error.code})`);
      if (error instanceof ProofError) transport.demote(transport.urls[0] as string);
    }
  }
}

function ended(told: number, { after }: Position): Outcome {
  return {
    exit: EXIT.OK,
    result: { event: 'end', told, after },
    text: [`${told} ${told === 1 ? 'event' : 'events'}, up to ${after}`],
  };
}

async function webhookOf(
  args: { readonly webhook?: string | undefined; readonly 'webhook-secret'?: string | undefined },
  io: Io,
): Promise<WebhookOptions | undefined> {
  const { webhook, 'webhook-secret': file } = args;
  if (webhook === undefined) {
    if (file !== undefined) throw usageError('--webhook-secret signs what --webhook posts');
    return undefined;
  }
  return {
    url: parseUrl('--webhook', webhook),
    secret: file === undefined ? undefined : await readSecret(file),
    signal: io.signal,
    now: io.now,
    onRetry: (why, waitMs) => note(io, `webhook: ${why}; again in ${waitMs / 1000} s`),
  };
}

/** Behind the newest proven state, or before the block that was asked for. */
async function startOf(session: Session, from: number | undefined): Promise<string> {
  // A height alone means behind all of that block; of block 0 nothing but the genesis is lost.
  if (from !== undefined) return String(Math.max(0, parseCount('from-height', from) - 1));
  const { view } = await askEntries(session.client, [stateKey.activeMembers], session.proof);
  return String(view.height);
}

function eventsOf(session: Session, watched: Watched, after: string, io: Io) {
  const { by, of } = watched;
  const topics = ['block', 'statement', ...(by === 'product' ? [] : ['publisher'])];
  const filter: FeedFilter = { topics, ...(by === 'publisher' && { publisher: of }) };
  const onStatus = (status: WatchStatus): void => {
    if (status.state !== 'retrying' || io.signal.aborted) return;
    const why = status.error === undefined ? 'the line ended' : status.error.message;
    note(io, `${status.url}: ${printable(why)}; again in ${status.waitMs / 1000} s`);
  };
  const feed = { caller: session.client, chain: session.chain };
  return readChainFeed(feed, filter, { after, onStatus, signal: io.signal });
}

/** So many blocks were missed that nodes don't send them again. */
function gapOf(data: Json): News {
  const { from, to } = Object(data) as { readonly from: number; readonly to: number };
  return { id: `gap-${from}-${to}`, event: 'gap', from, to };
}

function tell(news: News, asDocuments: boolean, io: Io): void {
  io.stdout(asDocuments ? resultDocument(SCHEMA, true, news) : `${newsLine(news, io)}\n`);
}
