/** One box for everything: what is plain by its form is gone to at once, the rest is looked up. */
import { useState } from 'preact/hooks';
import { goTo } from '../route.ts';

const DIGEST = /^(?:sha256:)([0-9a-f]{64})$/i;

export function SearchBox({ id }: { readonly id: string }) {
  const [query, setQuery] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    const text = query.trim();
    if (text === '') return;
    const digest = DIGEST.exec(text)?.[1];
    if (digest === undefined) goTo('search', text);
    else goTo('asset', `sha256:${digest.toLowerCase()}`);
    setQuery('');
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <label class="sr-only" for={id}>
        Search the ledger
      </label>
      <input
        id={id}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="Name, digest, publisher, height or 0x hash"
        value={query}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      <button type="submit">Search</button>
    </form>
  );
}
