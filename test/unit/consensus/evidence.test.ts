import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { SIGNATURES_KEPT_MAX } from '../../../src/consensus/core/limits.ts';
import { keptOf } from '../../../src/consensus/core/signed.ts';
import { Accusations } from '../../../src/consensus/evidence/accusations.ts';
import { decodeEvidenceRecord } from '../../../src/consensus/evidence/record.ts';
import { takeMessage } from '../../../src/consensus/intake.ts';
import { encodeMessage, MESSAGE, type Message } from '../../../src/consensus/messages.ts';
import { Outbox } from '../../../src/consensus/outbox.ts';
import { Outlines } from '../../../src/consensus/outlines.ts';
import { type Evidence, FAULT } from '../../../src/ledger/evidence.ts';
import { VOTE, type Vote } from '../../../src/ledger/vote.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { CoreDriver } from './core-driver.ts';

const { ACCEPT, NULLIFY, FINALIZE } = VOTE;
const FORGED = new Uint8Array(65).fill(1, 0, 1);

/** A core behind the intake; signatures are good unless they are `FORGED`. */
function rig() {
  const core = new CoreDriver({ self: 3 });
  const records: Uint8Array[] = [];
  const dropped: string[] = [];
  const verified = { count: 0 };
  const verify = (signature: Uint8Array): boolean => {
    verified.count++;
    return signature[1] !== 0;
  };
  const accusations = new Accusations({
    chain: core.state.chain,
    core: () => core.state,
    file: memoryLog(records),
    verify,
    signer: undefined,
    log: pino({ level: 'silent' }),
  });
  const intake = {
    state: core.state,
    verify,
    feed: core.feed.bind(core),
    late: () => {},
    answered: () => {},
    dropped: (_from: string, reason: string) => dropped.push(reason),
    accusations,
    outlines: new Outlines({
      application: { body: () => undefined },
      network: { send: () => {} },
      clock: { now: () => 0, after: () => () => {} },
      core: () => core.state,
      feed: core.feed.bind(core),
    }),
  };
  const receive = (from: number, message: Message): void => {
    takeMessage(intake, core.state.validators[from]?.member ?? '', encodeMessage(message));
  };
  const votes = (from: number, ...given: Vote[]): void =>
    receive(from, { kind: MESSAGE.VOTES, version: 1, votes: given });
  const evidence = (from: number, ...given: Evidence[]): void =>
    receive(from, { kind: MESSAGE.EVIDENCE, version: 1, evidence: given });
  return { core, records, dropped, verified, accusations, receive, votes, evidence };
}

/** Who was named for what. */
function named(core: CoreDriver): string[] {
  return core.of('evidence').map(({ evidence }) => `${evidence.first.validator}: ${evidence.kind}`);
}

/** Makes a block of view 1 final. */
function finalized(core: CoreDriver, view = 1, parent = core.genesis) {
  const block = core.block(parent, view);
  core.propose(block);
  core.receiveCertificate(ACCEPT, view, block);
  core.receiveCertificate(FINALIZE, view, block);
  return block;
}

describe('what votes and certificates of a view say about their signers', () => {
  it('names all who stand in two certificates that contradict each other', () => {
    const core = new CoreDriver({ self: 3 });
    core.receiveCertificate(NULLIFY, 1, null);
    core.receiveCertificate(FINALIZE, 1, core.block(core.genesis, 1));
    const kind = FAULT.NULLIFY_FINALIZE;
    assert.deepEqual(named(core), [`0: ${kind}`, `1: ${kind}`, `2: ${kind}`]);
  });

  it('names a vote against a certificate, once for each kind', () => {
    const { core, votes } = rig();
    const [one, two] = [core.block(core.genesis, 1, {}, 1), core.block(core.genesis, 1, {}, 2)];
    core.receiveCertificate(ACCEPT, 1, one);
    votes(2, core.vote(ACCEPT, 1, two, 2));
    votes(2, core.vote(ACCEPT, 1, core.block(core.genesis, 1, {}, 3), 2));
    votes(2, core.vote(NULLIFY, 1, null, 2), core.vote(FINALIZE, 1, one, 2));
    assert.deepEqual(named(core), [
      `2: ${FAULT.CONFLICTING_ACCEPT}`,
      `2: ${FAULT.NULLIFY_FINALIZE}`,
    ]);
  });

  it('names nobody for what honest validators do', () => {
    const core = new CoreDriver({ self: 3 });
    const [one, two] = [core.block(core.genesis, 1, {}, 1), core.block(core.genesis, 1, {}, 2)];
    // A nullify after the own accept; a finalize of the block that the quorum took instead.
    core.receiveVote(ACCEPT, 1, one, 1);
    core.receiveVote(NULLIFY, 1, null, 1);
    core.receiveVote(ACCEPT, 1, two, 2);
    core.receiveVote(FINALIZE, 1, one, 2);
    // A finalize in a view that others gave up, then one of a conflicting block in a later view.
    core.receiveVote(FINALIZE, 2, one, 2);
    core.receiveVote(ACCEPT, 3, two, 2);
    core.receiveVote(FINALIZE, 3, two, 2);
    // The same block accepted and finalized in several views, as boundary blocks are.
    for (const view of [4, 5, 6]) {
      core.receiveVote(ACCEPT, view, one, 0);
      core.receiveVote(FINALIZE, view, one, 0);
    }
    assert.deepEqual(named(core), []);
  });
});

describe('what comes after a view is final', () => {
  it('names f + 1 of a fork by the nullification that the other branch needed', () => {
    const { core, receive } = rig();
    finalized(core);
    assert.equal(core.state.head.header.height, 1);
    const certificates = [core.certificate(NULLIFY, 1, null)];
    receive(1, { kind: MESSAGE.CERTIFICATES, version: 1, certificates });
    const kind = FAULT.NULLIFY_FINALIZE;
    assert.deepEqual(named(core), [`0: ${kind}`, `1: ${kind}`, `2: ${kind}`]);
    assert.equal(core.state.head.header.height, 1);
  });

  it('names f + 1 by the acceptance, or the finalization, of another block', () => {
    const { core, receive } = rig();
    finalized(core);
    const other = core.block(core.genesis, 1, {}, 9);
    const acceptance = core.certificate(ACCEPT, 1, other);
    receive(1, { kind: MESSAGE.CERTIFICATES, version: 1, certificates: [acceptance] });
    assert.equal(named(core).length, 3);
    const certificate = core.certificate(FINALIZE, 1, other);
    receive(1, { kind: MESSAGE.FINALITY, version: 1, header: other.headerBytes, certificate });
    assert.equal(named(core).length, 6);
  });

  it('is asked about by a node that diverged, and told by those who took the other branch', () => {
    const { core, receive } = rig();
    const ours = finalized(core);
    const other = rig();
    other.core.receiveCertificate(NULLIFY, 1, null);
    const theirs = finalized(other.core, 2);
    core.feed({ type: 'refused', block: theirs, judgement: 'diverged' });
    const [request] = core.messages(MESSAGE.REQUEST).slice(-1);
    assert.deepEqual(request?.views, [1]);
    other.receive(2, request as Message);
    const answers = other.core.messages(MESSAGE.CERTIFICATES);
    assert.ok(answers.length > 0);
    for (const answer of answers) receive(0, answer);
    const kind = FAULT.NULLIFY_FINALIZE;
    assert.deepEqual(named(core), [`0: ${kind}`, `1: ${kind}`, `2: ${kind}`]);
    assert.equal(core.state.head.hex, Buffer.from(ours.hash).toString('hex'));
  });

  it('checks no signature of what contradicts nothing, and drops what is forged', () => {
    const { core, dropped, verified, votes } = rig();
    const block = finalized(core);
    const before = verified.count;
    votes(1, core.vote(FINALIZE, 1, block, 1), core.vote(ACCEPT, 1, block, 1));
    assert.equal(verified.count, before);
    votes(1, { ...core.vote(NULLIFY, 1, null, 2), signature: FORGED });
    assert.deepEqual([verified.count - before, dropped.at(-1)], [1, 'signature']);
    assert.deepEqual(named(core), []);
    votes(1, core.vote(NULLIFY, 1, null, 2));
    assert.deepEqual(named(core), [`2: ${FAULT.NULLIFY_FINALIZE}`]);
  });

  it('checks a bounded number of signatures a sender and second', () => {
    const { core, verified, votes } = rig();
    finalized(core);
    const before = verified.count;
    const forged = { ...core.vote(NULLIFY, 1, null, 2), signature: FORGED };
    for (let i = 0; i < 500; i++) votes(1, forged);
    assert.equal(verified.count - before, 64);
    votes(0, core.vote(NULLIFY, 1, null, 2));
    assert.deepEqual(named(core), [`2: ${FAULT.NULLIFY_FINALIZE}`]);
  });

  it('is compared for the evidence window and within the bound', () => {
    const { core, votes } = rig();
    const first = finalized(core);
    core.pass(core.state.parameters.evidenceWindowMs - 1_000);
    const second = finalized(core, 2, first);
    assert.equal(keptOf(core.state, 1, 1).length, 2);
    core.pass(2_000);
    finalized(core, 3, second);
    assert.deepEqual(keptOf(core.state, 1, 1), []);
    votes(1, core.vote(NULLIFY, 1, null, 1));
    assert.deepEqual(named(core), []);
    votes(1, core.vote(NULLIFY, 2, null, 1));
    assert.deepEqual(named(core), [`1: ${FAULT.NULLIFY_FINALIZE}`]);

    const { core: busy } = rig();
    let parent = busy.genesis;
    const views = Math.ceil(SIGNATURES_KEPT_MAX / 6) + 100;
    for (let view = 1; view <= views; view++) parent = finalized(busy, view, parent);
    assert.ok(busy.state.signed.signatures <= SIGNATURES_KEPT_MAX);
    assert.deepEqual(keptOf(busy.state, 1, 1), []);
    assert.ok(keptOf(busy.state, 1, views).length > 0);
  });
});

describe('evidence that peers pass on', () => {
  const proof = (core: CoreDriver, view: number, validator = 2): Evidence => {
    const first = core.vote(NULLIFY, view, null, validator);
    const second = core.vote(FINALIZE, view, core.genesis, validator);
    return { version: 1, kind: FAULT.NULLIFY_FINALIZE, first, second };
  };
  const told = (outbox: Outbox): unknown[] =>
    outbox.takeMessages().map(({ to, message }) => {
      assert.equal(message.kind, MESSAGE.EVIDENCE);
      return [to, message.kind === MESSAGE.EVIDENCE ? message.evidence.length : 0];
    });

  it('is checked, written, and passed on once', async () => {
    const { core, records, verified, accusations, evidence } = rig();
    const outbox = new Outbox();
    evidence(0, proof(core, 5), proof(core, 5));
    assert.deepEqual(accusations.items, []); // not before it is on disk
    await accusations.flush(outbox);
    assert.deepEqual(told(outbox), [['all', 1]]);
    const { count } = verified;
    evidence(1, proof(core, 5));
    await accusations.flush(outbox);
    assert.deepEqual([told(outbox), verified.count, records.length], [[], count, 1]);
    const record = decodeEvidenceRecord(records[0] as Uint8Array);
    assert.ok(record.ok);
    assert.deepEqual([record.value.member, record.value.seenAt], ['m-002', core.state.wall]);
  });

  it('is refused if forged, no fault, or of an epoch whose set is unknown', async () => {
    const { core, dropped, accusations, evidence } = rig();
    const good = proof(core, 5);
    const bad = { ...good, second: { ...good.second, signature: FORGED } };
    const epoch = { epoch: 9 };
    const later = {
      ...good,
      first: { ...good.first, ...epoch },
      second: { ...good.second, ...epoch },
    };
    evidence(0, bad, { ...good, first: good.second }, later);
    assert.deepEqual(dropped, ['signature', 'signature', 'foreign']);
    await accusations.flush(new Outbox());
    assert.deepEqual(accusations.items, []);
  });

  it('is kept in a bounded number for each key', async () => {
    const { core, accusations, evidence } = rig();
    for (let view = 1; view <= 40; view++) evidence(0, proof(core, view, 1));
    evidence(1, proof(core, 1, 2));
    await accusations.flush(new Outbox());
    const members = accusations.items.map(({ member }) => member);
    assert.equal(members.filter((member) => member === 'm-001').length, 16);
    assert.equal(members.filter((member) => member === 'm-002').length, 1);
  });

  it('is told a peer that says where it stands, in parts, and once until it was away', async () => {
    const { core, accusations, receive } = rig();
    const outbox = new Outbox();
    for (const validator of [0, 1, 2]) {
      for (let view = 1; view <= 10; view++) accusations.found(proof(core, view, validator));
    }
    await accusations.flush(outbox);
    assert.deepEqual(told(outbox), [
      ['all', 16],
      ['all', 14],
    ]);
    const status = async (): Promise<unknown[]> => {
      const { STATUS } = MESSAGE;
      const at = { epoch: 1, view: 1, height: 0, votes: [], entry: null };
      receive(0, { kind: STATUS, version: 1, ...at });
      await accusations.flush(outbox);
      return told(outbox);
    };
    assert.deepEqual(await status(), [[0, 16]]);
    assert.deepEqual(await status(), [[0, 14]]);
    assert.deepEqual(await status(), []);
    core.elapsed += 59_000;
    assert.deepEqual(await status(), []);
    core.elapsed += 61_000;
    assert.deepEqual(await status(), [[0, 16]]);
  });

  it('is there again after a restart, but for that of another chain', async () => {
    const { core, records, accusations } = rig();
    accusations.found(proof(core, 5));
    await accusations.flush(new Outbox());
    const again = (chain = core.state.chain) =>
      new Accusations({
        chain,
        core: () => core.state,
        file: memoryLog(records),
        verify: () => true,
        signer: undefined,
        log: pino({ level: 'silent' }),
      });
    assert.deepEqual(again().items, accusations.items);
    assert.deepEqual(again(new Uint8Array(32)).items, []);
    records.push(Uint8Array.of(1));
    assert.throws(() => again(), { code: 'EVIDENCE_DAMAGED' });
  });
});
