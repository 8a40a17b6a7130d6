/** What a publisher is bound to, in words and JSON: keys and certificates are checked here. */
import { timeText } from '../../client/views.ts';
import {
  attestersAt,
  type Binding,
  isKeyBinding,
  isLinkBinding,
  type KeyBinding,
} from '../../ledger/bindings.ts';
import { claimView } from '../../ledger/publisher-operations.ts';
import type { JudgedPublisher } from '../../ledger/verdict.ts';
import { printable } from '../output.ts';

export interface ShownBinding {
  readonly json: {
    readonly kind: 'pgp' | 'x509' | 'domain' | 'link';
    readonly id: string;
    readonly domain: string | null;
    readonly link: string | null;
    readonly fingerprint: string | null;
    readonly signer: string | null;
    readonly from: string;
    readonly until: string | null;
    /**
     * Whether the key signed for this publisher; whether enough members attest the domain; false
     * for a link, which is the publisher's own word.
     */
    readonly counts: boolean;
    readonly attesters: readonly string[];
  };
  readonly text: string;
}

/** @param time ledger time in ms of `judged` */
export function shownBindings(
  judged: JudgedPublisher,
  chain: Uint8Array,
  time: number,
): Promise<readonly ShownBinding[]> {
  return Promise.all(judged.publisher.bindings.map((each) => shown(each, judged, chain, time)));
}

async function shown(
  binding: Binding,
  judged: JudgedPublisher,
  chain: Uint8Array,
  time: number,
): Promise<ShownBinding> {
  const base = { ...claimView(binding), from: timeText(binding.from) };
  if (isKeyBinding(binding)) return { ...(await shownKey(binding, base, judged, chain)) };
  const nothing = { fingerprint: null, signer: null, until: null };
  if (isLinkBinding(binding)) {
    return {
      json: { ...base, ...nothing, counts: false, attesters: [] },
      text: `link     ${binding.link}  (its own word)`,
    };
  }
  const { domain } = binding;
  const attesters = attestersAt(binding, judged.active, time);
  const counts = judged.domains.includes(domain);
  const who = attesters.length === 0 ? 'attested by nobody' : `attested by ${attesters.join(', ')}`;
  return {
    json: { ...base, ...nothing, counts, attesters },
    text: `domain   ${domain}  ${who}${counts ? '' : ': does not count yet'}`,
  };
}

async function shownKey(
  binding: KeyBinding,
  base: Pick<ShownBinding['json'], 'kind' | 'id' | 'domain' | 'link' | 'from'>,
  { publisher }: JudgedPublisher,
  chain: Uint8Array,
): Promise<ShownBinding> {
  const { checkBinding, readKeyName } = await import('../../detached/index.ts');
  const to = { chain, publisher: publisher.id, at: binding.from };
  const checked = await checkBinding(binding, to);
  const named = checked.ok ? checked : await readKeyName(binding);
  const name = named.ok ? named.value : { fingerprint: null, signer: null };
  const until = binding.until === null ? null : timeText(binding.until);
  const word = base.kind === 'pgp' ? 'pgp     ' : 'x509    ';
  const who = [name.fingerprint, name.signer].map((each) => printable(each ?? 'unreadable'));
  const bad = checked.ok ? '' : '  BINDING_INVALID: the key never signed for this publisher';
  return {
    json: { ...base, ...name, until, counts: checked.ok, attesters: [] },
    text: `${word} ${who.join('  ')}${until === null ? '' : `  until ${until}`}${bad}`,
  };
}
