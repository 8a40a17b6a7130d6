/** `ztc explain`: what a code means, and what to do about it. */
import { CODE_MEANINGS } from '../codes.ts';
import { defineCommand } from '../command.ts';
import { exitOfCode, usageError } from '../errors.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from '../exit-codes.ts';
import { nearest } from '../home/nearest.ts';
import { REASONS } from '../reasons.ts';

export const explain = defineCommand({
  name: 'explain',
  summary: 'what an error code or exit code means, and what to do',
  examples: ['ztc explain STALE', 'ztc explain 12'],
  positionals: {
    code: { describe: 'as in an error, or an exit code', type: 'string', demandOption: true },
  },
  options: {},
  async run({ code }) {
    const exits: ReadonlyMap<number, string> = EXIT_MEANINGS;
    const exit = /^\d+$/.test(code) ? exits.get(Number(code)) : undefined;
    if (exit !== undefined) {
      return { exit: EXIT.OK, result: { exit: Number(code), meaning: exit }, text: [exit] };
    }
    const name = code.toUpperCase();
    const { meaning, exit: exitsWith } = found(name);
    if (meaning === undefined) {
      const near = nearest(name, [...Object.keys(CODE_MEANINGS), ...REASONS.keys()]);
      const meant = near === undefined ? '' : `: did you mean ${near}?`;
      throw usageError(`there is no explanation of ${code}${meant}`);
    }
    return {
      exit: EXIT.OK,
      result: { code: name, meaning, exit: exitsWith },
      text: [meaning, `exit ${exitsWith}: ${exits.get(exitsWith) ?? 'unexpected'}`],
    };
  },
});

/** Errors first: a reason that is one, too, has the meaning that it has there. */
function found(name: string): { readonly meaning?: string | undefined; readonly exit: ExitCode } {
  if (Object.hasOwn(CODE_MEANINGS, name)) {
    return { meaning: CODE_MEANINGS[name], exit: exitOfCode(name) };
  }
  return REASONS.get(name) ?? { exit: EXIT.USAGE };
}
