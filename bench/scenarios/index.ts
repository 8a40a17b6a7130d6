/** All scenarios, in the order of the documentation's tables. */
import type { Scenario } from '../scenario.ts';
import { catchUp } from './catch-up.ts';
import { deadLeader } from './dead-leader.ts';
import { disk } from './disk.ts';
import { faults } from './faults.ts';
import { feed } from './feed.ts';
import { flood } from './flood.ts';
import { days, growth } from './grown.ts';
import { hour } from './hour.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { overload } from './overload.ts';
import { page } from './page.ts';
import { pathScenario, recordsPathScenario } from './path.ts';
import { peers } from './peers.ts';
import { pruning } from './pruning.ts';
import { quota } from './quota.ts';
import { posts, rate, records } from './rate.ts';
import { receipts } from './receipts.ts';
import { replay } from './replay.ts';
import { restart } from './restart.ts';
import { rpc } from './rpc.ts';
import { signatures } from './signatures.ts';
import { tree } from './tree.ts';
import { validators } from './validators.ts';
import { wire } from './wire.ts';

export const SCENARIOS: readonly Scenario[] = [
  rate,
  posts,
  records,
  latency,
  overload,
  quota,
  validators,
  peers,
  growth,
  days,
  hour,
  memory,
  restart,
  catchUp,
  deadLeader,
  faults,
  replay,
  pathScenario,
  recordsPathScenario,
  signatures,
  wire,
  tree,
  disk,
  pruning,
  receipts,
  rpc,
  feed,
  flood,
  page,
];
