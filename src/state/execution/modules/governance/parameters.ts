/** Other parameters and protocol rules: from the next epoch on. */
import { fromJson } from '../../../../common/codec/index.ts';
import type { ParametersAction, ProtocolAction } from '../../../../ledger/governance.ts';
import {
  isWithinBounds,
  type Parameters,
  parametersSchema,
  wrongNumbers,
} from '../../../../ledger/parameters.ts';
import { readNextParameters, setNextParameters } from '../../epochs.ts';
import type { ActionRule } from '../../handler.ts';

/** Goes from what the next epoch has by now, so that proposals about different ones add up. */
export const changeParameters: ActionRule<ParametersAction> = (draft, _, { changes }) => {
  const present = readNextParameters(draft);
  const known = changes.every(({ name }) => Object.hasOwn(present, name) && name !== VERSION);
  if (!known) return 'PARAMETER_UNKNOWN';
  const bound = changes.every(({ name, value }) => isWithinBounds(name as keyof Parameters, value));
  if (!bound) return 'PARAMETERS_INVALID';
  const changed = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  const next = fromJson(parametersSchema, { ...present, ...changed });
  if (!next.ok || wrongNumbers(next.value) !== undefined) return 'PARAMETERS_INVALID';
  setNextParameters(draft, next.value);
  return null;
};

const VERSION = 'protocolVersion';

/**
 * Whether this software knows the version decides nothing here: who doesn't know it stops where the
 * epoch ends.
 */
export const raiseProtocol: ActionRule<ProtocolAction> = (draft, _, { version }) => {
  const present = readNextParameters(draft);
  if (version <= present.protocolVersion) return 'PROTOCOL_NOT_RAISED';
  setNextParameters(draft, { ...present, protocolVersion: version });
  return null;
};
