/** What a node says it keeps it has, whatever died while it pruned; of the rest it says PRUNED. */
import { ZtcError } from '../../src/common/errors.ts';
import type { Ledger } from '../../src/state/ledger.ts';
import * as queries from '../../src/state/queries.ts';
import { Violation } from './monitor.ts';
import type { SimNode } from './node.ts';

/** Heights that are looked at: the lowest kept ones, where pruning has just been. */
const HEIGHTS = 12;

export function checkRetained({ life, options }: SimNode): void {
  if (life === undefined) return;
  const { ledger } = life;
  const { states, blocks } = ledger.retained;
  const { height } = ledger.head.header;
  const fail = (what: string): void => {
    throw new Violation(`node ${options.slot}, which keeps states from ${states} on: ${what}`);
  };
  for (let at = states; at <= Math.min(height, states + HEIGHTS); at++) {
    try {
      readAll(ledger, at);
    } catch (error) {
      fail(`the state after ${at} does not read: ${error}`);
    }
  }
  for (let at = Math.max(1, blocks); at <= Math.min(height, blocks + HEIGHTS); at++) {
    if (ledger.block(at) === undefined) fail(`block ${at} is missing`);
  }
  for (const at of [states - 1, states - HEIGHTS]) {
    if (at >= 0 && code(() => ledger.state(at)) !== 'PRUNED')
      fail(`the state after ${at} is there`);
  }
}

/** Members, epoch and parameters, each with the path to it. */
function readAll(ledger: Ledger, height: number): void {
  const state = ledger.state(height);
  queries.parameters(state);
  queries.epochState(state);
  for (const { member } of queries.members(state)) state.prove(`absent ${member.id}`);
}

function code(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    return error instanceof ZtcError ? error.code : String(error);
  }
}
