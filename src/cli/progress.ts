/** How far something long is, on the standard error of a terminal only. */
import type { Io } from './output.ts';

/** How far something is, drawn as it goes. */
export type Progress = ReturnType<typeof createProgress>;

/** More often than this nobody can read. */
const REDRAW_MS = 100;
const MS_PER_SECOND = 1_000;
const BAR_CELLS = 20;
const MB = 1_000_000;

/** @param total how much there is to do; `bytes`: each call says it, as for files */
export function createProgress(io: Io, verb: string, total: number | 'bytes') {
  const isShown = io.stderrIsTty;
  const started = isShown ? io.now() : 0;
  const unit = total === 'bytes' ? MB : 1;
  let drawn = started;
  let shown = false;
  const inUnits = (count: number): string =>
    unit === 1 ? String(count) : (count / unit).toFixed(1);
  return {
    at(done: number, more?: string | number | null): void {
      if (!isShown) return;
      const now = io.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      shown = true;
      const all = total === 'bytes' ? Number(more ?? 0) : total;
      const rate = (done * MS_PER_SECOND) / Math.max(1, now - started);
      const left = rate > 0 && all > done ? ` · ${Math.ceil((all - done) / rate)} s left` : '';
      const detail = typeof more === 'string' ? ` · ${more}` : '';
      const cells = all > 0 ? Math.floor((BAR_CELLS * Math.min(done, all)) / all) : 0;
      const bar = '#'.repeat(cells).padEnd(BAR_CELLS, '.');
      const speed = unit === 1 ? `${Math.round(rate)}/s` : `${inUnits(rate)} MB/s`;
      const amount = `${inUnits(done)}/${inUnits(all)}`;
      io.stderr(`\r\u001b[K${verb} [${bar}] ${amount} · ${speed}${detail}${left}`);
    },
    /** Clears the line. */
    end(): void {
      if (shown) io.stderr('\r\u001b[K');
    },
  };
}
