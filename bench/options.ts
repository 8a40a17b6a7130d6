/** The benchmark's flags. */
import { parseArgs } from 'node:util';
import type { ScenarioOptions } from './scenario.ts';

/** Away from the devnet's own, so that one may run meanwhile. */
const BASE_PORT = 21_000;
const PORT_MIN = 1_024;

export type Sizes = Omit<ScenarioOptions, 'rounds' | 'say'>;

export interface Options {
  /** Undefined: all of them. */
  readonly scenario: string | undefined;
  /** Undefined: as many as each scenario thinks best. */
  readonly rounds: number | undefined;
  readonly profile: string | undefined;
  readonly json: boolean;
  readonly sizes: Sizes;
}

function parsed(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    options: {
      scenario: { type: 'string' },
      all: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      transactions: { type: 'string' },
      keys: { type: 'string' },
      blocks: { type: 'string' },
      validators: { type: 'string' },
      profile: { type: 'string' },
      'base-port': { type: 'string', default: String(BASE_PORT) },
      json: { type: 'boolean', default: false },
    },
  }).values;
}

/** Undefined where they say nothing that can be done. */
export function readOptions(words: readonly string[]): Options | undefined {
  let values: ReturnType<typeof parsed>;
  try {
    values = parsed(words);
  } catch {
    return undefined;
  }
  const scenario = values.peers ? 'peers' : values.scenario;
  const basePort = Number(values['base-port']);
  const rounds = numberOf(values.rounds);
  const sizes = {
    seconds: numberOf(values.seconds),
    transactions: numberOf(values.transactions),
    keys: numbersOf(values.keys),
    blocks: numbersOf(values.blocks),
    validators: numbersOf(values.validators),
  };
  const given = [rounds, ...Object.values(sizes)].flat().filter((each) => each !== undefined);
  const fits = given.every((each) => each > 0) && basePort >= PORT_MIN;
  if (!fits || (scenario === undefined) !== values.all) return undefined;
  const { profile, json } = values;
  return { scenario, rounds, profile, json, sizes: { basePort, ...sizes } };
}

/** Whole ones, also as 1e6. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.ceil(Number(text));
}

function numbersOf(text: string | undefined): readonly number[] | undefined {
  return text?.split(',').map((each) => Math.ceil(Number(each)));
}
