/** What an iteration wants written and sent: nothing leaves before its records are synced. */
import { MESSAGE, type Message, VOTES_PER_MESSAGE_MAX } from './messages.ts';
import { encodeRecord, type WalRecord } from './records.ts';

/** Certificates wait for the next vote's sync, but not in any number. */
const UNSYNCED_RECORDS_MAX = 256;

export interface Outgoing {
  /** A validator's position, or everybody. */
  readonly to: number | 'all';
  readonly message: Message;
}

export class Outbox {
  #records: Uint8Array[] = [];
  #mustSync = false;
  #messages: Outgoing[] = [];

  persist(record: WalRecord, sync: boolean): void {
    this.#records.push(encodeRecord(record));
    this.#mustSync ||= sync || this.#records.length >= UNSYNCED_RECORDS_MAX;
  }

  send(to: number | 'all', message: Message): void {
    const last = this.#messages.at(-1);
    const merged =
      to === 'all' && last?.to === 'all' ? mergeVotes(last.message, message) : undefined;
    if (merged === undefined) this.#messages.push({ to, message });
    else this.#messages[this.#messages.length - 1] = { to, message: merged };
  }

  /** What has to be on disk before the messages go; empty where nothing has. */
  takeRecords(): readonly Uint8Array[] {
    if (!this.#mustSync) return [];
    const records = this.#records;
    this.forgetRecords();
    return records;
  }

  /** A snapshot that holds all of it has just been written. */
  forgetRecords(): void {
    this.#records = [];
    this.#mustSync = false;
  }

  takeMessages(): readonly Outgoing[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}

function mergeVotes(a: Message, b: Message): Message | undefined {
  if (a.kind !== MESSAGE.VOTES || b.kind !== MESSAGE.VOTES) return undefined;
  const votes = [...a.votes, ...b.votes];
  return votes.length > VOTES_PER_MESSAGE_MAX ? undefined : { ...a, votes };
}
