/** Hooks that several views need. */
import { useEffect, useState } from 'preact/hooks';
import type { MethodName, Params, ResultOf } from '../../rpc/schema/index.ts';
import { ask, nodeNow } from './node.ts';

/** What came of a question; the last answer stays while a newer one is fetched. */
export interface Asked<T> {
  readonly data: T | undefined;
  readonly error: string | undefined;
  readonly loading: boolean;
}

/**
 * Asks again whenever the parameters or `turn` change. Other parameters forget the old answer, but
 * for `minHeight`: it is the same question, to be answered from a newer state.
 */
export function useAsk<M extends MethodName>(
  method: M,
  params: Params<M>,
  turn: number | string = 0,
): Asked<ResultOf<M>> {
  const whole = JSON.stringify([method, params]);
  const key = JSON.stringify([method, { ...params, minHeight: undefined }]);
  const [state, setState] = useState<Asked<ResultOf<M>> & { key: string }>({
    key,
    data: undefined,
    error: undefined,
    loading: true,
  });
  useEffect(() => {
    let current = true;
    ask(method, params).then(
      (data) => current && setState({ key, data, error: undefined, loading: false }),
      (error: unknown) =>
        current &&
        setState(({ data, key: old }) => ({
          key,
          data: old === key ? data : undefined,
          error: error instanceof Error ? error.message : String(error),
          loading: false,
        })),
    );
    return () => {
      current = false;
    };
  }, [whole, turn]);
  return state.key === key ? state : { data: undefined, error: undefined, loading: true };
}

/** The node's time, a second at a time. */
export function useNow(): number {
  const [now, setNow] = useState(nodeNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(nodeNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
