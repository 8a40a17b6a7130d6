/** How much waits and is kept: what peers can make grow, and bounds have to hold. */
import type { CoreState } from './core/state.ts';

export interface Buffered {
  readonly messages: number;
  /** Views of which something is known, and how far the current one is above the final head. */
  readonly views: number;
  readonly viewsAbove: number;
  readonly blocks: number;
  readonly wants: number;
  /** Proposals that wait for transactions. */
  readonly outlines: number;
}

export function bufferedIn(
  { views, blocks, wants, view, head }: CoreState,
  messages: number,
  outlines: number,
): Buffered {
  const viewsAbove = view - head.view;
  const sizes = { views: views.size, blocks: blocks.size, wants: wants.size };
  return { messages, outlines, viewsAbove, ...sizes };
}
