/** The reads that several methods share. */
import { fromHex } from '../common/bytes.ts';
import { decode, type Schema } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import type { AssetAnswer } from '../ledger/authenticate.ts';
import { domainsAt } from '../ledger/bindings.ts';
import { assetFromText } from '../ledger/primitives.ts';
import { STATE_VALUE_BYTES_MAX } from '../ledger/proven-state.ts';
import { levelAt } from '../ledger/publishers.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { type PublisherState, type Statement, statementSchema } from '../ledger/state-values.ts';
import type { JudgedPublisher } from '../ledger/verdict.ts';
import type { StateReader } from '../state/reader.ts';
import type { Services } from './handler.ts';
import { publisherView } from './publisher-views.ts';
import { refuse } from './refusal.ts';
import { STATEMENTS_MAX } from './schema/assets.ts';
import type { PublisherView, StatementView } from './schema/views.ts';
import { statementView } from './views.ts';

/** Which state is asked for. */
export interface WhichState {
  readonly minHeight?: number | undefined;
  readonly height?: number | undefined;
  /** What is to be proven, a final header above has: that of the next block. */
  readonly prove?: boolean | undefined;
}

/**
 * The newest state, once it is at least that after block `minHeight`; or that after block `height`.
 */
export async function readerOf(
  services: Services,
  { minHeight = 0, height, prove = false }: WhichState,
): Promise<StateReader> {
  await services.heads.reach(prove ? minHeight + 1 : minHeight);
  const { ledger } = services.context;
  const head = ledger.head.header.height;
  const newest = prove ? head - 1 : head;
  if (height !== undefined && height > newest) refuseHeight(height, head);
  return ledger.state(height ?? newest);
}

/** The newest state, once it is at least that after block `minHeight`. */
export function readerAt(services: Services, minHeight: number | undefined): Promise<StateReader> {
  return readerOf(services, { minHeight });
}

/** A hash that the schema let through. */
export function hashOf(text: string): Uint8Array {
  const hash = fromHex(text.slice('0x'.length));
  invariant(hash !== undefined, 'the schema lets no other hash through');
  return hash;
}

/** An asset that the schema let through. */
export function assetOf(text: string): Uint8Array {
  const asset = assetFromText(text);
  invariant(asset !== undefined, 'the schema lets no other asset through');
  return asset;
}

/** Reads what the state holds; it was checked before it got there. */
export function stored<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const decoded = decode(schema, bytes, STATE_VALUE_BYTES_MAX);
  invariant(decoded.ok, 'what stands in state decodes');
  return decoded.value;
}

/** A publisher that something in state names. */
function knownPublisher(services: Services, reader: StateReader, id: string): PublisherState {
  const publisher = services.context.queries.publisher(reader, id);
  invariant(publisher !== undefined, 'a statement in state has a publisher');
  return publisher;
}

export function publisherViewOf(
  services: Services,
  reader: StateReader,
  publisher: PublisherState,
): PublisherView {
  const when = momentOf(services, reader);
  return publisherView(judge(services, reader, publisher, when), when.time);
}

/** What publishers are judged by: the ledger time in ms, and the active members. */
interface Moment {
  readonly time: number;
  readonly active: readonly string[];
}

function momentOf(services: Services, reader: StateReader): Moment {
  const active = services.context.queries.activeMembers(reader);
  return { time: timeAfter(services, reader), active };
}

function judge(
  { context: { queries } }: Services,
  reader: StateReader,
  publisher: PublisherState,
  { time, active }: Moment,
): JudgedPublisher {
  const level = levelAt(publisher.vouches, active, time);
  const { bindings } = publisher;
  if (bindings.length === 0) return { publisher, level, active, domains: [] };
  const needed = queries.parameters(reader).domainAttestations;
  return { publisher, level, active, domains: domainsAt(bindings, { needed, active }, time) };
}

/** The ledger time at which a state was the current one, as in proofs. */
export function timeAfter({ context: { ledger } }: Services, reader: StateReader): number {
  const { header } = ledger.head;
  if (reader.height + 1 >= header.height) return header.time;
  return (ledger.header(reader.height + 1) ?? header).time;
}

/** Everybody who made one of the statements, with their level. */
export function judgedPublishers(
  services: Services,
  reader: StateReader,
  statements: readonly Statement[],
): Map<string, JudgedPublisher> {
  const when = momentOf(services, reader);
  const ids = new Set(statements.map(({ publisher }) => publisher));
  return new Map(
    [...ids].map((id) => {
      const publisher = knownPublisher(services, reader, id);
      return [id, judge(services, reader, publisher, when)];
    }),
  );
}

/** All that was ever said on an asset, as stored and read, and by whom. */
export function allStatements(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
): AssetAnswer & { readonly items: readonly Uint8Array[] } {
  const key = stateKey.assetStatements(asset);
  const { count } = reader.list(key);
  if (count > STATEMENTS_MAX) {
    refuse('LIMIT_EXCEEDED', {
      code: 'TOO_MANY_STATEMENTS',
      message: `there are ${count} statements on this asset`,
      hint: 'asset_history has them in pages',
    });
  }
  const items = reader.items(key, 0, count);
  const statements = items.map((item) => stored(statementSchema, item));
  return { items, statements, publishers: judgedPublishers(services, reader, statements) };
}

/** Views of statements, each judged by its publisher's keys as they stand now. */
export function statementViews(
  services: Services,
  reader: StateReader,
  statements: readonly Statement[],
): StatementView[] {
  const publishers = judgedPublishers(services, reader, statements);
  return statements.map((statement) =>
    statementView(statement, publishers.get(statement.publisher) as JudgedPublisher),
  );
}

/** The state after block `height`, or undefined above the head. */
export function stateAt(services: Services, height: number): StateReader | undefined {
  const { ledger } = services.context;
  return height > ledger.head.header.height ? undefined : ledger.state(height);
}

export function refuseHeight(height: number, head: number): never {
  refuse('NOT_FOUND', {
    code: 'HEIGHT_UNKNOWN',
    message: `height ${height} is not there yet: the head is ${head}`,
    retryable: true,
    field: 'height',
  });
}
