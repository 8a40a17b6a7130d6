/** How much waits and is kept: what peers can make grow, and bounds have to hold. */
import type { CoreState } from './core/state.ts';

export interface Buffered {
  readonly messages: number;
  /** Views of which something is known, and how far the current one is above the final head. */
  readonly views: number;
  readonly viewsAbove: number;
  readonly blocks: number;
  readonly wants: number;
}

export function bufferedIn(
  { views, blocks, wants, view, head }: CoreState,
  messages: number,
): Buffered {
  const viewsAbove = view - head.view;
  return { messages, views: views.size, viewsAbove, blocks: blocks.size, wants: wants.size };
}
