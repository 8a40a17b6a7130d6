/** `ztc evidence list`: which validators contradicted themselves, as far as a node knows. */
import type { EvidenceView } from '../../client/answers.ts';
import { TransportError } from '../../client/errors.ts';
import { fromBase64url } from '../../common/bytes.ts';
import { decodeEvidence, type Evidence } from '../../ledger/evidence.ts';
import { formatEvidenceFile } from '../../ledger/evidence-file.ts';
import { defineCommand } from '../command.ts';
import { accusationJson, accusationText, checkEvidence } from '../evidence/check.ts';
import { EXIT } from '../exit-codes.ts';
import { writeNewFile } from '../home/files.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { openSession, type Session } from '../session.ts';

/** What nodes give at a time. */
const PAGE_ITEMS = 100;
/** As many as a node keeps. */
const ITEMS_MAX = 1_024;

export const evidenceList = defineCommand({
  name: 'evidence list',
  summary: 'validators that signed contradicting votes, with the proof',
  details: [
    'Each item is checked here; that there are no more is what the node says. With -o the proofs',
    'go to a file for ztc evidence verify, with what proves later validators from the genesis on.',
  ],
  examples: ['ztc evidence list', 'ztc evidence list --member acme -o acme.evidence.json'],
  positionals: {},
  options: {
    ...TRUST_OPTIONS,
    member: { type: 'string', env: false, describe: "only this member's", value: 'ID' },
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run(args, io) {
    const session = await openSession(args, io);
    const found = await readEvidence(session, args.member);
    const validators = session.fromGenesis;
    if (found.length > 0) await validators.learnAll(session.client);
    const items = found.map((item) => listed(item, session));
    const proofs = items.map(({ evidence }) => evidence);
    if (args.out !== undefined) {
      await writeNewFile(
        args.out,
        formatEvidenceFile(session.chain, { evidence: proofs, links: validators.links }),
      );
    }
    return {
      exit: EXIT.OK,
      result: {
        evidence: items.map(({ json }) => json),
        ...(args.out !== undefined && { file: args.out }),
        trust: session.origin,
      },
      text: [
        ...(items.length === 0 ? ['the node knows of no contradiction'] : []),
        ...items.map(({ text }) => text),
        ...(args.out === undefined ? [] : [`wrote ${args.out}`]),
      ],
    };
  },
});

function listed(item: EvidenceView, session: Session) {
  const evidence = evidenceIn(item, session);
  const { seenAt } = item;
  const accused = checkEvidence(evidence, session.fromGenesis.sets);
  const verified = session.origin !== 'node-claimed';
  return {
    evidence,
    json: { ...accusationJson(evidence, accused), seenAt, verified },
    text: `${seenAt}  ${accusationText(accused)}`,
  };
}

async function readEvidence(session: Session, member: string | undefined): Promise<EvidenceView[]> {
  const items: EvidenceView[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null && items.length < ITEMS_MAX) {
    const page = await session.client.call('consensus_evidence', {
      order: 'asc',
      limit: PAGE_ITEMS,
      ...(member !== undefined && { member }),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items);
    cursor = page.items.length === 0 ? null : page.nextCursor;
  }
  return items;
}

function evidenceIn({ bytes }: EvidenceView, { client }: Session): Evidence {
  const decoded = decodeEvidence(fromBase64url(bytes) ?? new Uint8Array(0));
  if (decoded.ok) return decoded.value;
  throw new TransportError('BAD_ANSWER', client.transport.urls[0] ?? '', decoded.message);
}
