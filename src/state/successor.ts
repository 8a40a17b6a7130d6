/**
 * A successor goes on where the last final block of the chain before left the state: publishers,
 * statements, records, members and votes stay. What its genesis changes are the nodes and keys of
 * members, and who validates, from its first block on.
 */
import { equalBytes, toHex } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import { invariant, ZtcError } from '../common/errors.ts';
import { lastHeaderOf } from '../ledger/first-block.ts';
import {
  type Genesis,
  genesisValidators,
  memberSchema,
  type Predecessor,
} from '../ledger/genesis.ts';
import { frontierRoot } from '../ledger/merkle/rfc6962.ts';
import { parametersSchema } from '../ledger/parameters.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { epochStateSchema, STANDING } from '../ledger/state-values.ts';
import type { Certificate } from '../ledger/vote.ts';
import { Draft } from './execution/draft.ts';
import { readEpoch, readNextParameters } from './execution/epochs.ts';
import {
  addMember,
  readActiveMembers,
  readMember,
  writeMember,
} from './execution/modules/members/state.ts';
import type { Point } from './point.ts';
import { treeRootOf } from './tree/tree.ts';

/** What a successor names of a chain that ends with this block. */
export function predecessorAt(last: Point, certificate: Certificate): Predecessor {
  const { block, outcome, history } = last;
  return {
    chain: block.header.chain,
    header: block.headerBytes,
    certificate,
    epoch: outcome.epoch.epoch + 1,
    treeRoot: treeRootOf(outcome.version),
    resultRoot: outcome.resultRoot,
    historyRoot: frontierRoot(history),
  };
}

/**
 * The genesis goes on from exactly this block and state.
 *
 * @throws ZtcError SUCCESSOR_HEAD where the store stands at another block, SUCCESSOR_STATE where
 *   the genesis says something else about the block's state
 */
export function requirePredecessor(last: Point, genesis: Genesis): void {
  const { predecessor } = genesis;
  invariant(predecessor !== null, 'only a successor has one');
  const { height } = lastHeaderOf(predecessor);
  if (last.height !== height || !equalBytes(last.block.headerBytes, predecessor.header)) {
    const message = `the successor goes on above block ${height} of 0x${toHex(predecessor.chain)}`;
    const hint =
      last.height > height
        ? 'what is final here would be lost: found the successor again, with this node’s head'
        : 'fetch what is missing: ztc audit replay --genesis FILE --rpc URL --dir DIR';
    throw new ZtcError('SUCCESSOR_HEAD', `${message}; here the newest is block ${last.height}`, {
      hint,
    });
  }
  const { outcome, history } = last;
  const roots = [
    [treeRootOf(outcome.version), predecessor.treeRoot],
    [outcome.resultRoot, predecessor.resultRoot],
    [frontierRoot(history), predecessor.historyRoot],
  ] as const;
  if (!roots.every(([own, named]) => equalBytes(own, named))) {
    throw stateError('it names another state after the last block than executing it gives');
  }
}

/** The state after the successor's first block. @throws ZtcError SUCCESSOR_STATE */
export function successorState(last: Point, genesis: Genesis): Draft {
  const draft = new Draft(last);
  const { predecessor, parameters } = genesis;
  const [{ epoch }, height] = [readEpoch(draft), last.height + 1];
  if (predecessor?.epoch !== epoch + 1) throw stateError(`epoch ${epoch + 1} comes next`);
  const own = encode(parametersSchema, readNextParameters(draft));
  if (!equalBytes(own, encode(parametersSchema, parameters))) {
    throw stateError('its parameters are not those that the members decided on');
  }
  const listed = new Set(genesis.members.map(({ id }) => id));
  const dropped = readActiveMembers(draft).find((id) => !listed.has(id));
  if (dropped !== undefined) throw stateError(`the member ${dropped} is not in it`);
  for (const member of genesis.members) takeMember(draft, member, height);
  draft.put(stateKey.parameters, own);
  const validators = genesisValidators(genesis);
  draft.put(
    stateKey.epoch,
    encode(epochStateSchema, {
      epoch: epoch + 1,
      firstHeight: height,
      validators,
      nextValidators: validators,
      nextParameters: null,
    }),
  );
  return draft;
}

function takeMember(draft: Draft, member: Genesis['members'][number], height: number): void {
  const present = readMember(draft, member.id);
  if (present !== undefined && present.standing !== STANDING.ACTIVE) {
    throw stateError(`the member ${member.id} is suspended or gone`);
  }
  const same =
    present !== undefined &&
    equalBytes(encode(memberSchema, present.member), encode(memberSchema, member));
  if (same) return;
  const taken =
    present === undefined
      ? addMember(draft, member, height)
      : writeMember(draft, { ...present, member });
  if (!taken) throw stateError(`a key of ${member.id} is somebody else's`);
}

function stateError(what: string): ZtcError {
  return new ZtcError('SUCCESSOR_STATE', `the successor does not follow from the state: ${what}`, {
    hint: 'have it built again where the last final block is: ztc genesis succeed',
  });
}
