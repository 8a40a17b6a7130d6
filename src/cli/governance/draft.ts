/** What a command is to propose: from a file, or from its options. */

import { compareText } from '../../common/bytes.ts';
import { publicKeyFromText, verify } from '../../common/signature.ts';
import { ACTION, type Action } from '../../ledger/governance.ts';
import {
  formatProposalFile,
  type ProposalDraft,
  parseProposalFile,
} from '../../ledger/proposal-file.ts';
import type { OptionSpecs } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readRequests } from '../home/ceremony.ts';
import { readText } from '../home/files.ts';
import { parseTime } from '../publishers/voice.ts';

export const DRAFT_POSITIONALS = {
  file: { describe: 'a proposal as gov preview -o writes it', type: 'string' },
} as const;

export const DRAFT_OPTIONS = {
  put: {
    type: 'string',
    array: true,
    env: false,
    describe: 'admit these members, or replace their entries: keys, role, name (ID.member.json)',
    value: 'FILE…',
  },
  remove: { type: 'string', array: true, env: false, describe: 'for good', value: 'ID…' },
  suspend: {
    type: 'string',
    array: true,
    env: false,
    describe: 'no vote of either kind until reinstated',
    value: 'ID…',
  },
  reinstate: {
    type: 'string',
    array: true,
    env: false,
    describe: 'take back suspended members',
    value: 'ID…',
  },
  set: {
    type: 'string',
    array: true,
    env: false,
    describe: 'other parameters from the next epoch on',
    value: 'NAME=NUMBER…',
  },
  compromised: {
    type: 'string',
    env: false,
    describe: "a publisher's key is compromised since a time",
    value: 'ID,KEY,TIME',
  },
  register: {
    type: 'string',
    array: true,
    env: false,
    describe: "publishers whose names look like others': they need a vote (ID.publisher.json)",
    value: 'FILE…',
  },
  protocol: { type: 'number', env: false, describe: 'raise the protocol version', value: 'N' },
  reason: { type: 'string', env: false, describe: 'why; for the others', value: 'TEXT' },
} as const satisfies OptionSpecs;

export interface DraftArgs {
  readonly file?: string | undefined;
  readonly put?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly suspend?: readonly string[] | undefined;
  readonly reinstate?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly compromised?: string | undefined;
  readonly register?: readonly string[] | undefined;
  readonly protocol?: number | undefined;
  readonly reason?: string | undefined;
}

/** @throws CliError USAGE, INPUT_UNREADABLE, PROPOSAL_FILE, REQUEST_SIGNATURE, REQUEST_FILE */
export async function readDraft(args: DraftArgs): Promise<ProposalDraft> {
  const actions = await actionsOf(args);
  if (args.file === undefined) {
    if (actions.length === 0) throw usageError('nothing to propose', 'ztc gov propose --help');
    return checked('the proposal', { actions, reason: args.reason ?? '' });
  }
  if (actions.length > 0 || args.reason !== undefined) {
    throw usageError('give a file or options, not both');
  }
  const read = parseProposalFile(await readText(args.file), verify);
  if (read.ok) return read.value;
  throw refused(args.file, read.code, read.message);
}

async function actionsOf(args: DraftArgs): Promise<Action[]> {
  const { members: requests, publishers } = await readRequests(args.put ?? []);
  if (publishers.length > 0) throw usageError('--put takes requests of members, not publishers');
  const registered = await readRequests(args.register ?? []);
  if (registered.members.length > 0) throw usageError('--register takes requests of publishers');
  const changes = (args.set ?? []).map(readChange).sort((a, b) => compareText(a.name, b.name));
  const { protocol } = args;
  return [
    ...requests.map((request) => ({ action: ACTION.MEMBER_PUT, request }) as const),
    ...(args.remove ?? []).map((id) => ({ action: ACTION.MEMBER_REMOVE, id }) as const),
    ...(args.suspend ?? []).map((id) => ({ action: ACTION.MEMBER_SUSPEND, id }) as const),
    ...(args.reinstate ?? []).map((id) => ({ action: ACTION.MEMBER_REINSTATE, id }) as const),
    ...(changes.length === 0 ? [] : [{ action: ACTION.PARAMETERS, changes } as const]),
    ...registered.publishers.map(
      (request) => ({ action: ACTION.PUBLISHER_REGISTER, request }) as const,
    ),
    ...(args.compromised === undefined ? [] : [readCompromised(args.compromised)]),
    ...(protocol === undefined ? [] : [{ action: ACTION.PROTOCOL, version: protocol } as const]),
  ];
}

function readChange(text: string): { readonly name: string; readonly value: number } {
  const match = /^([A-Za-z]{1,40})=(\d{1,16})$/.exec(text);
  const value = Number(match?.[2]);
  if (match?.[1] !== undefined && Number.isSafeInteger(value)) return { name: match[1], value };
  throw usageError(`--set ${text} is no change of a parameter: write heartbeatMs=5000`);
}

function readCompromised(text: string): Action {
  const [publisher = '', spelled = '', at = ''] = text.split(',');
  const key = publicKeyFromText(spelled);
  if (!key.ok) throw usageError(`--compromised ${text}: write ID,ed25519:…,2026-11-24T12:00:00Z`);
  const since = parseTime('compromised', at);
  return { action: ACTION.KEY_COMPROMISED, publisher, key: key.value, since };
}

/** Through the file's own form, so that what is sent and what is passed around are the same. */
function checked(what: string, draft: ProposalDraft): ProposalDraft {
  let text: string;
  try {
    text = formatProposalFile(draft);
  } catch (error) {
    throw usageError(`${what} can't be written: ${(error as Error).message}`);
  }
  const read = parseProposalFile(text, verify);
  if (read.ok) return read.value;
  throw refused(what, read.code, read.message);
}

function refused(what: string, code: string, message: string): CliError {
  const exit = code === 'REQUEST_SIGNATURE' ? EXIT.PROOF_INVALID : EXIT.USAGE;
  return new CliError(code, `${what}: ${message}`, { exit });
}
