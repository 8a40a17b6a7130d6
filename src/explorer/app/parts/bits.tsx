/** The small things that all pages are made of. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { nameOf, useMembers } from '../members.ts';
import { hrefTo } from '../route.ts';
import { ago, short, utc } from '../text.ts';
import { useNow } from '../use.ts';

export function Card(props: {
  readonly title?: string;
  readonly extra?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  const { title, extra, children } = props;
  return (
    <section class={`card ${props.class ?? ''}`} aria-label={title}>
      {title !== undefined && (
        <div class="card-head">
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      {children}
    </section>
  );
}

/** Names and values, one a line. */
export function Facts({ facts }: { readonly facts: Readonly<Record<string, ComponentChildren>> }) {
  return (
    <dl class="facts">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A ledger time: how long ago, with the whole of it on demand. */
export function Time({ time, whole = false }: { readonly time: string; readonly whole?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={time} title={utc(time)}>
      {whole ? `${utc(time)} · ${ago(time, now)}` : ago(time, now)}
    </time>
  );
}

/** A hash, shortened; the whole of it goes to the clipboard. */
export function Hash({
  hash,
  href,
  whole = false,
}: {
  readonly hash: string;
  readonly href?: string;
  readonly whole?: boolean;
}) {
  const text = whole ? hash : short(hash);
  return (
    <span class="hash">
      {href === undefined ? (
        <code title={hash}>{text}</code>
      ) : (
        <a href={href} title={hash}>
          <code>{text}</code>
        </a>
      )}
      <Copy text={hash} what={short(hash)} />
    </span>
  );
}

const COPIED_MS = 1_500;

export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    const done = () => setCopied(true);
    const byHand = () => copyByHand(text) && done();
    // Browsers give the clipboard to secure pages only, and nodes in a LAN speak plain HTTP.
    if (navigator.clipboard === undefined) byHand();
    else navigator.clipboard.writeText(text).then(done, byHand);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title="Copy">
      {copied ? (
        '✓'
      ) : (
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.5 5.5h8v8h-8zM2.5 10.5v-8h8" />
        </svg>
      )}
    </button>
  );
}

/** As if it were marked and copied with the keyboard; gives whether that went well. */
function copyByHand(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}

export function Publisher({ id, name }: { readonly id: string; readonly name?: string }) {
  return (
    <a href={hrefTo('publisher', id)}>
      <bdi>{name ?? id}</bdi>
    </a>
  );
}

/** Who sent a transaction, as its sender field names them: `acme`, `member:alpha`. */
export function Sender({ sender }: { readonly sender: string }) {
  const [id = '', kind] = sender.split(':').toReversed();
  if (kind === undefined) return <Publisher id={id} />;
  if (kind === 'recovery') {
    return (
      <>
        recovery key of <Publisher id={id} />
      </>
    );
  }
  return (
    <>
      {kind} <Member id={id} />
    </>
  );
}

/** A member by name; names are the node's word. */
export function Member({ id }: { readonly id: string }) {
  return (
    <a href={hrefTo('member', id)}>
      <bdi>{nameOf(useMembers(), id)}</bdi>
    </a>
  );
}

export function Block({ height }: { readonly height: number }) {
  return <a href={hrefTo('block', height)}>#{height.toLocaleString('en')}</a>;
}

export function Nothing({ children }: { readonly children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

export function Problem({ error }: { readonly error: string }) {
  return (
    <p class="problem" role="alert">
      <span aria-hidden="true">✕</span> No answer from the node: {error}
    </p>
  );
}

/** What stands there while an answer is on its way, of about its height, so that nothing jumps. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
