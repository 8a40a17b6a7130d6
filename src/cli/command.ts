/**
 * What a command is: data for the parser, the help text and docs/cli.md, and a function. The
 * function returns an `Outcome` and throws errors with codes; only `run.ts` prints and exits.
 *
 * Options read `ZTC_<NAME>` from the environment unless they say `env: false`.
 */
import type { InferredOptionTypes, Options } from 'yargs';
import type { Json } from '../common/codec/index.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './output.ts';

/** An option of a command; `env` false keeps the environment out of it. */
export interface OptionSpec extends Options {
  readonly describe: string;
  readonly env?: false;
  /** How the value is called in docs: `--rpc URL`. */
  readonly value?: string;
  /** May be given without a value, which then is the empty text. */
  readonly valueOptional?: true;
}

/** A positional argument, in order; an array takes all that is left. */
export interface PositionalSpec {
  readonly describe: string;
  readonly type: 'string' | 'number';
  readonly array?: true;
  readonly demandOption?: true;
}

export type OptionSpecs = { readonly [name: string]: OptionSpec };
export type PositionalSpecs = { readonly [name: string]: PositionalSpec };

/** What a command came to. Without `result` it has printed for itself (a server's log). */
export interface Outcome {
  readonly exit: ExitCode;
  /** Whether a result was reached; true unless said otherwise. */
  readonly ok?: boolean;
  /** The `result` of the JSON document; no undefined in it. */
  readonly result?: Json;
  /** What a person reads instead, line by line. */
  readonly text?: readonly string[];
  /** What came to no result, for people: goes to standard error. */
  readonly failures?: readonly string[];
  /** Standard output gets exactly these bytes instead of `text` (without `--json`). */
  readonly raw?: Uint8Array;
}

export interface Command {
  /** The words after `ztc`: `notarize`, `key new`. */
  readonly name: string;
  readonly summary: string;
  /** More for docs/cli.md: paragraphs. */
  readonly details?: readonly string[];
  readonly examples?: readonly string[];
  readonly positionals: PositionalSpecs;
  readonly options: OptionSpecs;
  /** True: `--opt a b c` gives three values to an array option; else one value an option. */
  readonly greedyArrays?: boolean;
  /** True: Ctrl-C only aborts `io.signal`, and the command ends by itself with its own code. */
  readonly endsItself?: boolean;
  run(args: never, io: Io): Promise<Outcome>;
}

type Args<P extends PositionalSpecs, O extends OptionSpecs> = InferredOptionTypes<P> &
  InferredOptionTypes<O> & { readonly json?: boolean };

/** Types the arguments of `run` by the positionals and options. */
export function defineCommand<const P extends PositionalSpecs, const O extends OptionSpecs>(
  command: Omit<Command, 'run' | 'positionals' | 'options'> & {
    readonly positionals: P;
    readonly options: O;
    run(args: Args<P, O>, io: Io): Promise<Outcome>;
  },
): Command {
  return command as Command;
}

/** The schema of a command's JSON document. */
export function schemaOf(command: Command | undefined): string {
  return command === undefined ? 'ztc/v1' : `ztc.${command.name.replaceAll(' ', '-')}/v1`;
}
