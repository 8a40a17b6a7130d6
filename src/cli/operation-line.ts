/** An operation as a line for people. What a node sends is shown as text, whatever it is. */
import { fromBase64url } from '../common/bytes.ts';
import type { Json } from '../common/codec/index.ts';
import { printable } from './output.ts';

/** `statement TRUSTED sha256:… NAME …`, `record put NAMESPACE KEY, …`, …; of others their JSON. */
export function operationLine(operation: Json): string {
  const members = Object(operation) as Members;
  switch (members.op) {
    case 'statement':
      return statementLine(members);
    case 'record.put':
      return recordLine(members);
    case 'gov.propose':
      return proposalLine(members);
    case 'gov.vote':
      return voteLine(members);
    case 'gov.withdraw':
    case 'gov.execute':
      return `${members.op.slice('gov.'.length)} proposal ${word(members.proposal)}`;
    case 'validator.ready':
      return 'validator ready';
    default:
      return printable(JSON.stringify(operation));
  }
}

function voteLine({ approve, proposal }: Members): string {
  return `vote ${approve === true ? 'for' : 'against'} proposal ${word(proposal)}`;
}

function proposalLine({ actions, reason }: Members): string {
  const list = Array.isArray(actions) ? (actions as readonly Json[]) : [];
  const parts = list.map((each) => {
    const { action, id, name } = Object(each) as Members;
    return [action, id, name]
      .filter((part) => part !== undefined)
      .map(word)
      .join(' ');
  });
  const why = reason === '' || reason === undefined ? [] : [`reason: ${word(reason)}`];
  return `propose ${[...parts, ...why].join(', ')}`;
}

type Members = { readonly [name: string]: Json | undefined };

/** What is no text is shown as JSON: `String` would call what an object names `toString`. */
function word(value: Json | undefined): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value ?? ''));
}

function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function statementLine(members: Members): string {
  const { status, asset, name, version, kind, size, attributes, reason, commitment } = members;
  const { kind: beside } = Object(members.detached) as Members;
  const hidden = typeof commitment === 'string' ? ['(private)'] : [];
  const what = [name, version, ...hidden].filter((each) => each !== '');
  const pairs = Object.entries(Object(attributes) as Members).map(
    ([key, value]) => `${printable(key)}=${word(value)}`,
  );
  const more = [
    word(kind),
    ...(typeof size === 'number' ? [bytesText(size)] : []),
    ...pairs,
    ...(beside === undefined ? [] : [`${word(beside)} signature, not checked here`]),
    ...(reason === '' ? [] : [`reason: ${word(reason)}`]),
  ];
  return `statement ${[status, asset, ...what].map(word).join(' ')} (${more.join(', ')})`;
}

function recordLine({ namespace, key, value, ifRevision }: Members): string {
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined;
  const parts = [
    `record put ${word(namespace)} ${word(key)}`,
    bytes === undefined ? 'value unreadable' : bytesText(bytes.length),
    ...(ifRevision === 0 ? ['if absent'] : []),
    ...(typeof ifRevision === 'number' && ifRevision > 0 ? [`if at revision ${ifRevision}`] : []),
  ];
  return parts.join(', ');
}
