/**
 * A proposal before it is made: the file that members pass around to look at. And the requests in
 * it, which voters check: nobody gets a key that its holder didn't sign for. Pure.
 */
import { type TypeOf, text, tuple } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { formatDocument, parseDocument } from './document.ts';
import { ACTION, type Action, actionsSchema, PROPOSAL_REASON_BYTES_MAX } from './governance.ts';
import { verifyMemberRequest, verifyPublisherRequest } from './requests.ts';

export const PROPOSAL_FILE_SCHEMA = 'ztc.proposal/v1';

const draftSchema = tuple({ actions: actionsSchema, reason: text(PROPOSAL_REASON_BYTES_MAX) });
/** What is to be proposed. */
export type ProposalDraft = TypeOf<typeof draftSchema>;

export type ProposalFileCode = 'PROPOSAL_FILE' | 'REQUEST_SIGNATURE';

export function formatProposalFile(draft: ProposalDraft): string {
  return formatDocument(PROPOSAL_FILE_SCHEMA, draftSchema, draft);
}

/** Reads a proposal's file, and checks the requests in it. */
export function parseProposalFile(
  content: string,
  verify: Verify,
): Result<ProposalDraft, ProposalFileCode> {
  const read = parseDocument(content, {
    name: PROPOSAL_FILE_SCHEMA,
    schema: draftSchema,
    code: 'PROPOSAL_FILE',
  });
  if (!read.ok) return read;
  const checked = checkRequests(read.value.actions, verify);
  return checked.ok ? read : checked;
}

/** Whether each entry, and each publisher, is one that all its keys asked for. */
export function checkRequests(
  actions: readonly Action[],
  verify: Verify,
): Result<null, 'REQUEST_SIGNATURE'> {
  for (const action of actions) {
    const checked = checkRequest(action, verify);
    if (checked.ok) continue;
    const id = idIn(action);
    return failure('REQUEST_SIGNATURE', `the request of ${id}: ${checked.message}`);
  }
  return success(null);
}

function checkRequest(action: Action, verify: Verify): Result<null, string> {
  switch (action.action) {
    case ACTION.MEMBER_PUT:
      return verifyMemberRequest(action.request, verify);
    case ACTION.PUBLISHER_REGISTER:
      return verifyPublisherRequest(action.request, verify);
    default:
      return success(null);
  }
}

function idIn(action: Action): string {
  switch (action.action) {
    case ACTION.MEMBER_PUT:
      return action.request.member.id;
    case ACTION.PUBLISHER_REGISTER:
      return action.request.publisher.id;
    default:
      return '';
  }
}
