/** Building a genesis from requests: the same for any order of inputs. Pure. */
import { compareText } from '../common/bytes.ts';
import { fromJson, toJson } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import {
  checkGenesis,
  type Genesis,
  genesisPublisherSchema,
  genesisSchema,
  type MemberRequest,
  memberSchema,
  type PublisherRequest,
} from './genesis.ts';
import { type Parameters, parametersSchema, RECOVERY_VOTES_PERCENT } from './parameters.ts';

export type GenesisBuildCode = 'GENESIS_DUPLICATE_ID' | 'GENESIS_INVALID';

export interface GenesisInputs {
  /** A label for people; the chain is the hash. */
  readonly name: string;
  readonly parameters: Parameters;
  /** More than so many percent of the members can found a successor. */
  readonly recoveryVotesPercent?: number;
  /** Their signatures have been checked. */
  readonly members: readonly MemberRequest[];
  readonly publishers: readonly PublisherRequest[];
}

/** The genesis of these requests; its time is that of the newest. */
export function buildGenesis(inputs: GenesisInputs): Result<Genesis, GenesisBuildCode> {
  const members = inputs.members.map(({ member }) => member).sort(byId);
  const publishers = inputs.publishers.map(({ publisher }) => publisher).sort(byId);
  const twice = firstTwice(members) ?? firstTwice(publishers);
  if (twice !== undefined) {
    return failure('GENESIS_DUPLICATE_ID', `two requests are for the id ${twice.id}`);
  }
  const genesis = fromJson(genesisSchema, {
    version: 1,
    name: inputs.name,
    time: Math.max(0, ...[...inputs.members, ...inputs.publishers].map(({ created }) => created)),
    parameters: toJson(parametersSchema, inputs.parameters),
    recoveryVotesPercent: inputs.recoveryVotesPercent ?? RECOVERY_VOTES_PERCENT,
    predecessor: null,
    members: members.map((member) => toJson(memberSchema, member)),
    publishers: publishers.map((publisher) => toJson(genesisPublisherSchema, publisher)),
  });
  if (!genesis.ok) return failure('GENESIS_INVALID', genesis.message);
  const checked = checkGenesis(genesis.value);
  return checked.ok ? success(genesis.value) : checked;
}

interface Named {
  readonly id: string;
}

function byId(a: Named, b: Named): number {
  return compareText(a.id, b.id);
}

/** The first of sorted entries whose id is its predecessor's. */
function firstTwice(entries: readonly Named[]): Named | undefined {
  return entries.find(({ id }, i) => entries[i - 1]?.id === id);
}
