/** Readers of the final states, by height; those asked for lately share what they have read. */
import { ZtcError } from '../common/errors.ts';
import { requireState } from './pruning/retention.ts';
import { type StateReader, stateReader } from './reader.ts';
import type { StateMachine } from './state-machine.ts';

/** The newest states, which most questions are about, and a few older ones. */
const READERS_MAX = 4;

export class Readers {
  readonly #machine: StateMachine;
  /** By height, the one that was made first at the beginning. */
  readonly #lately = new Map<number, StateReader>();

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  /** @throws ZtcError HEIGHT_UNKNOWN; PrunedError */
  at(height: number): StateReader {
    requireState(this.#machine.stored.retained, height);
    const known = this.#lately.get(height);
    if (known !== undefined) return known;
    const reader = this.#make(height);
    this.#lately.set(height, reader);
    const [oldest] = this.#lately.keys();
    if (this.#lately.size > READERS_MAX && oldest !== undefined) this.#lately.delete(oldest);
    return reader;
  }

  #make(height: number): StateReader {
    const { head, stored, stores } = this.#machine;
    const { retained } = stored;
    if (height === head.height) {
      return stateReader(stores, head.block.header, head.outcome.version, retained);
    }
    const [header, version] = [stored.header(height), stored.stateVersion(height)];
    if (header === undefined || version === undefined) {
      throw new ZtcError('HEIGHT_UNKNOWN', `block ${height} is not final here`, {
        hint: `the newest final block is ${head.height}`,
      });
    }
    return stateReader(stores, header, stores.tree.at(version), retained);
  }
}
