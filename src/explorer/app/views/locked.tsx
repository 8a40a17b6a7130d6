/** What stands in the place of every page while the node demands a token. */
import { useState } from 'preact/hooks';
import { reconnect } from '../live.ts';
import { Card } from '../parts/bits.tsx';
import { access, keepToken } from '../token.ts';

export function LockedPage() {
  const { token } = access.use();
  const [text, setText] = useState('');
  const open = (event: Event) => {
    event.preventDefault();
    const given = text.trim();
    if (given === '') return;
    keepToken(given);
    setText('');
    reconnect();
  };
  const wrong = token !== undefined;
  return (
    <>
      <div class="title">
        <h1>This node answers holders of a token</h1>
      </div>
      <Card>
        <form class="paste" onSubmit={open}>
          <label for="token">
            Access token, from the node’s operator: <code>ztc token create --role read</code>
          </label>
          <input
            id="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={text}
            aria-invalid={wrong}
            aria-describedby="token-help"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <button type="submit">Open</button>
          <p id="token-help" class={wrong ? 'bad' : 'soft'} role={wrong ? 'alert' : undefined}>
            {wrong
              ? 'The node does not take it: it is another one’s, revoked, or expired.'
              : 'It is sent to this node only, and kept until you close the tab.'}
          </p>
        </form>
      </Card>
    </>
  );
}
