/** How far a watch has come: kept in a file, so that the next one goes on where this one ended. */

import { equalBytes } from '../../common/bytes.ts';
import { fromJson, type TypeOf, text, toJson, tuple } from '../../common/codec/index.ts';
import { hash } from '../../ledger/primitives.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { OWNER_ONLY, readTextIfAny, replaceFile } from '../home/files.ts';
import type { Watched } from './watched.ts';

const POSITION_SCHEMA = 'ztc.watch-position/v1';
const OF_BYTES_MAX = 255;
/** What nobody waits for is written no more often than this. */
const SAVE_EVERY_MS = 1_000;

const positionSchema = tuple({
  schema: text(POSITION_SCHEMA.length, /^ztc\.watch-position\/v1$/),
  chain: hash,
  /** What was watched: another watch would leave out what this one passed over. */
  by: text(16, /^(publisher|product|look-alike)$/),
  of: text(OF_BYTES_MAX),
  /** Everything up to this event was reported; `height` or `height-index`. */
  after: text(32, /^\d{1,15}(-\d{1,9})?$/),
});

export class Position {
  readonly #file: string | undefined;
  #at: TypeOf<typeof positionSchema>;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(file: string | undefined, chain: Uint8Array, watched: Watched, after: string) {
    this.#file = file;
    this.#at = { schema: POSITION_SCHEMA, chain, ...watched, after };
  }

  get after(): string {
    return this.#at.after;
  }

  /** Notes that everything up to an event is done; `reported`: it must not be lost. */
  async reach(id: string, reported: boolean): Promise<void> {
    this.#at = { ...this.#at, after: id };
    if (reported || performance.now() - this.#savedAt >= SAVE_EVERY_MS) await this.save();
  }

  /** @throws CliError FILE_WRITE */
  async save(): Promise<void> {
    if (this.#file === undefined) return;
    this.#savedAt = performance.now();
    const document = toJson(positionSchema, this.#at);
    await replaceFile(this.#file, `${JSON.stringify(document)}\n`, OWNER_ONLY);
  }
}

/** Where an earlier watch of the same ended; undefined: nowhere. @throws CliError WATCH_STATE */
export async function readPosition(
  file: string | undefined,
  chain: Uint8Array,
  watched: Watched,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const content = await readTextIfAny(file);
  if (content === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    throw unusable(file, 'it is no JSON');
  }
  const read = fromJson(positionSchema, document);
  if (!read.ok) throw unusable(file, read.message);
  const { by, of, after } = read.value;
  if (!equalBytes(read.value.chain, chain)) throw unusable(file, 'it is of another chain');
  if (by !== watched.by || of !== watched.of) throw unusable(file, `it is of --${by} ${of}`);
  return after;
}

function unusable(file: string, what: string): CliError {
  return new CliError('WATCH_STATE', `can't go on from ${file}: ${what}`, {
    hint: 'name another --state FILE, or remove this one to begin from now on',
    exit: EXIT.USAGE,
  });
}
