/** How many blocks a second became final lately: for whoever waits for a node to catch up. */

/** Long enough to be even, short enough to notice a change. */
const WINDOW_MS = 5_000;
const SLOT_MS = 500;

export class BlockRate {
  #slots: { readonly at: number; blocks: number }[] = [];

  /** @param now elapsed ms, here and below */
  final(now: number): void {
    const last = this.#slots.at(-1);
    if (last !== undefined && now - last.at < SLOT_MS) last.blocks += 1;
    else this.#slots = [...this.#fresh(now), { at: now, blocks: 1 }];
  }

  perSecond(now: number): number {
    const blocks = this.#fresh(now).reduce((sum, slot) => sum + slot.blocks, 0);
    return blocks / (WINDOW_MS / 1_000);
  }

  #fresh(now: number): { readonly at: number; blocks: number }[] {
    return this.#slots.filter(({ at }) => now - at < WINDOW_MS);
  }
}
