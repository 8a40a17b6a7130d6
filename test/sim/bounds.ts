/** Memory stays bounded under whatever peers send, and an honest node never finds it diverged. */
import { VIEW_WINDOW, WANTS_MAX } from '../../src/consensus/core/limits.ts';
import { OUTLINES_MAX } from '../../src/consensus/outlines.ts';
import { Violation } from './monitor.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** The engine's own; a run's peers are too slow to reach it, unless a node stalls. */
const MESSAGES_MAX = 16_384;
/** Far more than honest clients have waiting in a run: anything beyond was let in wrongly. */
const POOL_MAX = 5_000;
/** Views at the edges: the one above the window, those that a certificate alone is known of. */
const VIEWS_SLACK = 16;
/** Unfinalized chains of an unfortunate run, and what leaders proposed beside them. */
const BLOCKS_MAX = 400;

export function checkBounds(world: World): void {
  for (const node of world.nodes) if (node.honest) checkNode(world, node);
}

function checkNode(world: World, { life, options }: SimNode): void {
  if (life === undefined) return;
  const fail = (what: string): void => {
    throw new Violation(`node ${options.slot} ${what}`);
  };
  if (world.monitor.safe && life.engine.status().diverged !== null) fail('diverged');
  if (life.mempool.size > POOL_MAX) fail(`has ${life.mempool.size} transactions waiting`);
  const { messages, views, viewsAbove, blocks, wants, outlines } = life.engine.buffered();
  if (messages > MESSAGES_MAX) fail(`has ${messages} messages waiting`);
  if (wants > WANTS_MAX) fail(`wants ${wants} things`);
  if (outlines > OUTLINES_MAX) fail(`has ${outlines} proposals that wait for transactions`);
  if (blocks > BLOCKS_MAX) fail(`keeps ${blocks} blocks`);
  if (views > viewsAbove + VIEW_WINDOW + VIEWS_SLACK) {
    fail(`keeps ${views} views, ${viewsAbove} above its head`);
  }
}
