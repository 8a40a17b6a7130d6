/** `docs/cli.md`, from the table of commands. */
import type { Command, OptionSpec } from '../../../src/cli/command.ts';
import { schemaOf } from '../../../src/cli/command.ts';
import { COMMANDS, GROUPS } from '../../../src/cli/commands.ts';
import { EXIT_MEANINGS, EXIT_PRECEDENCE } from '../../../src/cli/exit-codes.ts';
import { environmentName, usageLine } from '../../../src/cli/parser.ts';

const INTRODUCTION = `# The command line

\`bin/ztc\`, or \`ztc\` where that is on the PATH. Generated from \`src/cli/commands.ts\`; the same
as \`ztc COMMAND --help\`.

- **Output.** Standard output has the result and nothing else; progress, warnings and errors go to
  standard error. Colours only on a terminal, and not with \`NO_COLOR\`.
- **JSON.** With \`--json\` every command prints one document in one line:
  \`{"schema":"ztc.<command>/v1","ok":true,"result":…}\`, or \`ok\` false and an
  \`error\` with \`code\`, \`message\` and mostly a \`hint\` in the place of \`result\`.
  \`ok\` says whether a result was reached: UNTRUSTED is a result. Commands that take PATH… give
  \`result.items\` in input order, each with \`input\`, \`exit\` and its result or \`error\`; there
  \`ok\` is true if all of them have a result. Codes are stable, messages are for people.
- **Environment.** Options are read from \`ZTC_<OPTION>\` too, where the tables say so (\`ZTC_RPC\`
  may hold several addresses, separated by spaces); the command line wins. \`ZTC_TRUST\` names the
  trust file (default \`~/.config/ztc/trust.json\`), \`ZTC_KEY_FILE\` a key file, and
  \`ZTC_KEY\` holds the content of one.
- **Time** is written \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`1d\`; a bare number is seconds.
- **Trust.** Answers are checked against the genesis of the trust file (\`ztc trust add\`) or of
  \`--genesis\`. Without one, commands work with nodes on this machine only, and say
  \`"trust":"node-claimed"\`. Members publish the fingerprint of the genesis on their own sites,
  publishers print it beside the download.
`;

/** The whole document. */
export function cliMarkdown(): string {
  return `${[INTRODUCTION, exitCodes(), overview(), ...COMMANDS.map(section)].join('\n')}`;
}

function exitCodes(): string {
  const rows = [...EXIT_MEANINGS].map(([exit, meaning]) => `| ${exit} | ${meaning} |`);
  return `## Exit codes

| exit | meaning |
|---:|---|
${rows.join('\n')}

Several inputs give the first of these that occurs: ${EXIT_PRECEDENCE.join(', ')}.
`;
}

function overview(): string {
  const rows = COMMANDS.map(
    (command) => `| [\`ztc ${command.name}\`](#ztc-${anchor(command)}) | ${command.summary} |`,
  );
  const groups = [...GROUPS].map(([word, what]) => `\`ztc ${word}\`: ${what}`);
  return `## Commands

| command | |
|---|---|
${rows.join('\n')}

Groups: ${groups.join('; ')}.
`;
}

function anchor({ name }: Command): string {
  return name.replaceAll(' ', '-');
}

function section(command: Command): string {
  const { name, summary, details, examples, positionals } = command;
  const options = Object.entries(command.options);
  const parts = [
    `## ztc ${name}`,
    `\`ztc ${usageLine(command)}\`${options.length === 0 ? '' : ' and options'}`,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}. JSON: \`${schemaOf(command)}\`.`,
    ...(details === undefined ? [] : [details.join('\n')]),
    ...(examples === undefined ? [] : [['```sh', ...examples, '```'].join('\n')]),
  ];
  const rows = [
    ...Object.entries(positionals).map(
      ([positional, { describe }]) =>
        `| \`${positional.toUpperCase()}\` | ${escaped(describe)} | |`,
    ),
    ...options.map(([option, spec]) => optionRow(option, spec)),
  ];
  if (rows.length > 0) {
    parts.push(['| argument | | environment |', '|---|---|---|', ...rows].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

function optionRow(option: string, spec: OptionSpec): string {
  const value = spec.value === undefined ? '' : ` ${spec.value}`;
  const alias = spec.alias === undefined ? '' : `, \`-${String(spec.alias)}\``;
  const { default: given } = spec as { default?: unknown };
  const byDefault = given === undefined ? '' : ` (default: ${String(given)})`;
  const needed = spec.demandOption === true ? '; required' : '';
  const variable = spec.env === false ? '' : `\`${environmentName(option)}\``;
  const text = `${escaped(spec.describe)}${byDefault}${needed}`;
  return `| \`--${option}${escaped(value)}\`${alias} | ${text} | ${variable} |`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
