/** Completion for shells, from the table of commands: the scripts ask nothing while one types. */
import type { Command } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow some words. */
interface Level {
  readonly words: string;
  readonly next: readonly { readonly word: string; readonly about: string }[];
  readonly flags: readonly { readonly flag: string; readonly about: string }[];
}

/** zsh takes bash's script, once its own completion is there: not everybody's .zshrc starts it. */
const ZSH_HEAD = `#compdef ztc
(( $+functions[compdef] )) || { autoload -U compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
`;

export function completionScript(
  shell: Shell,
  commands: readonly Command[],
  groups: ReadonlyMap<string, string>,
): string {
  const levels = levelsOf(commands, groups);
  switch (shell) {
    case 'bash':
      return bash(levels);
    case 'zsh':
      return `${ZSH_HEAD}${bash(levels)}`;
    case 'fish':
      return fish(levels);
  }
}

function levelsOf(commands: readonly Command[], groups: ReadonlyMap<string, string>): Level[] {
  const levels = new Map<string, Map<string, string>>([['', new Map()]]);
  for (const { name, summary } of commands) {
    const parts = name.split(' ');
    parts.forEach((word, i) => {
      const before = parts.slice(0, i).join(' ');
      const about =
        i === parts.length - 1 ? summary : (groups.get(parts.slice(0, i + 1).join(' ')) ?? '');
      const level = levels.get(before) ?? new Map<string, string>();
      if (!level.has(word)) level.set(word, about);
      levels.set(before, level);
    });
  }
  for (const { name } of commands) if (!levels.has(name)) levels.set(name, new Map());
  const byName = new Map(commands.map((command) => [command.name, command]));
  return [...levels].map(([words, next]) => ({
    words,
    next: [...next].map(([word, about]) => ({ word, about })),
    flags: [
      ...Object.entries(byName.get(words)?.options ?? {}).map(([name, { describe }]) => ({
        flag: `--${name}`,
        about: describe,
      })),
      { flag: '--json', about: 'print one JSON document and nothing else' },
      { flag: '--help', about: 'show help' },
    ],
  }));
}

/** Where no word of ours fits, files are offered. */
function bash(levels: readonly Level[]): string {
  const cases = levels.map(({ words, next, flags }) => {
    const offered = [...next.map(({ word }) => word), ...flags.map(({ flag }) => flag)].join(' ');
    return `    '${words}') words='${offered}' ;;`;
  });
  return `_ztc() {
  local at words= i word
  at=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$word" in -*) continue ;; esac
    case " \${_ztc_commands} " in *" \${at:+$at:}$word "*) at="\${at:+$at:}$word" ;; esac
  done
  case "\${at//:/ }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
_ztc_commands='${levels
    .map(({ words }) => words.replaceAll(' ', ':'))
    .join(' ')
    .trim()}'
complete -o default -F _ztc ztc
`;
}

function fish(levels: readonly Level[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
  const lines = levels.flatMap(({ words, next, flags }) => {
    const parts = words === '' ? [] : words.split(' ');
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`);
    const none =
      next.length === 0
        ? []
        : [`not __fish_seen_subcommand_from ${next.map(({ word }) => word).join(' ')}`];
    const when = quoted([...seen, ...none].join('; and ') || 'true');
    return [
      ...next.map(
        ({ word, about }) => `complete -c ztc -f -n ${when} -a ${word} -d ${quoted(about)}`,
      ),
      ...(words === '' ? [] : flags).map(
        ({ flag, about }) => `complete -c ztc -n ${when} -l ${flag.slice(2)} -d ${quoted(about)}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}
