/** Taking certificates, late ones too: they decide which views may be entered and what is final. */
import { toHex } from '../../common/bytes.ts';
import { type Certificate, VOTE } from '../../ledger/vote.ts';
import { MESSAGE } from '../messages.ts';
import { RECORD } from '../records.ts';
import { acceptedBlockReady, vouchFor } from './blocks.ts';
import { blockArrived, viewArrived, wantBlock } from './fetch.ts';
import { BLOCK_WINDOW } from './limits.ts';
import { noteSigners } from './signed.ts';
import { type CoreState, emit, viewAt } from './state.ts';
import type { View } from './view.ts';

/** Notes a certificate; one that is known, or not above the floor, changes nothing. */
export function noteCertificate(state: CoreState, certificate: Certificate): void {
  if (!isNewCertificate(state, certificate)) return;
  noteSigners(state, certificate);
  const view = viewAt(state, certificate.view);
  if (certificate.kind === VOTE.NULLIFY) view.nullification = certificate;
  else noteAccepted(state, view, certificate);
  if (certificate.kind !== VOTE.FINALIZE) {
    const record = { kind: RECORD.CERTIFICATE, version: 1, certificate } as const;
    emit(state, { type: 'persist', record, sync: false });
  }
  viewArrived(state, view.number);
  state.enterable = Math.max(state.enterable, view.number + 1);
  state.changed = true;
}

/** Whether a certificate says anything new: asked before its signatures are checked. */
export function isNewCertificate(state: CoreState, certificate: Certificate): boolean {
  if (certificate.epoch !== state.epoch || certificate.view <= state.head.view) return false;
  const view = state.views.get(certificate.view);
  if (view === undefined) return true;
  switch (certificate.kind) {
    case VOTE.ACCEPT:
      return view.acceptance === undefined;
    case VOTE.NULLIFY:
      return view.nullification === undefined;
    case VOTE.FINALIZE:
      return view.finalization === undefined;
  }
}

function noteAccepted(state: CoreState, view: View, certificate: Certificate): void {
  const hash = certificate.block as Uint8Array;
  const hex = toHex(hash);
  if (certificate.kind === VOTE.ACCEPT) {
    view.acceptance = certificate;
    if (view.own.nullified) {
      // The others may have timed out, too, and be unable to leave by nullification any more.
      const message = {
        kind: MESSAGE.CERTIFICATES,
        version: 1,
        certificates: [certificate],
      } as const;
      emit(state, { type: 'broadcast', message });
    }
  } else {
    view.finalization = certificate;
    if (certificate.view > (state.finalization?.view ?? 0)) state.finalization = certificate;
  }
  state.acceptedIn.set(hex, Math.max(view.number, state.acceptedIn.get(hex) ?? 0));
  const entry = state.blocks.get(hex);
  if (entry !== undefined) {
    blockArrived(state, hex);
    vouchFor(state, entry);
    acceptedBlockReady(state, entry, view.number);
  } else {
    const holders = certificate.signatures.map(({ validator }) => validator);
    wantBlock(state, hash, view.number, holders);
  }
}

/** The holders of a block that a leader proposed: the leader, then who accepted it. */
export function wantProposed(state: CoreState, view: View): void {
  const proposed = view.proposed;
  if (proposed === undefined || view.number > state.view + BLOCK_WINDOW) return;
  if (state.blocks.has(proposed.hex)) return;
  const holders = [...(view.accepts.get(proposed.hex)?.keys() ?? [])];
  wantBlock(state, proposed.hash, view.number, holders);
}
