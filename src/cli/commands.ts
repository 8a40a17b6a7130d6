/** All commands, in the order in which help and docs/cli.md show them. */
import type { Command } from './command.ts';
import { auditConsistency } from './commands/audit-consistency.ts';
import { auditReplay } from './commands/audit-replay.ts';
import { authenticate } from './commands/authenticate.ts';
import { completionOf } from './commands/completion.ts';
import { configShow } from './commands/config-show.ts';
import { diff } from './commands/diff.ts';
import { doctor } from './commands/doctor.ts';
import { evidenceList } from './commands/evidence-list.ts';
import { evidenceVerify } from './commands/evidence-verify.ts';
import { explain } from './commands/explain.ts';
import { genesisBuild } from './commands/genesis-build.ts';
import { genesisSign } from './commands/genesis-sign.ts';
import { genesisSucceed } from './commands/genesis-succeed.ts';
import { genesisVerify } from './commands/genesis-verify.ts';
import { govExecute, govWithdraw } from './commands/gov-close.ts';
import { govList } from './commands/gov-list.ts';
import { govPreview } from './commands/gov-preview.ts';
import { govPropose } from './commands/gov-propose.ts';
import { govShow } from './commands/gov-show.ts';
import { govVote } from './commands/gov-vote.ts';
import { guardReset } from './commands/guard-reset.ts';
import { history } from './commands/history.ts';
import { init } from './commands/init.ts';
import { join } from './commands/join.ts';
import { keyEncrypt } from './commands/key-encrypt.ts';
import { keyNew } from './commands/key-new.ts';
import { keyShow } from './commands/key-show.ts';
import { light } from './commands/light.ts';
import { memberList } from './commands/member-list.ts';
import { memberRequest } from './commands/member-request.ts';
import { notarize } from './commands/notarize.ts';
import { publisherActs } from './commands/publisher-acts.ts';
import { publisherAttestDomain } from './commands/publisher-attest-domain.ts';
import { publisherBind, publisherUnbind } from './commands/publisher-bind.ts';
import {
  publisherKeyAdd,
  publisherKeyCompromised,
  publisherKeyRevoke,
  publisherKeyRotate,
} from './commands/publisher-key.ts';
import { publisherList } from './commands/publisher-list.ts';
import { publisherRegister } from './commands/publisher-register.ts';
import { publisherRequest } from './commands/publisher-request.ts';
import { publisherSet } from './commands/publisher-set.ts';
import { publisherShow } from './commands/publisher-show.ts';
import { publisherUnvouch, publisherVouch } from './commands/publisher-vouch.ts';
import { recordGet } from './commands/record-get.ts';
import { recordHistory } from './commands/record-history.ts';
import { recordPut } from './commands/record-put.ts';
import { rpc } from './commands/rpc.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { tokenCreate } from './commands/token-create.ts';
import { tokenList } from './commands/token-list.ts';
import { tokenRevoke } from './commands/token-revoke.ts';
import { trustAdd } from './commands/trust-add.ts';
import { trustCrl } from './commands/trust-crl.ts';
import { trustList } from './commands/trust-list.ts';
import { trustPin } from './commands/trust-pin.ts';
import { trustRemove } from './commands/trust-remove.ts';
import { trustRoot } from './commands/trust-root.ts';
import { txSend } from './commands/tx-send.ts';
import { txShow } from './commands/tx-show.ts';
import { txSign } from './commands/tx-sign.ts';
import { txWait } from './commands/tx-wait.ts';
import { unsupport, untrust } from './commands/untrust.ts';
import { watch } from './commands/watch.ts';

/** The first words of commands of two words. */
export const GROUPS: ReadonlyMap<string, string> = new Map([
  ['key', 'make and show keys'],
  ['publisher', 'identities that notarize'],
  ['publisher key', "a publisher's keys over time"],
  ['trust', 'which chains and publishers you trust'],
  ['record', 'key/value entries under a namespace of a publisher'],
  ['tx', 'transactions'],
  ['audit', 'check the whole chain on this machine'],
  ['evidence', 'validators that signed contradicting votes'],
  ['genesis', 'the ceremony that founds a chain, or its successor'],
  ['member', 'who belongs to the consortium, and what a member asks for'],
  ['gov', 'what the members decide: proposals and votes'],
  ['config', 'the configuration of a node'],
  ['token', 'who may read from a node, where reading needs a token'],
  ['guard', 'the record of what a validator signed'],
]);

export const COMMANDS: readonly Command[] = [
  authenticate,
  notarize,
  untrust,
  unsupport,
  history,
  watch,
  diff,
  status,
  doctor,
  trustAdd,
  trustPin,
  trustRoot,
  trustCrl,
  trustList,
  trustRemove,
  keyNew,
  keyEncrypt,
  keyShow,
  publisherRequest,
  publisherRegister,
  publisherVouch,
  publisherUnvouch,
  publisherShow,
  publisherList,
  publisherSet,
  publisherBind,
  publisherUnbind,
  publisherAttestDomain,
  publisherKeyAdd,
  publisherKeyRotate,
  publisherKeyRevoke,
  publisherKeyCompromised,
  publisherActs,
  recordPut,
  recordGet,
  recordHistory,
  txSign,
  txSend,
  txWait,
  txShow,
  auditReplay,
  auditConsistency,
  evidenceList,
  evidenceVerify,
  light,
  rpc,
  init,
  join,
  genesisBuild,
  genesisSign,
  genesisVerify,
  genesisSucceed,
  memberList,
  memberRequest,
  govPropose,
  govPreview,
  govList,
  govShow,
  govVote,
  govWithdraw,
  govExecute,
  start,
  configShow,
  tokenCreate,
  tokenList,
  tokenRevoke,
  explain,
  completionOf(() => COMMANDS, GROUPS),
  guardReset,
];
