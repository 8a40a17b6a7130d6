/** What the page's word is worth, the fingerprint that it uses, and how to check without it. */
import { useState } from 'preact/hooks';
import { fingerprint, forgetFingerprint, pasteFingerprint } from '../fingerprint.ts';
import { live } from '../live.ts';
import { nameOf, useMembers } from '../members.ts';
import { Card, Copy, Hash } from '../parts/bits.tsx';

declare const VERIFY_PAGE_SHA256: string;

export function TrustPage() {
  return (
    <>
      <div class="title">
        <h1>Trust</h1>
      </div>
      <div class="columns">
        <Fingerprint />
        <Elsewhere />
      </div>
      <Card title="What the marks mean">
        <ul class="marks">
          <li>
            <span class="standing verified">✔ Verified in this browser</span>
            Proven here, step by step, under the fingerprint above: the node could not have made it
            up.
          </li>
          <li>
            <span class="standing claimed">◌ The node says; not checked</span>
            This node’s word. Lists, names of members, peers and charts are of this kind.
          </li>
          <li>
            <span class="standing failed">✕ Not proven</span>
            The node said it, and its proof does not hold. Don’t rely on it; tell the members.
          </li>
        </ul>
        <p>
          A verdict repeats what a publisher said under its own name, and whether its key was good.
          It is no judgement on whether a file is safe. Block times are agreed by the members and
          are no trusted timestamp. Asking for a digest tells it to this node; who has a receipt can
          ask <code>verify.html</code> instead, and nobody hears of it.
        </p>
      </Card>
    </>
  );
}

function Fingerprint() {
  const { pasted } = fingerprint.use();
  const { status } = live.use();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const paste = (event: Event) => {
    event.preventDefault();
    const good = pasteFingerprint(text);
    setWrong(!good);
    if (good) setText('');
  };
  return (
    <Card title="The genesis fingerprint">
      <p>
        It names the chain, and the members it began with. All proofs on these pages are held
        against it.
      </p>
      <p>
        This node says:
        <br />
        {status ? <Hash hash={status.chain} whole /> : '…'}
      </p>
      {pasted === undefined ? (
        <p class="note">
          You pasted none, so the node’s own is used: proofs show that it is consistent, not that it
          is the chain you mean.
        </p>
      ) : (
        <p class={`note ${pasted === status?.chain ? 'good' : 'bad'}`}>
          You pasted <code>{pasted}</code>:{' '}
          {pasted === status?.chain ? 'it is this chain.' : 'this node is on another chain!'}{' '}
          <button type="button" class="link" onClick={forgetFingerprint}>
            Forget it
          </button>
        </p>
      )}
      <form class="paste" onSubmit={paste}>
        <label for="fingerprint">Paste the fingerprint, from a source other than this node</label>
        <input
          id="fingerprint"
          autocomplete="off"
          spellcheck={false}
          placeholder="0x…"
          value={text}
          aria-invalid={wrong}
          aria-describedby="fingerprint-help"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit">Use it</button>
        <p id="fingerprint-help" class={wrong ? 'bad' : 'soft'} role={wrong ? 'alert' : undefined}>
          {wrong ? 'That is none: 64 hexadecimal digits.' : 'It is kept in this browser only.'}
        </p>
      </form>
    </Card>
  );
}

function Elsewhere() {
  const { node } = live.use();
  const members = useMembers();
  return (
    <Card title="Without this page">
      <p>
        <b>
          <bdi>{nameOf(members, node?.member ?? null)}</bdi>
        </b>{' '}
        runs the node that this page came from, with the code that verifies. A node that lies could
        lie in the page, too. For what matters, use what didn’t come from it:
      </p>
      <ul class="spaced">
        <li>
          <a href="verify.html" download>
            verify.html
          </a>
          , one file that checks receipts from disk, with no network. Compare its SHA-256 with the
          one that another member’s node shows:
          <br />
          <Hash hash={`sha256:${VERIFY_PAGE_SHA256}`} whole />
        </li>
        <li>
          <a href="ztc-verify.mjs" download>
            ztc-verify.mjs
          </a>
          , the same for Node.js.
        </li>
        <li>
          <code>ztc authenticate FILE</code>, with the genesis in your trust file.
          <Copy text="ztc authenticate FILE" what="the command" />
        </li>
        <li>The same page at another member’s node: their answers must be equal.</li>
      </ul>
    </Card>
  );
}
