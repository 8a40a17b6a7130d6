/** What a new log has to hold so that a restart loses nothing of what one said or may need. */
import { RECORD, type WalRecord } from '../records.ts';
import type { CoreState } from './state.ts';

/** Blocks, own votes and certificates above the head; the log's own beginning comes before them. */
export function snapshotOf(state: CoreState): WalRecord[] {
  const { diverged } = state;
  const views = [...state.views.values()].filter((view) => view.number > state.head.view);
  const certificates = views.flatMap(({ acceptance, nullification }) =>
    [acceptance, nullification].filter((certificate) => certificate !== undefined),
  );
  const said = new Set(views.map((view) => view.own.accepted));
  const blocks = [...state.blocks.values()].filter(
    ({ hex }) => said.has(hex) || state.acceptedIn.has(hex),
  );
  return [
    ...(diverged === undefined
      ? []
      : [{ kind: RECORD.DIVERGED, version: 1, block: diverged } as const]),
    ...blocks.map(({ bytes }) => ({ kind: RECORD.BLOCK, version: 1, block: bytes }) as const),
    ...views
      .flatMap((view) => view.own.votes)
      .map((vote) => ({ kind: RECORD.VOTE, version: 1, vote }) as const),
    ...certificates.map(
      (certificate) => ({ kind: RECORD.CERTIFICATE, version: 1, certificate }) as const,
    ),
  ];
}
