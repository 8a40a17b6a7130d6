/**
 * What a feed leaves out: of one publisher the state proves how many statements there are, and
 * which keys it has. It is looked at again and again beside the feed; what the feed did not tell
 * soon after is told from here.
 *
 * A node that hides a statement has to hide newer states, too: then its answers grow old, and are
 * refused as that.
 */
import type { FeedEvent } from '../../client/events.ts';
import { askActs, askNewest, type ProvenActs } from '../../client/lists.ts';
import { pause } from '../../client/pause.ts';
import { hashText, timeText } from '../../client/views.ts';
import { publicKeyToText } from '../../common/signature.ts';
import type { Statement } from '../../ledger/state-values.ts';
import type { JudgedPublisher } from '../../ledger/verdict.ts';
import type { Session } from '../session.ts';
import type { News } from './watcher.ts';

/** So long the feed has to come to what is proven to be final. */
const GRACE_MS = 5_000;
const GRACE_STEP_MS = 50;
/** Of one look: more than that in so short a time shows by what is told of it. */
const LOOKED_AT_MAX = 1_000;

/** What the feed left out: statements, to be proven one by one, and what the state says of keys. */
export interface LeftOut {
  readonly statements: readonly FeedEvent[];
  readonly news: readonly News[];
}

export class Completeness {
  readonly #session: Session;
  readonly #publisher: string;
  /** At this height and below nothing is looked for. */
  readonly #from: number;
  #seen: ProvenActs | undefined;
  #feedHeight = 0;
  /** Heights of what was told. */
  readonly #told = new Map<string, number>();

  /** @param from the block behind which the watch began */
  constructor(session: Session, publisher: string, from: number) {
    this.#session = session;
    this.#publisher = publisher;
    this.#from = from;
  }

  /** The feed has come to here, and what it said was told. */
  passed({ id }: FeedEvent): void {
    this.#feedHeight = Math.max(this.#feedHeight, Number(id?.split('-')[0] ?? 0));
  }

  /** Notes what is about to be told; false: it was told already. */
  isNew(news: News): boolean {
    if (news.event !== 'statement' && news.event !== 'publisher') return true;
    const name = nameOf(news);
    // A publisher's settings may change twice; what the state shows of it was compared before.
    const isNew = !this.#told.has(name) || news.event === 'publisher';
    this.#told.set(name, Number(news.height));
    return isNew;
  }

  /** @throws ProofError, StaleError, TransportError, RpcError */
  async look(signal: AbortSignal): Promise<LeftOut> {
    const before = this.#seen;
    const { newest, items } = await this.#unseen(before);
    const { height } = newest.view;
    await this.#session.remember({ head: newest.view.head });
    for (let left = GRACE_MS; left > 0 && this.#feedHeight < height; left -= GRACE_STEP_MS) {
      await pause(GRACE_STEP_MS, signal);
    }
    const untold = items.filter((act) => act.height > this.#from && !this.#told.has(idOf(act)));
    const news = before === undefined ? [] : this.#changes(before.publisher, newest);
    this.#seen = newest;
    for (const [name, at] of this.#told) {
      if (at <= Math.min(height, this.#feedHeight)) this.#told.delete(name);
    }
    return { statements: untold.reverse().map(eventOf), news };
  }

  /** The statements that the last look didn't see, newest first. */
  async #unseen(before: ProvenActs | undefined) {
    const { client, proof } = this.#session;
    const publisher = this.#publisher;
    const ask = async (limit: number) =>
      await askNewest((page, at) => askActs(client, { publisher, ...page }, at), limit, proof);
    const one = await ask(1);
    const [last] = one.items;
    const isOld = last === undefined || last.height <= this.#from;
    const more =
      before === undefined ? (isOld ? 0 : LOOKED_AT_MAX) : one.newest.count - before.count;
    if (more > 1) return ask(Math.min(more, LOOKED_AT_MAX));
    return more === 1 ? one : { ...one, items: [] };
  }

  /** Keys that came or changed, and how many have to sign, where nobody told so. */
  #changes(was: JudgedPublisher | null, { publisher: is, view }: ProvenActs): News[] {
    if (was === null || is === null) return [];
    const { origin } = this.#session;
    const { height, time } = view;
    return differences(was.publisher, is.publisher)
      .filter((change) => !this.#told.has(nameOf({ event: 'publisher', ...change })))
      .map(({ op, key }) => ({
        id: `${op}-${key ?? 'all'}-${height}`,
        event: 'publisher',
        match: 'same',
        publisher: this.#publisher,
        op,
        ...(key !== undefined && { key }),
        height,
        time: timeText(time),
        trust: origin,
        verified: origin !== 'node-claimed',
      }));
  }
}

function idOf({ transaction, operation }: Statement): string {
  return `${hashText(transaction)}-${operation}`;
}

/** A statement's own id; of keys, what the state can show of it. */
function nameOf(news: Partial<News> & Pick<News, 'event'>): string {
  return news.event === 'publisher' ? `${news.op} ${news.key ?? ''}` : String(news.id);
}

function eventOf(act: Statement): FeedEvent {
  const { publisher, statement, height, transaction, operation } = act;
  const { name } = statement;
  const data = { publisher, name, height, transaction: hashText(transaction), operation };
  return { event: 'statement', id: `${height}-${operation}`, data };
}

type Change = { readonly op: string; readonly key?: string };
type Publisher = JudgedPublisher['publisher'];

function differences(was: Publisher, is: Publisher): Change[] {
  const before = new Map(was.keys.map((each) => [publicKeyToText(each.key), each]));
  const keys = is.keys.flatMap((now): Change[] => {
    const key = publicKeyToText(now.key);
    const then = before.get(key);
    if (then === undefined) return [{ op: 'publisher.key.add', key }];
    const isBad = then.compromisedSince !== now.compromisedSince;
    const isEnded = then.validUntil !== now.validUntil;
    return [
      ...(isBad ? [{ op: 'publisher.key.compromised', key }] : []),
      ...(isEnded ? [{ op: 'publisher.key.revoke', key }] : []),
    ];
  });
  const isSet = was.approvals !== is.approvals || String(was.recovery) !== String(is.recovery);
  return isSet ? [...keys, { op: 'publisher.set' }] : keys;
}
