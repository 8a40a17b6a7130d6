/** The proof, step by step, as it is checked in this browser. */
import type { ComponentChildren } from 'preact';
import { fingerprint } from '../fingerprint.ts';
import { STEP_TITLES, type Step } from '../prove/steps.ts';
import type { Followed } from '../prove/use-proof.ts';
import { hrefTo } from '../route.ts';
import { Card } from './bits.tsx';

const ICONS: Readonly<Record<Step['state'], string>> = {
  waiting: '○',
  running: '…',
  done: '✓',
  failed: '✕',
  unanswered: '!',
};
const WORDS: Readonly<Record<Step['state'], string>> = {
  waiting: 'not reached',
  running: 'checking',
  done: 'holds',
  failed: 'failed',
  unanswered: 'no answer',
};

export function ProofPanel({
  followed: { steps, state, retry },
  children,
}: {
  readonly followed: Followed<unknown>;
  readonly children?: ComponentChildren;
}) {
  const { pasted } = fingerprint.use();
  const held = steps.filter(({ state }) => state === 'done').length;
  return (
    <Card
      title="The proof"
      class={`proof ${state}`}
      extra={
        <span class="soft" role="status">
          {summary(held, steps.length, state)}
        </span>
      }
    >
      <p class="soft">
        Computed in this browser by the verifier that the SDK and <code>ztc authenticate</code> use.
      </p>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.name} id={`step-${step.name}`} class={`step ${step.state}`}>
            <span class="step-icon" aria-hidden="true">
              {ICONS[step.state]}
            </span>
            <div>
              <strong>{STEP_TITLES[step.name]}</strong>
              <span class="sr-only"> ({WORDS[step.state]})</span>
              {step.detail !== '' && <p>{step.detail}</p>}
            </div>
          </li>
        ))}
      </ol>
      {state === 'unanswered' && (
        <p class="note">
          The node gave nothing to check here, so nothing is proven and nothing is disproven.{' '}
          <button type="button" class="link" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      <p class="basis">
        {pasted === undefined ? (
          <>
            Held against the genesis that <b>this node named</b>. To be sure that it is the right
            chain, <a href={hrefTo('trust')}>paste its fingerprint</a> from somebody you trust.
          </>
        ) : (
          <>
            Held against the <a href={hrefTo('trust')}>fingerprint that you pasted</a>.
          </>
        )}
      </p>
      {children}
    </Card>
  );
}

function summary(held: number, count: number, state: Followed<unknown>['state']): string {
  if (state === 'failed') return 'a step failed';
  if (state === 'unanswered') return 'not finished';
  if (count === 0) return 'checking';
  return held === count ? `all ${count} steps hold` : `${held} of ${count}`;
}
