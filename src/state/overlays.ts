/** The checked blocks above the final head, bounded, by hash. */
import { equalBytes, toHex } from '../common/bytes.ts';
import type { Point } from './point.ts';

/**
 * Consensus proposes only empty blocks above 64 unfinalized ones; the rest is room for branches.
 * A block that was let go is unknown, and can be checked again.
 */
const OVERLAYS_MAX = 256;

export class Overlays {
  readonly #points = new Map<string, Point>();

  get size(): number {
    return this.#points.size;
  }

  /** The point of a block; being asked for keeps it longer. */
  get(hash: Uint8Array): Point | undefined {
    const name = toHex(hash);
    const point = this.#points.get(name);
    if (point === undefined) return undefined;
    this.#points.delete(name);
    this.#points.set(name, point);
    return point;
  }

  add(point: Point): void {
    this.#points.set(toHex(point.block.hash), point);
    const [oldest] = this.#points.keys();
    if (this.#points.size > OVERLAYS_MAX && oldest !== undefined) this.#points.delete(oldest);
  }

  /** Drops everything but the descendants of a block that is, or is about to become, final. */
  keepAbove(final: Point): void {
    for (const [name, point] of this.#points) {
      if (!descends(point, final)) this.#points.delete(name);
    }
  }
}

function descends(point: Point, from: Point): boolean {
  let ancestor: Point | undefined = point;
  while (ancestor !== undefined && ancestor.height > from.height) ancestor = ancestor.parent;
  return (
    ancestor !== undefined && ancestor !== point && equalBytes(ancestor.block.hash, from.block.hash)
  );
}
