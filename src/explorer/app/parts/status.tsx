/** Statuses as colour, icon and word, and whose word they are. */
import { live, type Pulse, pulse } from '../live.ts';
import { duration } from '../text.ts';
import { useNow } from '../use.ts';

export type StatusName = 'TRUSTED' | 'UNTRUSTED' | 'UNSUPPORTED' | 'UNKNOWN';

export const ICONS: Readonly<Record<StatusName, string>> = {
  TRUSTED: '✓',
  UNTRUSTED: '✕',
  UNSUPPORTED: '!',
  UNKNOWN: '?',
};

export function Status({ status }: { readonly status: StatusName }) {
  return (
    <span class={`status ${status.toLowerCase()}`}>
      <span aria-hidden="true">{ICONS[status]}</span> {status}
    </span>
  );
}

/** Seen at a glance: dashed is what the node says, solid what was proven here. */
export function Standing({
  proven,
}: {
  readonly proven: 'checking' | 'verified' | 'failed' | 'unanswered' | 'claimed';
}) {
  const texts = {
    checking: ['…', 'The node says; checking it here'],
    claimed: ['◌', 'The node says; not checked'],
    verified: ['✔', 'Verified in this browser'],
    failed: ['✕', 'Not proven: don’t rely on it'],
    unanswered: ['!', 'The node says; it gave no proof now'],
  } as const;
  const [icon, text] = texts[proven];
  return (
    <span class={`standing ${proven}`}>
      <span aria-hidden="true">{icon}</span> {text}
    </span>
  );
}

const PULSES: Readonly<Record<Pulse, readonly [icon: string, text: string]>> = {
  connecting: ['…', 'connecting'],
  live: ['●', 'live'],
  polling: ['●', 'live, asking now and then'],
  delayed: ['!', 'delayed'],
  offline: ['✕', 'offline'],
  locked: ['✕', 'locked'],
};

export function PulseBadge() {
  const state = live.use();
  const now = useNow();
  const is = pulse(state);
  const [icon, text] = PULSES[is];
  const late =
    is === 'delayed' && state.head ? ` ${duration(now - Date.parse(state.head.time))}` : '';
  return (
    <span id="badge" class={`pulse ${is}`} role="status">
      <span aria-hidden="true">{icon}</span> {text}
      <span aria-hidden="true">{late}</span>
    </span>
  );
}
