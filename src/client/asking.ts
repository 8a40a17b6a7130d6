/** What all proven questions have in common: which state is wanted, and who is asked. */
import type { Client } from './client.ts';
import { StaleError, TransportError } from './errors.ts';
import type { ProofContext } from './proof.ts';

/** A node that lags a little behind what was verified before is waited for, not called stale. */
export function wantedHeight({ minHeight, newest }: ProofContext): number {
  return Math.max(minHeight, (newest?.height ?? 0) - 1);
}

/** Which state is wanted. */
export function stateOf(context: ProofContext): { minHeight?: number; height?: number } {
  const height = context.at?.height;
  return { ...atLeast(wantedHeight(context)), ...(height !== undefined && { height }) };
}

export function atLeast(minHeight: number): { minHeight?: number } {
  return minHeight > 0 ? { minHeight } : {};
}

export function unproven(url: string): TransportError {
  return new TransportError('BAD_ANSWER', url, `${url} gave no proof`);
}

/** Where one node's answer is stale, another's may not be. @throws what `ask` throws */
export async function fresh<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  const { transport } = client;
  for (let left = transport.urls.length; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StaleError) || left <= 1) throw error;
      transport.demote(transport.urls[0] as string);
    }
  }
}
