/** A value that views follow. */
import { useEffect, useReducer } from 'preact/hooks';

/** Redraws at most this often, however fast blocks come. */
const REDRAW_MS = 250;

export class Store<T extends object> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(change: Partial<T>): void {
    this.#value = { ...this.#value, ...change };
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined;
      for (const listener of this.#listeners) listener();
    }, REDRAW_MS);
  }

  /** The value now, and again whenever it changed. */
  use(): T {
    const [, redraw] = useReducer((turn: number) => turn + 1, 0);
    const drawn = this.#value;
    useEffect(() => {
      const listener = () => redraw(undefined as never);
      this.#listeners.add(listener);
      // It may have changed between the drawing and now.
      if (this.#value !== drawn) listener();
      return () => {
        this.#listeners.delete(listener);
      };
    }, []);
    return this.#value;
  }
}
