/**
 * The steps of a proof as the panel shows them. The verifier is the SDK's; here its codes are only
 * given their place, so that a proof that fails names the step at which it does.
 */

/** `unanswered`: the node gave nothing to check, which is neither a proof nor a lie. */
export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'unanswered';

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
  /** What was found, or why it failed. */
  readonly detail: string;
}

export type StepName =
  | 'genesis'
  | 'validators'
  | 'final'
  | 'included'
  | 'state'
  | 'fresh'
  | 'complete'
  | 'agrees';

export const STEP_TITLES: Readonly<Record<StepName, string>> = {
  genesis: 'The genesis is the one with this fingerprint',
  validators: 'The validators are known from the genesis on',
  final: 'A quorum of them made this block final',
  included: 'The block holds it, signed by its sender’s keys, with this result',
  state: 'The ledger’s state stands in that block',
  fresh: 'It is the present state, not an old one',
  complete: 'These are all statements about it',
  agrees: 'What the node said is what it proved',
};

export const ASSET_STEPS: readonly StepName[] = [
  'genesis',
  'validators',
  'final',
  'state',
  'fresh',
  'complete',
  'agrees',
];
export const BLOCK_STEPS: readonly StepName[] = ['genesis', 'validators', 'final', 'agrees'];
export const TRANSACTION_STEPS: readonly StepName[] = [
  'genesis',
  'validators',
  'final',
  'included',
  'agrees',
];
export const PUBLISHER_STEPS: readonly StepName[] = [
  'genesis',
  'validators',
  'final',
  'state',
  'fresh',
  'agrees',
];

/** Where each code of the verifier belongs; a code that is not here fails the step under way. */
const STEP_OF: Readonly<Record<string, StepName>> = {
  GENESIS_FILE: 'genesis',
  GENESIS_CHAIN: 'genesis',
  GENESIS_INVALID: 'genesis',
  GENESIS_SIGNATURE: 'genesis',
  GENESIS_UNSIGNED: 'genesis',
  SUCCESSOR_CHAIN: 'genesis',
  SUCCESSOR_FINALITY: 'genesis',
  FINGERPRINT: 'genesis',
  PROOF_LINKS: 'validators',
  PROOF_EPOCH: 'final',
  PROOF_HEADER: 'final',
  PROOF_CHAIN: 'final',
  PROOF_LINK: 'final',
  PROOF_FINALITY: 'final',
  PROOF_QUORUM: 'final',
  PROOF_SIGNATURE: 'final',
  PROOF_HISTORY: 'final',
  PROOF_FORK: 'final',
  PROOF_TRANSACTION: 'included',
  PROOF_INCLUSION: 'included',
  PROOF_STATE_ROOT: 'state',
  PROOF_ENTRY: 'state',
  STALE: 'fresh',
  PROOF_HEIGHT: 'fresh',
  PROOF_LIST: 'complete',
  PROOF_VALUE: 'complete',
  PROOF_INCOMPLETE: 'complete',
  DISAGREES: 'agrees',
};

/** A check of the page's own that did not hold. */
export class StepError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No answer came, or the node can't give it now: trying again may help. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'NETWORK',
  'TIMEOUT',
  'RATE_LIMITED',
  'UNAUTHORIZED',
]);

interface Failure extends Error {
  readonly code?: string;
  readonly step?: string;
  readonly retryable?: boolean;
}

/** The steps of one run; each change is shown at once. */
export class Progress {
  readonly #names: readonly StepName[];
  readonly #show: (steps: readonly Step[]) => void;
  #steps: Step[];

  constructor(names: readonly StepName[], show: (steps: readonly Step[]) => void) {
    this.#names = names;
    this.#show = show;
    this.#steps = names.map((name, i) => ({
      name,
      state: i === 0 ? 'running' : 'waiting',
      detail: '',
    }));
    show(this.#steps);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** The step holds; the next one is under way. */
  done(name: StepName, detail: string): void {
    const at = this.#names.indexOf(name);
    this.#set((step, i) => {
      if (i === at) return { name, state: 'done', detail };
      return i === at + 1 ? { ...step, state: 'running' } : step;
    });
  }

  /** What came before the failing step had held; what comes after was never reached. */
  fail(error: unknown): void {
    const { code, step: finer, message, retryable } = error as Failure;
    const state = retryable || UNANSWERED.has(code ?? '') ? 'unanswered' : 'failed';
    const named = STEP_OF[finer ?? code ?? ''];
    const under = this.#steps.findIndex(({ state }) => state === 'running');
    // Whatever fails is shown: where nothing was under way, at the last step.
    const last = under < 0 ? this.#names.length - 1 : under;
    const at = named === undefined ? last : Math.max(under, this.#names.indexOf(named));
    this.#set((step, i) => {
      if (i < at) return step.state === 'done' ? step : { ...step, state: 'done' };
      if (i > at) return { ...step, state: 'waiting' };
      return { ...step, state, detail: message ?? String(error) };
    });
  }

  #set(change: (step: Step, i: number) => Step): void {
    this.#steps = this.#steps.map(change);
    this.#show(this.#steps);
  }
}

/** What the panel shows where the verifier itself could not be loaded: nothing was checked. */
export function unchecked(names: readonly StepName[]): readonly Step[] {
  const detail = 'The verifier could not be loaded from this node: load this page again.';
  return names.map((name, i) => ({
    name,
    state: i === 0 ? 'unanswered' : 'waiting',
    detail: i === 0 ? detail : '',
  }));
}
