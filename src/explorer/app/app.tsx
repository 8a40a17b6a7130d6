/** The frame of all pages: what chain this is, whose node, how fresh; and the page asked for. */
import { Component, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fingerprint } from './fingerprint.ts';
import { live } from './live.ts';
import { nameOf, useMembers } from './members.ts';
import { Copy, Time } from './parts/bits.tsx';
import { SearchBox } from './parts/search-box.tsx';
import { PulseBadge } from './parts/status.tsx';
import { hrefTo, type Route, useRoute } from './route.ts';
import { count, short } from './text.ts';
import { toggleTheme } from './theme.ts';
import { pageOf } from './views/index.tsx';
import { LockedPage } from './views/locked.tsx';

const NAVIGATION = [
  ['', 'Check a file'],
  ['blocks', 'Blocks'],
  ['publishers', 'Publishers'],
  ['members', 'Members'],
  ['network', 'Network'],
  ['trust', 'Trust'],
] as const;

export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const { title, view } = pageOf(route);
  const { status, connection } = live.use();
  const locked = connection === 'locked';
  useEffect(() => {
    document.title = `${title} · ${status?.name ?? 'ztc'}`;
  }, [title, status?.name]);
  const address = [route.name, ...route.parts].join('/');
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    // Keyboards and screen readers start at the new page's beginning.
    main.current?.focus();
    scrollTo(0, 0);
  }, [address]);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header route={route} />
      <main id="main" ref={main} tabIndex={-1}>
        {locked ? <LockedPage /> : <Guard key={address}>{view}</Guard>}
      </main>
      <Footer />
    </>
  );
}

function Header({ route }: { readonly route: Route }) {
  const { status, head } = live.use();
  return (
    <header>
      <div class="bar">
        <a class="brand" href="#/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <path d="M9 9h14L9 23h14" />
          </svg>
          <span id="name">{status?.name ?? 'ztc'}</span>
        </a>
        {route.name !== '' && <SearchBox id="query" />}
        <div class="now">
          <PulseBadge />
          {head && (
            <span class="head soft">
              <a href={hrefTo('block', head.height)}>
                #<span id="height">{count(head.height)}</span>
              </a>{' '}
              <Time time={head.time} />
            </span>
          )}
          <button type="button" class="theme" onClick={toggleTheme} aria-label="Light or dark">
            ◐
          </button>
        </div>
      </div>
      <Tabs current={route.name} />
    </header>
  );
}

function Tabs({ current }: { readonly current: string }) {
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    const all = tabs.current;
    const tab = all?.querySelector<HTMLElement>('[aria-current]');
    if (!all || !tab) return;
    // A phone shows half of them: the current one in the middle. The page itself stays where it is.
    all.scrollLeft = tab.offsetLeft - all.offsetLeft - (all.clientWidth - tab.offsetWidth) / 2;
  }, [current]);
  return (
    <nav class="tabs" aria-label="Pages of the explorer" ref={tabs}>
      {NAVIGATION.map(([name, text]) => (
        <a
          key={name}
          href={hrefTo(name)}
          aria-current={isWithin(current, name) ? 'page' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  );
}

function isWithin(name: string, tab: string): boolean {
  return name === tab || (tab !== '' && `${name}s` === tab);
}

function Footer() {
  const { status, node } = live.use();
  const { pasted } = fingerprint.use();
  const members = useMembers();
  const member = node?.member ?? null;
  const whose = member === null ? 'an observer' : nameOf(members, member);
  return (
    <footer>
      <p>
        This page comes from the node of <b id="member">{node === undefined ? '…' : whose}</b> and
        shows what it says; what is marked <b>verified</b> was proven in this browser. Since the
        page is the node’s, too, <a href={hrefTo('trust')}>check it elsewhere</a> when it matters.
      </p>
      <p>
        Genesis fingerprint{' '}
        <code id="chain" title={status?.chain}>
          {short(status?.chain ?? '–')}
        </code>
        {status && <Copy text={status.chain} what="the genesis fingerprint" />}{' '}
        <span class={`pin ${pasted === undefined ? 'claimed' : 'given'}`}>
          {pasted === undefined ? 'as this node says' : pinText(pasted, status?.chain)}
        </span>{' '}
        · Block times are agreed by the members; they are no trusted timestamp.
      </p>
    </footer>
  );
}

function pinText(pasted: string, chain: string | undefined): string {
  return pasted === chain ? '✓ the one you pasted' : '✕ not the one you pasted';
}

/** A node may answer anything: a page that can't show it says so, and the rest stays. */
class Guard extends Component<{ readonly children: ComponentChildren }, { failed: string }> {
  override state = { failed: '' };

  static override getDerivedStateFromError(error: Error): { failed: string } {
    return { failed: error.message };
  }

  override render() {
    const { failed } = this.state;
    if (failed === '') return this.props.children;
    return (
      <p class="problem" role="alert">
        This page can’t show what the node answered: {failed}
      </p>
    );
  }
}
