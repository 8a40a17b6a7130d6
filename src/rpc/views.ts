/** From the ledger's structures to their JSON. */
import { toBase64url } from '../common/bytes.ts';
import { publicKeyToText } from '../common/signature.ts';
import type { Header } from '../ledger/block.ts';
import { type Member, ROLE } from '../ledger/genesis.ts';
import {
  type MemberState,
  type Revision,
  STANDING,
  type Statement,
} from '../ledger/state-values.ts';
import { statementFieldsView } from '../ledger/statement-view.ts';
import { hashText, timeOrNull, timeText } from '../ledger/text.ts';
import { invalidity, type JudgedPublisher, levelThen } from '../ledger/verdict.ts';
import type { HeaderView, MemberView, RecordView, StatementView } from './schema/views.ts';

export { hashText, timeOrNull, timeText };

export function headerView(header: Header, hash: Uint8Array, bytes: Uint8Array): HeaderView {
  return {
    version: header.version,
    height: header.height,
    hash: hashText(hash),
    chain: hashText(header.chain),
    epoch: header.epoch,
    view: header.view,
    parent: hashText(header.parent),
    time: timeText(header.time),
    proposer: header.proposer,
    txRoot: hashText(header.txRoot),
    stateRoot: hashText(header.stateRoot),
    resultRoot: hashText(header.resultRoot),
    historyRoot: hashText(header.historyRoot),
    validators: hashText(header.validators),
    nextValidators: hashText(header.nextValidators),
    bytes: toBase64url(bytes),
  };
}

/** @param judged the publisher that made it, whose keys decide whether it counts */
export function statementView(statement: Statement, judged: JudgedPublisher): StatementView {
  const wrong = invalidity(statement, judged.publisher);
  return {
    publisher: statement.publisher,
    key: publicKeyToText(statement.key),
    ...statementFieldsView(statement.statement),
    ...provenanceView(statement),
    first: statement.first,
    level: levelThen(statement, judged),
    valid: wrong === null,
    invalidity: wrong,
  };
}

export function recordView(revision: Revision): RecordView {
  return {
    namespace: revision.namespace,
    key: revision.key,
    revision: revision.revision,
    value: toBase64url(revision.value),
    ...provenanceView(revision),
  };
}

export function provenanceView(
  entry: Pick<Statement, 'height' | 'time' | 'transaction' | 'operation'>,
) {
  return {
    height: entry.height,
    time: timeText(entry.time),
    transaction: hashText(entry.transaction),
    operation: entry.operation,
  };
}

export function memberView({ member, standing, since }: MemberState): MemberView {
  const { id, name, role, ...rest } = memberFieldsView(member);
  const active = standing === STANDING.ACTIVE;
  return { id, name, role, active, standing: STANDING_NAMES[standing], since, ...rest };
}

const STANDING_NAMES = {
  [STANDING.ACTIVE]: 'active',
  [STANDING.SUSPENDED]: 'suspended',
  [STANDING.GONE]: 'gone',
} as const;

/** A member's entry, in state as in the operation that puts it there. */
export function memberFieldsView(member: Member) {
  return {
    id: member.id,
    name: member.name,
    role: roleView(member.role),
    memberKey: publicKeyToText(member.memberKey),
    validatorKey: member.validatorKey === null ? null : publicKeyToText(member.validatorKey),
    nodeKey: publicKeyToText(member.nodeKey),
    announce: [...member.announce],
  };
}

export function roleView(role: Member['role']): 'validator' | 'observer' {
  return role === ROLE.VALIDATOR ? 'validator' : 'observer';
}
