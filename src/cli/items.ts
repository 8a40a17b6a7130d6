/** Commands over several inputs: each has its own result or error, all together one exit code. */
import type { Json } from '../common/codec/index.ts';
import type { Outcome } from './command.ts';
import { describeError } from './errors.ts';
import { combineExits, type ExitCode } from './exit-codes.ts';
import { errorJson, printable } from './output.ts';

type JsonObject = { readonly [name: string]: Json };

/** What became of one input. */
export interface Item {
  readonly input: string;
  readonly exit: ExitCode;
  /** The result's members, or `error`. */
  readonly json: JsonObject;
  /** For people. */
  readonly text: readonly string[];
}

/** An input that came to no result. */
export function failedItem(input: string, error: unknown): Item {
  const described = describeError(error);
  const hint = described.hint === undefined ? [] : [`  ${described.hint.replaceAll('\n', '\n  ')}`];
  return {
    input,
    exit: described.exit,
    json: { error: errorJson(described) },
    text: [`ztc: ${printable(input)}: ${described.message} (${described.code})`, ...hint],
  };
}

/** The outcome of all: `ok` says whether every input came to a result. */
export function outcomeOf(items: readonly Item[], more: JsonObject = {}): Outcome {
  return {
    exit: combineExits(items.map(({ exit }) => exit)),
    ok: items.every(isResult),
    result: {
      ...more,
      items: items.map(({ input, exit, json }) => ({ input, exit, ...json })),
    },
    text: items.filter(isResult).flatMap(({ text }) => text),
    failures: items.filter((item) => !isResult(item)).flatMap(({ text }) => text),
  };
}

function isResult({ json }: Item): boolean {
  return json.error === undefined;
}

/** Maps with at most `limit` at work at a time; results in input order. */
export async function mapBounded<T, R>(
  values: readonly T[],
  limit: number,
  map: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(values.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < values.length) {
      const index = next++;
      results[index] = await map(values[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work));
  return results;
}
