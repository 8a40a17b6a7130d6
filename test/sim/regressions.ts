/**
 * Seeds that failed once. What a seed means changes with what is drawn from it, so each has what it
 * showed beside it; the faults themselves are among the planted ones or in `scenarios.test.ts`.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly showed: string }[] = [
  { seed: 10, showed: 'a log that was replaced after the chain was wiped had a lower floor' },
  { seed: 43, showed: 'a log read after a failed sync was taken for durable' },
  { seed: 78, showed: 'a renamed log was used before its folder was synced' },
  {
    seed: 100,
    showed: 'a log was replaced between two finalizations, without votes on the second',
  },
  {
    seed: 106_486,
    showed: 'a torn end that was cut off, where a failed sync had lost that, was still on the disk',
  },
  { seed: 151, showed: 'votes of a later epoch were forgotten where the chain had been wiped' },
  { seed: 300_039, showed: 'with more than f liars a leader built beside the final block' },
];
