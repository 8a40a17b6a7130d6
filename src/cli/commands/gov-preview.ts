/** `ztc gov preview`: what a proposal would do, before anybody signs. */
import { formatProposalFile } from '../../ledger/proposal-file.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines } from '../governance/describe.ts';
import { DRAFT_OPTIONS, DRAFT_POSITIONALS, readDraft } from '../governance/draft.ts';
import { preview, readConsortium } from '../governance/preview.ts';
import { writeNewFile } from '../home/files.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';

export const govPreview = defineCommand({
  name: 'gov preview',
  summary: 'what a proposal would do: quorums, who could block, whose node is away, parameters',
  details: [
    'Signs and sends nothing. With -o it writes the proposal to a file, to pass around and to give',
    'to ztc gov propose. A proposal that is made already is previewed by ztc gov show.',
  ],
  examples: ['ztc gov preview --remove delta', 'ztc gov preview proposal.json'],
  greedyArrays: true,
  positionals: DRAFT_POSITIONALS,
  options: {
    ...DRAFT_OPTIONS,
    ...TRUST_OPTIONS,
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run(args, io) {
    const draft = await readDraft(args);
    const session = await openSession(args, io);
    const consortium = await readConsortium(session, draft.actions);
    const { out } = args;
    if (out !== undefined) await writeNewFile(out, formatProposalFile(draft));
    const lines = actionLines(draft.actions, consortium);
    const shown = preview(draft.actions, consortium);
    return {
      exit: EXIT.OK,
      result: { actions: lines, ...shown.json, file: out ?? null },
      text: [...lines, ...shown.text, ...(out === undefined ? [] : [`wrote ${out}`])],
    };
  },
});
