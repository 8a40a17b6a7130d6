/** What is watched, and how near to it is what comes: judged by names alone, which are proven. */
import { askPublisher } from '../../client/publishers.ts';
import { type Nearness, nearest, nearness } from '../../ledger/names/near.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { usageError } from '../errors.ts';
import type { Session } from '../session.ts';

/** `of`: a publisher's id, a product's name, or an id or name that others may imitate. */
export interface Watched {
  readonly by: 'publisher' | 'product' | 'look-alike';
  readonly of: string;
}

export interface WatchedArgs {
  readonly publisher?: string | undefined;
  readonly product?: string | undefined;
  readonly 'look-alike'?: string | undefined;
}

const NAME_BYTES_MAX = 255;
/** More publishers than say something near each other; then they are asked for again. */
const NAMES_KEPT_MAX = 10_000;

/** @throws CliError USAGE */
export function watchedOf(args: WatchedArgs): Watched {
  const given = (['publisher', 'product', 'look-alike'] as const).flatMap((by) => {
    const of = args[by];
    return of === undefined ? [] : [{ by, of }];
  });
  const [watched] = given;
  if (watched === undefined || given.length > 1) {
    throw usageError('give one of --publisher ID, --product NAME and --look-alike ID|NAME');
  }
  const { by, of } = watched;
  if (by === 'publisher' && !ID_PATTERN.test(of)) {
    throw usageError(`--publisher ${of} is no id: 2 to 40 of a-z, 0-9 and -`);
  }
  if (of === '' || Buffer.byteLength(of) > NAME_BYTES_MAX) throw usageError(`--${by} is no name`);
  return watched;
}

/** Decides what concerns a watch. */
export class Matcher {
  readonly #session: Session;
  readonly #watched: Watched;
  /** Id and names of whom others may imitate. */
  #identity: readonly string[];
  readonly #known = new Map<string, Nearness | undefined>();

  private constructor(session: Session, watched: Watched, identity: readonly string[]) {
    this.#session = session;
    this.#watched = watched;
    this.#identity = identity;
  }

  /** Asks for the name of the publisher that others may imitate, where there is one. */
  static async of(session: Session, watched: Watched): Promise<Matcher> {
    const names = watched.by === 'look-alike' ? await namesOf(session, watched.of, 0) : [];
    return new Matcher(session, watched, [watched.of, ...names]);
  }

  /** Whether a statement by a publisher on something of this name concerns it, and how. */
  async statement(publisher: string, name: string, height: number): Promise<Nearness | undefined> {
    if (this.#watched.by === 'product') return nearness(name, this.#watched.of);
    return this.publisher(publisher, height);
  }

  /** Whether what happens to a publisher concerns it; of a product nothing does. */
  async publisher(id: string, height: number): Promise<Nearness | undefined> {
    const { by, of } = this.#watched;
    if (by === 'product') return undefined;
    if (by === 'publisher') return id === of ? 'same' : undefined;
    if (id === of) return undefined;
    if (!this.#known.has(id)) {
      if (this.#known.size >= NAMES_KEPT_MAX) this.#known.clear();
      const names = await namesOf(this.#session, id, height);
      // Names come for good with the publisher: what is not there yet may come.
      if (names.length === 0) return nearest([id], this.#identity);
      this.#known.set(id, nearest([id, ...names], this.#identity));
    }
    return this.#known.get(id);
  }
}

/** The proven display name of a publisher; none where there is no such publisher. */
async function namesOf(session: Session, id: string, height: number): Promise<readonly string[]> {
  if (!ID_PATTERN.test(id)) return [];
  const { proof, client } = session;
  const minHeight = Math.max(proof.minHeight, height);
  const { answer } = await askPublisher(client, id, { ...proof, minHeight });
  return answer === null ? [] : [answer.publisher.name];
}
