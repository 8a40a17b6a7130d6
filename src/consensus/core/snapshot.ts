/** What a new log has to hold so that a restart loses nothing of what one said or may need. */
import { RECORD, type WalRecord } from '../records.ts';
import type { CoreState } from './state.ts';

/**
 * @param key the voting key whose flags these are
 * @param generation of the log that this one replaces
 * @param floor the guard's; above the head where the chain was lost and the log was not
 */
export function snapshotOf(
  state: CoreState,
  key: Uint8Array,
  generation: number,
  floor: { readonly epoch: number; readonly view: number },
): WalRecord[] {
  const { chain, head } = state;
  const views = [...state.views.values()].filter((view) => view.number > head.view);
  const certificates = views.flatMap(({ acceptance, nullification }) =>
    [acceptance, nullification].filter((certificate) => certificate !== undefined),
  );
  const said = new Set(views.map((view) => view.own.accepted));
  const blocks = [...state.blocks.values()].filter(
    ({ hex }) => said.has(hex) || state.acceptedIn.has(hex),
  );
  return [
    { kind: RECORD.FLOOR, version: 1, chain, key, ...floor },
    { kind: RECORD.GENERATION, version: 1, generation },
    ...blocks.map(({ bytes }) => ({ kind: RECORD.BLOCK, version: 1, block: bytes }) as const),
    ...views
      .flatMap((view) => view.own.votes)
      .map((vote) => ({ kind: RECORD.VOTE, version: 1, vote }) as const),
    ...certificates.map(
      (certificate) => ({ kind: RECORD.CERTIFICATE, version: 1, certificate }) as const,
    ),
  ];
}
