/** `ztc completion`: a script that completes commands and options in a shell. */
import { type Command, defineCommand } from '../command.ts';
import { completionScript, SHELLS } from '../completion.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** @param table all commands, this one too: so it is asked for when it is needed */
export function completionOf(
  table: () => readonly Command[],
  groups: ReadonlyMap<string, string>,
): Command {
  return defineCommand({
    name: 'completion',
    summary: 'print what makes a shell complete commands and options',
    examples: [
      'ztc completion bash > ~/.local/share/bash-completion/completions/ztc',
      'ztc completion fish > ~/.config/fish/completions/ztc.fish',
      'source <(ztc completion zsh)',
    ],
    positionals: {
      shell: { describe: SHELLS.join(', '), type: 'string', demandOption: true },
    },
    options: {},
    async run({ shell }) {
      const known = SHELLS.find((each) => each === shell);
      if (known === undefined)
        throw usageError(`there is no completion for ${shell}: ${SHELLS.join(', ')}`);
      const script = completionScript(known, table(), groups);
      return {
        exit: EXIT.OK,
        result: { shell: known, script },
        raw: new TextEncoder().encode(script),
      };
    },
  });
}
