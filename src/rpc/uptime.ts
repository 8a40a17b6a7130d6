/**
 * Uptime from what is on the ledger: proposers and given-up views stand in the headers, so that all
 * nodes say the same; who signed is read from the certificates that this node kept, which hold a
 * quorum and not everybody.
 */
import { leaderOf } from '../ledger/validators.ts';
import type { Services } from './handler.ts';
import type { UptimeView } from './schema/uptime.ts';
import { timeText } from './views.ts';

type Counts = UptimeView['members'][number];

/** @param count how many of the newest blocks to look at */
export async function uptime(services: Services, count: number): Promise<UptimeView> {
  const { ledger } = services.context;
  const to = ledger.head.header.height;
  const from = Math.max(0, to - count + 1);
  const epochs = new Map<number, readonly string[]>();
  const tally = new Tally();
  const blocks: UptimeView['blocks'] = [];
  let last = from === 0 ? undefined : ledger.header(from - 1);
  for (let height = from; height <= to; height++) {
    const [parent, header] = [last, ledger.header(height)];
    last = header;
    if (header === undefined) continue;
    const { epoch, proposer, view } = header;
    const validators = epochs.get(epoch) ?? (await validatorsOf(services, epoch));
    epochs.set(epoch, validators);
    const before = parent?.epoch === epoch ? parent.view : 0;
    const skipped = height === 0 ? 0 : Math.max(0, view - before - 1);
    const signers = signersAt(services, height, validators);
    tally.add({ validators, proposer, signers, before, skipped });
    blocks.push({
      height,
      time: timeText(header.time),
      epoch,
      proposer,
      signers,
      missed: leaders(validators, before, Math.min(skipped, validators.length)),
    });
  }
  return {
    from,
    to,
    epochs: [...epochs].map(([epoch, validators]) => ({ epoch, validators: [...validators] })),
    members: tally.members,
    blocks,
  };
}

async function validatorsOf({ context }: Services, epoch: number): Promise<readonly string[]> {
  return (await context.ledger.validatorsOf(epoch)).map(({ member }) => member);
}

function signersAt(
  { context }: Services,
  height: number,
  validators: readonly string[],
): string[] | null {
  const own = context.ledger.certificate(height);
  return own === undefined
    ? null
    : own.signatures.flatMap(({ validator }) => validators[validator] ?? []);
}

/** Of the `count` views after `before`, in order. */
function leaders(validators: readonly string[], before: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => before + 1 + i).flatMap(
    (view) => validators[leaderOf(view, validators.length)] ?? [],
  );
}

interface Turn {
  readonly validators: readonly string[];
  readonly proposer: string | null;
  readonly signers: readonly string[] | null;
  readonly before: number;
  readonly skipped: number;
}

class Tally {
  readonly #counts = new Map<string, Counts>();

  get members(): Counts[] {
    return [...this.#counts.values()];
  }

  add({ validators, proposer, signers, before, skipped }: Turn): void {
    // An outage may have given up thousands of views: whole rounds are counted, not walked.
    const rounds = Math.floor(skipped / Math.max(1, validators.length));
    const rest = leaders(validators, before, skipped - rounds * validators.length);
    for (const member of validators) {
      const counts = this.#of(member);
      counts.validatorBlocks++;
      counts.missed += rounds + rest.filter((leader) => leader === member).length;
      if (signers?.includes(member)) counts.signed++;
    }
    if (proposer !== null) this.#of(proposer).proposed++;
  }

  #of(member: string): Counts {
    const found = this.#counts.get(member);
    if (found !== undefined) return found;
    const fresh = { member, validatorBlocks: 0, signed: 0, proposed: 0, missed: 0 };
    this.#counts.set(member, fresh);
    return fresh;
  }
}
