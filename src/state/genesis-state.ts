/** The state after block 0: everything the genesis says, and nothing else. */
import { encode } from '../common/codec/index.ts';
import { invariant, ZtcError } from '../common/errors.ts';
import { checkGenesis, type Genesis, genesisValidators } from '../ledger/genesis.ts';
import { EMPTY_FRONTIER } from '../ledger/merkle/rfc6962.ts';
import { parametersSchema } from '../ledger/parameters.ts';
import { firstKeys } from '../ledger/publishers.ts';
import { stateKey } from '../ledger/state-keys.ts';
import { epochStateSchema } from '../ledger/state-values.ts';
import { Draft } from './execution/draft.ts';
import { addMember } from './execution/modules/members/state.ts';
import { addPublisher } from './execution/modules/publishers/state.ts';

const NOTHING = { read: () => undefined, frontier: () => EMPTY_FRONTIER };
const FIRST_EPOCH = 1;

/**
 * Members and publishers stand in order of id. Every member vouches for every publisher, by its
 * signature on the genesis.
 *
 * @throws ZtcError GENESIS_INVALID where no chain can start from it (`checkGenesis`)
 */
export function genesisState(genesis: Genesis): Draft {
  const checked = checkGenesis(genesis);
  if (!checked.ok) throw new ZtcError(checked.code, `no chain can start here: ${checked.message}`);
  const validators = genesisValidators(genesis);
  const draft = new Draft(NOTHING);
  draft.put(stateKey.parameters, encode(parametersSchema, genesis.parameters));
  draft.put(
    stateKey.epoch,
    encode(epochStateSchema, {
      epoch: FIRST_EPOCH,
      firstHeight: 0,
      validators,
      nextValidators: validators,
      nextParameters: null,
    }),
  );
  for (const member of genesis.members) {
    invariant(addMember(draft, member, 0), 'in a genesis every key stands once');
  }
  const vouches = genesis.members.map(({ id }) => ({
    member: id,
    from: genesis.time,
    until: null,
  }));
  for (const { id, name, keys } of genesis.publishers) {
    const added = addPublisher(draft, {
      id,
      name,
      keys: firstKeys(keys, genesis.time),
      approvals: 1,
      recovery: null,
      vouches,
      since: 0,
      bindings: [],
    });
    invariant(added, 'in a genesis every key stands once');
  }
  return draft;
}
