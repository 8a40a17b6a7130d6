/** Runs the seeds that its parent sends, one after the other. */
import { reportOf } from './report.ts';

process.on('message', (seed: number) => {
  reportOf(seed).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      throw error;
    },
  );
});
