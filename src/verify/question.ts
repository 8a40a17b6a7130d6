/** What both tools ask: does this digest's receipt, or a node, prove that it may be trusted? */
import { printable } from '../cli/output.ts';
import {
  type AssetVerdict,
  authenticate,
  createClient,
  http,
  trustGenesis,
  verifyReceipt,
  ZtcError,
} from '../client/sdk.ts';
import type { StatementView } from '../client/views.ts';

export interface Question {
  /** `sha256:…` of the file that is to be trusted. */
  readonly digest: string;
  /** Text of the genesis file. */
  readonly genesis: string;
  /** Text of a receipt, or the address of a node; exactly one. */
  readonly receipt: string | undefined;
  readonly rpc: string | undefined;
  readonly publisher: string | undefined;
  readonly anyPublisher: boolean;
}

export interface Answer extends AssetVerdict {
  /** The chain's readable name. */
  readonly chain: string;
}

/** @throws ZtcError with a code; nothing unproven is ever returned */
export async function answer(question: Question): Promise<Answer> {
  const { digest, receipt, rpc, publisher, anyPublisher } = question;
  const trust = trustGenesis(question.genesis);
  const asked = { publisher, anyPublisher };
  if (receipt !== undefined) {
    const proven = verifyReceipt(receipt, trust, asked);
    if (proven.kind === 'asset' && proven.asset === digest) return { ...proven, chain: trust.name };
    const about = proven.kind === 'asset' ? proven.asset : `the record ${proven.key}`;
    throw new ZtcError('PROOF_INVALID', `the receipt is about ${about}, not this file`);
  }
  if (rpc === undefined)
    throw new ZtcError('USAGE', 'a receipt or the address of a node is needed');
  const client = createClient({ transport: http(rpc), trust });
  return { ...(await authenticate(client, digest, asked)), chain: trust.name };
}

/** The libraries for PGP and X.509 are ten times the size of all of this: they stay out. */
function unchecked({ detached }: Answer): readonly string[] {
  if (detached === null) return [];
  const kind = detached.kind === 'pgp' ? 'PGP' : 'X.509';
  return [`it carries a ${kind} signature, NOT CHECKED HERE: ztc authenticate checks it`];
}

/** A verdict for people, line by line. */
export function answerText(given: Answer, name: string): readonly string[] {
  const { status, reason, publisher, statement, height, time, chain } = given;
  const said =
    publisher === null || statement === null
      ? ['nobody whose word counts has stated anything about this content']
      : [
          `by ${publisher.name} (${[publisher.id, ...publisher.domains].join(', ')}, level ${
            publisher.level
          }), ${statement.time}`,
          ...recordedText(statement),
          ...unchecked(given),
          ...(statement.reason === '' ? [] : [`reason: ${statement.reason}`]),
        ];
  const lines = [
    `${status}  ${name}${reason === null ? '' : `  (${reason})`}`,
    `  ${given.asset}`,
    ...said.map((line) => `  ${line}`),
    `  proven as of height ${height}, ${time}, under the given genesis of ${chain}`,
  ];
  return lines.map(printable);
}

function recordedText({ name, version, commitment, opened }: StatementView): readonly string[] {
  if (commitment === null) return [];
  const what = [name, version].filter((word) => word !== '').map(printable);
  return [
    opened ? `privately recorded as ${what.join(' ')}` : 'its name and attributes are private',
  ];
}
