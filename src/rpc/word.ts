/** The node's side of `src/ledger/word.ts`: a publisher's word on an asset, and what shows it. */
import { equalBytes } from '../common/bytes.ts';
import type { ListPart } from '../ledger/proven-value.ts';
import { RECEIPT_ITEMS_MAX } from '../ledger/receipt.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { type PublisherState, type Statement, statementSchema } from '../ledger/state-values.ts';
import { invalidity, type JudgedPublisher } from '../ledger/verdict.ts';
import type { WordAnswer } from '../ledger/word.ts';
import type { StateReader } from '../state/reader.ts';
import type { Services } from './handler.ts';
import { STATE_BYTES_MAX } from './limits.ts';
import { judgedPublishers, stored } from './reading.ts';
import { refuse } from './refusal.ts';

/** Read at a time, from the current statement back. */
const ACTS_AT_ONCE = 100;

export interface Word {
  readonly answer: WordAnswer;
  /** Where the current statement doesn't count: what shows which one does. */
  readonly acts: ListPart | null;
}

/** What this publisher says about an asset in the state of `reader`. */
export function wordOf(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
  id: string,
): Word {
  const value = reader.get(stateKey.assetStatement(asset, id));
  if (value === undefined) {
    const othersSaid = reader.list(stateKey.assetStatements(asset)).count > 0;
    return { answer: { statements: [], publishers: new Map(), othersSaid }, acts: null };
  }
  const current = stored(statementSchema, value);
  const publishers = judgedPublishers(services, reader, [current]);
  const { publisher } = publishers.get(id) as JudgedPublisher;
  const shown = (statements: readonly Statement[]): WordAnswer => {
    return { statements, publishers, othersSaid: false };
  };
  if (invalidity(current, publisher) === null) return { answer: shown([current]), acts: null };
  const { from, items } = actsFrom(reader, publisher, value, current);
  const path = reader.proveItems(stateKey.publisherActs(id), from, from + items.length);
  const statements = items
    .map((item) => stored(statementSchema, item))
    .filter(({ statement }) => equalBytes(statement.asset, asset));
  return { answer: shown(statements), acts: { from, items, path } };
}

/** Its acts from its last statement on the asset that counts, or its first act, to `current`. */
function actsFrom(
  reader: StateReader,
  publisher: PublisherState,
  value: Uint8Array,
  current: Statement,
): { readonly from: number; readonly items: Uint8Array[] } {
  const key = stateKey.publisherActs(publisher.id);
  const { asset } = current.statement;
  const end = positionOf(reader, key, value, current) + 1;
  let [items, bytes]: [Uint8Array[], number] = [[], 0];
  while (items.length < end) {
    const left = end - items.length;
    const from = Math.max(0, left - ACTS_AT_ONCE);
    const page = reader.items(key, from, left - from);
    const counting = page.findLastIndex((item) => {
      const said = stored(statementSchema, item);
      return equalBytes(said.statement.asset, asset) && invalidity(said, publisher) === null;
    });
    const needed = counting < 0 ? page : page.slice(counting);
    bytes += needed.reduce((sum, item) => sum + item.length, 0);
    items = [...needed, ...items];
    if (items.length > RECEIPT_ITEMS_MAX || bytes > STATE_BYTES_MAX) refuseTooMany(publisher.id);
    if (counting >= 0) break;
  }
  return { from: end - items.length, items };
}

function refuseTooMany(id: string): never {
  refuse('LIMIT_EXCEEDED', {
    code: 'TOO_MANY_STATEMENTS',
    message: `${id} itself stated more since its last statement on this that counts than one holds`,
    hint: 'it says so again with a key that counts: ztc notarize --again FILE',
  });
}

/** Where a statement stands among its publisher's acts, which are in the order of their heights. */
function positionOf(
  reader: StateReader,
  key: string,
  value: Uint8Array,
  { height }: Statement,
): number {
  const at = (position: number): Uint8Array => reader.items(key, position, 1)[0] as Uint8Array;
  let [low, high] = [0, reader.list(key).count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (stored(statementSchema, at(middle)).height > height) high = middle;
    else low = middle + 1;
  }
  let position = low - 1;
  while (!equalBytes(at(position), value)) position--;
  return position;
}
