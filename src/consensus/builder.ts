/**
 * What the core wants to know or have of the application that can wait until votes are out: whether
 * there is work, which takes executing the tip, and a block to propose.
 */
import { encodeBlock } from '../ledger/block.ts';
import type { Effect } from './core/effect.ts';
import type { Input } from './core/input.ts';
import type { CoreState } from './core/state.ts';
import type { Application } from './ports.ts';

type BuildEffect = Extract<Effect, { type: 'build' }>;

export class Builder {
  readonly #application: Application;
  /** Of this block it is asked whether a child has anything to include. */
  #parent: Uint8Array | undefined;
  #build: BuildEffect | undefined;

  constructor(application: Application) {
    this.#application = application;
  }

  /** The answer counts for the newest block that is asked about only. */
  ask(parent: Uint8Array): void {
    this.#parent = parent;
  }

  want(build: BuildEffect): void {
    this.#build = build;
  }

  /** Another epoch. */
  clear(): void {
    this.#parent = undefined;
    this.#build = undefined;
  }

  /** Whether there is work, if that was asked. */
  lookForWork(): Input | undefined {
    const parent = this.#parent;
    if (parent === undefined) return undefined;
    this.#parent = undefined;
    return { type: 'work', parent, waiting: this.#application.hasWork(parent) };
  }

  /** A block, if one was wanted for the view in which the core still is. */
  build(core: CoreState): Input | undefined {
    const build = this.#build;
    if (build === undefined) return undefined;
    this.#build = undefined;
    const { epoch, view } = build.context;
    if (epoch !== core.epoch || view !== core.view) return undefined;
    const block = this.#application.propose(build.parent, build.context);
    return { type: 'built', view, block, bytes: encodeBlock(block) };
  }
}
