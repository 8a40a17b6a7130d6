/** Raw values of the state, for people and programs, by the key under which they stand. */
import { recordView, timeText } from '../client/views.ts';
import { decode, type Json, type Schema, toJson } from '../common/codec/index.ts';
import { statusName } from '../ledger/operations.ts';
import { parametersSchema } from '../ledger/parameters.ts';
import { STATE_VALUE_BYTES_MAX } from '../ledger/proven-state.ts';
import { stateKey } from '../ledger/state-keys.ts';
import {
  activeMembersSchema,
  epochStateSchema,
  memberStateSchema,
  publisherStateSchema,
  type Revision,
  revisionSchema,
  type Statement,
  statementSchema,
} from '../ledger/state-values.ts';
import { printable } from './output.ts';
import { preview } from './records/preview.ts';

export interface StateEntry {
  readonly json: Json;
  readonly text: string;
}

/** What a proven value says. Null where it is absent, or nothing that this version knows. */
export function stateEntry(key: string, value: Uint8Array | null): StateEntry | null {
  if (value === null) return null;
  const read = <T>(schema: Schema<T>, view: (of: T) => StateEntry): StateEntry | null => {
    const decoded = decode(schema, value, STATE_VALUE_BYTES_MAX);
    return decoded.ok ? view(decoded.value) : null;
  };
  const plain = <T>(schema: Schema<T>): StateEntry | null =>
    read(schema, (of) => {
      const json = toJson(schema, of);
      return { json, text: printable(JSON.stringify(json)) };
    });
  const [family] = key.split('/');
  switch (family) {
    case 'record':
    case 'revisions':
      return read(revisionSchema, revisionEntry);
    case 'asset':
    case 'publisher-acts':
      return read(statementSchema, statementEntry);
    case 'publisher':
      return plain(publisherStateSchema);
    case 'member':
      return plain(memberStateSchema);
    default:
  }
  if (key === stateKey.parameters) return plain(parametersSchema);
  if (key === stateKey.epoch) return plain(epochStateSchema);
  return key === stateKey.activeMembers ? plain(activeMembersSchema) : null;
}

function revisionEntry(of: Revision): StateEntry {
  const text = `revision ${of.revision}, height ${of.height}: ${preview(of.value)}`;
  return { json: { ...recordView(of) }, text };
}

function statementEntry(of: Statement): StateEntry {
  const { status, name, version, reason } = of.statement;
  const words = [name, version, reason].filter((word) => word !== '').map(printable);
  const said = [statusName(status), of.publisher, ...words].join('  ');
  const text = `${said}  (height ${of.height}, ${timeText(of.time)})`;
  return { json: toJson(statementSchema, of), text };
}
