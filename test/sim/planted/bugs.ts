/**
 * Faults of one line, each of which somebody might make, and none of which the simulator may let
 * pass: file, exact text, replacement. A text that no longer stands there is an error of this list.
 */

export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly instead: string;
  /** What it breaks. */
  readonly breaks: string;
}

const CORE = 'src/consensus/core';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'sync-skipped',
    file: 'src/consensus/wal/wal.ts',
    text: 'await this.#open.sync();\n      this.#end',
    instead: 'this.#end',
    breaks: 'votes are sent before they are durable',
  },
  {
    name: 'reset-not-synced',
    file: 'src/consensus/wal/wal.ts',
    text: 'await open.sync();\n    await files.rename',
    instead: 'await files.rename',
    breaks: 'a replaced log may be empty after a power cut',
  },
  {
    name: 'lost-write-believed',
    file: 'src/consensus/wal/wal.ts',
    text: 'await open.write(bytes.subarray(last, end), last);',
    instead: '',
    breaks: 'what a failed sync never wrote is taken for written',
  },
  {
    name: 'folder-not-synced',
    file: 'src/consensus/wal/wal.ts',
    text:
      'await open.sync();\n    await files.syncFolder(path.dirname(file));\n    ' +
      'return new FileWal',
    instead: 'await open.sync();\n    return new FileWal',
    breaks: 'the log before the last replacement may come back',
  },
  {
    name: 'damage-cut-off',
    file: 'src/consensus/wal/framing.ts',
    text: 'const left = bytes.length - at;',
    instead: 'return true;\n  const left = bytes.length - at;',
    breaks: 'damaged votes are forgotten as if a crash had torn them',
  },
  {
    name: 'replay-skips-votes',
    file: 'src/consensus/start.ts',
    text: 'if (record.kind === RECORD.VOTE) votes.push(record.vote);',
    instead: '',
    breaks: 'a restarted node does not know what it said',
  },
  {
    name: 'accept-forgotten',
    file: `${CORE}/restore.ts`,
    text: 'if (vote.kind === VOTE.ACCEPT && vote.block !== null) own.accepted = toHex(vote.block);',
    instead: '',
    breaks: 'a restarted node accepts twice in a view; only the guard stops it',
  },
  {
    name: 'old-guard-trusted',
    file: 'src/consensus/guard/trust.ts',
    text: 'if (generationOf(records) < (counted ?? Number.POSITIVE_INFINITY)) {',
    instead: 'if (generationOf(records) < 0) {',
    breaks: 'an older copy of the log is voted on',
  },
  {
    name: 'counter-not-set',
    file: 'src/consensus/voter.ts',
    text: 'await this.#key?.counter.set(this.#generation);',
    instead: '',
    breaks: 'an older copy of the log is not noticed',
  },
  {
    name: 'floor-lowered',
    file: 'src/consensus/voter.ts',
    text: 'key: key.pair.publicKey, ...floor }',
    instead: 'key: key.pair.publicKey, epoch: state.epoch, view: state.head.view }',
    breaks: 'a node whose chain was wiped forgets which views it had signed',
  },
  {
    name: 'nullify-check-dropped',
    file: `${CORE}/cast.ts`,
    text: 'if (own.nullified || own.finalized !== undefined) return;',
    instead: 'if (own.finalized !== undefined) return;',
    breaks: 'finalize after nullify; only the guard stops it',
  },
  {
    name: 'flags-pruned',
    file: `${CORE}/finality.ts`,
    text: 'number <= view; number++) state.views.delete(number);',
    instead: 'number <= state.view; number++) state.views.delete(number);',
    breaks: 'own flags of views above the head are forgotten',
  },
  {
    name: 'quorum-off-by-one',
    file: 'src/ledger/validators.ts',
    text: 'return count - faultsTolerated(count);',
    instead: 'return count - faultsTolerated(count) - 1;',
    breaks: 'two quorums need not share an honest validator',
  },
  {
    name: 'quorum-2f+1',
    file: 'src/ledger/validators.ts',
    text: 'return count - faultsTolerated(count);',
    instead: 'return 2 * faultsTolerated(count) + 1;',
    breaks: 'the same, where n is not 3f + 1',
  },
  {
    name: 'gap-unchecked',
    file: `${CORE}/accept.ts`,
    text: 'return missing === 0;',
    instead: 'return true;',
    breaks: 'a block is accepted over views that nobody gave up',
  },
  {
    name: 'parent-unaccepted',
    file: `${CORE}/justification.ts`,
    text: 'return hex === state.head.hex ? state.head.view : state.acceptedIn.get(hex);',
    instead:
      'const made = state.blocks.get(hex)?.block.header.view;\n  ' +
      'return hex === state.head.hex ? state.head.view : (state.acceptedIn.get(hex) ?? made);',
    breaks: 'a block is accepted on a parent that no quorum accepted',
  },
  {
    name: 'finalize-unjudged',
    file: `${CORE}/blocks.ts`,
    text: "if (accepted && entry.judgement === 'valid') castFinalize",
    instead: 'if (accepted) castFinalize',
    breaks: 'a block is finalized that was not executed here',
  },
  {
    name: 'missing-is-invalid',
    file: `${CORE}/blocks.ts`,
    text: 'if (header.height <= state.head.header.height + 1) settleJudgement',
    instead: 'if (header.height > 0) settleJudgement',
    breaks: 'a node that lacks a parent takes the child for wrong, and itself for diverged',
  },
  {
    name: 'head-without-ancestors',
    file: `${CORE}/finality.ts`,
    text: 'announceBehind(state, child - 1);\n      return undefined;',
    instead:
      'announceBehind(state, child - 1);\n      ' +
      'return chain.length > 0 ? chain.reverse() : undefined;',
    breaks: 'blocks are made final whose ancestors are not here',
  },
  {
    name: 'late-acceptance-refused',
    file: `${CORE}/certificates.ts`,
    text: 'if (certificate.kind === VOTE.ACCEPT) {',
    instead:
      'if (certificate.kind === VOTE.ACCEPT && view.own.nullified) return;\n  ' +
      'if (certificate.kind === VOTE.ACCEPT) {',
    breaks: 'those who gave a view up never join those who did not',
  },
  {
    name: 'timeout-fixed',
    file: `${CORE}/timers.ts`,
    text: 'state.failures++;',
    instead: '',
    breaks: 'a slow network never finishes a view',
  },
  {
    name: 'timeout-reset-early',
    file: `${CORE}/certificates.ts`,
    text: 'viewArrived(state, view.number);',
    instead: 'viewArrived(state, view.number);\n  state.failures = 0;',
    breaks: 'the same: each view that is given up makes the next as short as the first',
  },
  {
    name: 'status-unsent',
    file: `${CORE}/timers.ts`,
    text: 'if (due() <= state.elapsed) broadcastStatus(state);',
    instead: '',
    breaks: 'lost votes and certificates are never said again',
  },
  {
    name: 'one-holder-asked',
    file: `${CORE}/fetch.ts`,
    text: 'if (holder !== undefined) return holder;',
    instead: 'if (holders.length > 0) return holders[0];',
    breaks: 'what one holder keeps back is never had',
  },
  {
    name: 'certificates-unchecked',
    file: 'src/consensus/intake.ts',
    text: 'return verifyCertificate(certificate, state.validators, remembering).ok;',
    instead: 'return certificate.signatures.length > 0 || remembering === undefined;',
    breaks: 'anybody makes certificates',
  },
  {
    name: 'votes-unchecked',
    file: 'src/consensus/intake.ts',
    text: 'if (verifyVote(vote, state.validators, verify))',
    instead: 'if (verify !== undefined)',
    breaks: 'anybody votes in the name of all',
  },
  {
    name: 'range-unchecked',
    file: 'src/consensus/import.ts',
    text: 'return verified.ok ? success(certificate) :',
    instead: 'return verified !== undefined ? success(certificate) :',
    breaks: 'block sync takes any chain',
  },
  {
    name: 'window-forgotten',
    file: 'src/state/state-machine.ts',
    text: 'window.add(at, ids, expires);',
    instead: '',
    breaks: 'a restarted node takes a transaction twice',
  },
  {
    name: 'never-spread-again',
    file: 'src/mempool/mempool.ts',
    text: 'if (!entry.own || entry.spreadAt > now) continue;',
    instead: 'continue;',
    breaks: 'a transaction whose batch was lost waits until its own node leads',
  },
  {
    name: 'proposer-unchecked',
    file: `${CORE}/blocks.ts`,
    text: 'header.proposer === leader?.member',
    instead: 'leader !== undefined',
    breaks: 'a leader signs its block with another name',
  },
  {
    name: 'log-replaced-early',
    file: 'src/consensus/engine.ts',
    text: 'this.#core.head.header.height > header.height || ',
    instead: '',
    breaks: 'votes on what is about to be final leave the log before it is',
  },
  {
    name: 'floor-raised-early',
    file: 'src/consensus/engine.ts',
    text: 'const { header } = this.#options.application.head;\n    this.#voter',
    instead: 'const { header } = this.#core.head;\n    this.#voter',
    breaks: 'what is being written counts as durable, and the log loses it',
  },
  {
    name: 'write-not-awaited',
    file: 'src/consensus/finalizer.ts',
    text: 'await writing?.written;',
    instead: '',
    breaks: 'what waits for blocks to be durable does not wait',
  },
  {
    name: 'final-told-early',
    file: 'src/state/ledger.ts',
    text: 'await this.#machine.commit(finals);',
    instead:
      'for (const { point, certificate } of finals) this.#tell(point, certificate);\n    ' +
      'await this.#machine.commit(finals);',
    breaks: 'blocks are told as final that a crash takes back',
  },
  {
    name: 'later-votes-forgotten',
    file: 'src/consensus/engine.ts',
    text: "this.#inputs = [{ type: 'start', restored: this.#voter.restored }];",
    instead:
      "this.#inputs = [{ type: 'start', restored: { blocks: [], votes: [], certificates: [] } }];",
    breaks: 'a node whose chain was wiped does not know what it signed in later epochs',
  },
  {
    name: 'boundary-passed',
    file: `${CORE}/lead.ts`,
    text: 'if (tip.boundary) {',
    instead: 'if (tip.height < 0) {',
    breaks: 'a leader builds above a boundary block that is not final',
  },
  {
    name: 'boundary-not-again',
    file: `${CORE}/accept.ts`,
    text: 'return view === state.view || (boundary && view < state.view);',
    instead: 'return view === state.view || (boundary && view > state.view);',
    breaks: 'an epoch whose boundary block lacks its finalization never ends',
  },
  {
    name: 'untrusted-votes-said',
    file: 'src/consensus/voter.ts',
    text: 'return this.#recorded ? this.#restored : { ...this.#restored, votes: [] };',
    instead: 'return this.#restored;',
    breaks: 'votes out of an older copy are said that may never have been given',
  },
  {
    name: 'body-not-checked',
    file: 'src/consensus/outlines.ts',
    text: 'const name = leafText(bytes);',
    instead: "const [name = ''] = open.missing.keys();",
    breaks: 'a block is put together from whatever its leader sends',
  },
];
