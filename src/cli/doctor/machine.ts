/** Is this machine fit for a node? */
import type { Finding } from '../../common/finding.ts';

const MIB = 1024 * 1024;
/** A node needs about this much; below it the system swaps, or kills it. */
const MEMORY_BYTES_LOW = 256 * MIB;
/** The p2p library needs what this one brought. */
const NODE_MAJOR_MIN = 22;

export function machineFindings(
  available = process.availableMemory(),
  version = process.versions.node,
): Finding[] {
  const findings: Finding[] = [];
  if (available < MEMORY_BYTES_LOW) {
    findings.push({
      code: 'MEMORY_LOW',
      severity: 'warning',
      text: `${Math.floor(available / MIB)} MiB of memory are free`,
      remedy: 'stop something else, or give this machine or container more memory',
    });
  }
  if (Number(version.split('.')[0]) < NODE_MAJOR_MIN) {
    findings.push({
      code: 'NODE_VERSION',
      severity: 'error',
      text: `this is Node ${version}, and a node needs ${NODE_MAJOR_MIN} or newer`,
      remedy: 'start it by bin/ztc, which brings a fitting one',
    });
  }
  return findings;
}
