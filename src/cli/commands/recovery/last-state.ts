/** The last final block of a stopped node, its state, and the successor that goes on from both. */
import { hashText } from '../../../client/views.ts';
import { verify } from '../../../common/signature.ts';
import { firstEpochOf } from '../../../ledger/first-block.ts';
import type { MemberRequest } from '../../../ledger/genesis.ts';
import {
  ANCESTOR_LINKS_MAX,
  type Ancestor,
  type FullGenesis,
} from '../../../ledger/genesis-signatures.ts';
import { STANDING } from '../../../ledger/state-values.ts';
import { buildSuccessor } from '../../../ledger/successor-build.ts';
import { isSignedWell } from '../../../ledger/transaction.ts';
import type { StateMachine } from '../../../state/state-machine.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { readSignedGenesis } from '../../home/ceremony.ts';
import { homePaths } from '../../home/home.ts';

export interface SuccessorChoice {
  readonly name: string | undefined;
  readonly requests: readonly MemberRequest[];
  readonly keeps: readonly string[];
}

export interface LastState {
  readonly genesis: FullGenesis;
  readonly head: { readonly chain: Uint8Array; readonly height: number };
  /** Of any block up to it. */
  hashAt(height: number): string | undefined;
  /** @throws CliError, ZtcError where no successor can be made of this */
  successor(choice: SuccessorChoice): {
    readonly full: FullGenesis;
    /** Who was to vote on the next block. */
    readonly validators: readonly string[];
  };
}

/** @throws ZtcError DATABASE_LOCKED while the node runs; CliError SUCCESSOR_NOTHING */
export async function withLastState<T>(
  home: string,
  use: (last: LastState) => Promise<T>,
): Promise<T> {
  const { StateMachine: Machine } = await import('../../../state/state-machine.ts');
  const { openClassicKv } = await import('../../../state/kv/classic.ts');
  const paths = homePaths(home);
  const genesis = await readSignedGenesis(paths.genesis, []);
  const store = await openClassicKv(paths.chain);
  try {
    const machine = await Machine.open({
      store,
      genesis: genesis.genesis,
      verifyTransaction: (received) => isSignedWell(received, verify),
    });
    return await use(await lastStateOf(machine, genesis));
  } finally {
    await store.close();
  }
}

async function lastStateOf(machine: StateMachine, genesis: FullGenesis): Promise<LastState> {
  const { head, chain, stored } = machine;
  const { height } = head;
  const links = await stored.validatorLinks(firstEpochOf(genesis.genesis), ANCESTOR_LINKS_MAX);
  const { epochState, members, parametersOfNext } = await stateOf(machine);
  return {
    genesis,
    head: { chain, height },
    hashAt: (at) => {
      const found = stored.blockHash(at);
      return found && hashText(found);
    },
    successor: ({ name, requests, keeps }) => {
      const { predecessor } = machine;
      if (predecessor === undefined) throw nothingFinal();
      const built = buildSuccessor({
        name: name ?? genesis.genesis.name,
        before: genesis.genesis,
        predecessor,
        parameters: parametersOfNext,
        members,
        keeps,
        requests,
      });
      if (!built.ok) throw new CliError(built.code, built.message, { exit: EXIT.USAGE });
      machine.requireSuccessor(built.value);
      const { ancestors = [], ...signed } = genesis;
      const before: Ancestor = { signed, links };
      return {
        full: { genesis: built.value, signatures: [], ancestors: [...ancestors, before] },
        validators: epochState.validators.map(({ member }) => member),
      };
    },
  };
}

function nothingFinal(): CliError {
  return new CliError('SUCCESSOR_NOTHING', 'nothing is final here yet that could go on', {
    exit: EXIT.USAGE,
    hint: 'found a new chain: ztc genesis build',
  });
}

async function stateOf({ head, stores, stored }: StateMachine) {
  const queries = await import('../../../state/queries.ts');
  const { stateReader } = await import('../../../state/reader.ts');
  const { header } = head.block;
  const reader = stateReader(stores, header, head.outcome.version, stored.retained);
  const active = queries.members(reader).filter(({ standing }) => standing === STANDING.ACTIVE);
  const epochState = queries.epochState(reader);
  return {
    epochState,
    members: active.map(({ member }) => member),
    parametersOfNext: epochState.nextParameters ?? queries.parameters(reader),
  };
}
