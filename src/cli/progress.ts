/** How far something long is, on the standard error of a terminal only. */
import type { Io } from './output.ts';

export interface Progress {
  at(done: number, more?: string): void;
  /** Clears the line. */
  end(): void;
}

/** More often than this nobody can read. */
const REDRAW_MS = 100;

export function createProgress(io: Io, verb: string, total: number): Progress {
  if (!io.stderrIsTty) return { at: () => undefined, end: () => undefined };
  const started = io.now();
  let drawn = 0;
  return {
    at(done, more) {
      const now = io.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      const rate = (done * 1000) / Math.max(1, now - started);
      const left = rate > 0 ? ` · ${Math.ceil((total - done) / rate)} s left` : '';
      const detail = more === undefined ? '' : ` · ${more}`;
      io.stderr(`\r\u001b[K${verb} ${done}/${total} · ${Math.round(rate)}/s${detail}${left}`);
    },
    end() {
      if (drawn > 0) io.stderr('\r\u001b[K');
    },
  };
}
