/** A statement in a list, in a few words for people. */
import type { StatementView } from '../../client/views.ts';
import { printable } from '../output.ts';
import { SCHEME_TITLES } from './detached.ts';

/** What it is about and why, whether it counts, and what beside it nobody has checked here. */
export function statementWords(said: StatementView): string {
  const { version, reason, invalidity, detached } = said;
  const name = said.commitment === null || said.opened ? said.name : '(private)';
  const why = reason === '' ? '' : `“${reason}”`;
  const marks = [
    ...(invalidity === null ? [] : [`does not count: ${invalidity}`]),
    ...(detached === null ? [] : [`${SCHEME_TITLES[detached.kind]} signature, not checked here`]),
  ];
  return [
    ...[name, version, why].filter((word) => word !== '').map(printable),
    ...marks.map((mark) => ` (${mark})`),
  ].join(' ');
}
