/** What a leader of the current view would build on. */
import { toHex } from '../../common/bytes.ts';
import { REQUESTED_VIEWS_MAX } from '../messages.ts';
import { wantBlock, wantView } from './fetch.ts';
import { type CoreState, emit, type Tip } from './state.ts';
import { acceptanceOf } from './view.ts';

/** Finds the tip again, and asks for what is missing on the way down to it. */
export function refreshTip(state: CoreState): void {
  const tip = findTip(state);
  if (tip !== undefined && tip.hex !== state.tip?.hex) {
    state.waiting = undefined;
    emit(state, { type: 'ask-work', parent: tip.hash });
  }
  state.tip = tip;
}

/**
 * The newest view with an accepted block that is here and valid, above which every view is
 * nullified. An accepted block that is missing may be passed over if its view is nullified, too.
 */
function findTip(state: CoreState): Tip | undefined {
  let missing = 0;
  for (let number = state.view - 1; number > state.head.view; number--) {
    const view = state.views.get(number);
    const acceptance = acceptanceOf(view);
    if (acceptance !== undefined) {
      const hash = acceptance.block as Uint8Array;
      const entry = state.blocks.get(toHex(hash));
      if (missing === 0 && entry?.judgement === 'valid') {
        const { header, transactions } = entry.block;
        const { height, time } = header;
        const { hex, seenAt, boundary } = entry;
        const empty = transactions.length === 0;
        return { hash, hex, view: number, height, time, empty, boundary, seenAt };
      }
      if (entry === undefined) {
        wantBlock(
          state,
          hash,
          number,
          acceptance.signatures.map(({ validator }) => validator),
        );
      }
      if (view?.nullification === undefined) return undefined;
    } else if (view?.nullification === undefined) {
      wantView(state, number, []);
      missing++;
      if (missing >= REQUESTED_VIEWS_MAX) return undefined;
    }
  }
  return missing === 0 ? headAsTip(state) : undefined;
}

function headAsTip({ head }: CoreState): Tip {
  const { height, time } = head.header;
  const { hash, hex, view, seenAt } = head;
  return { hash, hex, view, height, time, empty: head.closed, boundary: false, seenAt };
}
