import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { diskFindings, spaceFindings } from '../../../src/cli/doctor/disk.ts';
import { machineFindings } from '../../../src/cli/doctor/machine.ts';
import { deafFindings, listenersOf, portFindings } from '../../../src/cli/doctor/ports.ts';
import { configOf, resolveConfig } from '../../../src/cli/home/config.ts';

const GIB = 1024 ** 3;
const codes = (findings: readonly { code: string; severity: string }[]): string[] =>
  findings.map(({ code, severity }) => `${severity} ${code}`);

test('free space: enough, low, and too little to go on', () => {
  assert.deepEqual(spaceFindings('d', 3 * GIB), []);
  assert.deepEqual(codes(spaceFindings('d', GIB)), ['warning DISK_LOW']);
  const [full] = spaceFindings('d', GIB / 16);
  assert.equal(full?.code, 'DISK_FULL');
  assert.match(full?.text ?? '', /64 MiB left/);
});

test('the write of a probe leaves nothing behind, and tells where it can not be made', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'ztc-disk-'));
  await diskFindings(dir);
  assert.deepEqual(await readdir(dir), []);
  await rm(dir, { recursive: true });
  await assert.rejects(diskFindings(dir), { code: 'ENOENT' });
});

test('memory and the version of Node', () => {
  assert.deepEqual(machineFindings(GIB, '24.1.0'), []);
  assert.deepEqual(codes(machineFindings(GIB / 16, '20.1.0')), [
    'warning MEMORY_LOW',
    'error NODE_VERSION',
  ]);
});

test('listeners come from the configuration; those of no machine of ours are told', async () => {
  const file = path.join(tmpdir(), 'there-is-no-such-file');
  const flags = { 'rpc.listen': '[::1]:17990', 'admin.listen': '127.0.0.1:0' };
  const listeners = listenersOf(configOf(await resolveConfig({ file, env: {}, flags })));
  assert.deepEqual(listeners, [
    { key: 'p2p.listen', host: '0.0.0.0', port: 7600 },
    { key: 'rpc.listen', host: '::1', port: 17_990 },
  ]);
  const foreign = { key: 'rpc.listen', host: '192.0.2.1', port: 17_991 };
  assert.deepEqual(codes(await portFindings([foreign])), ['error LISTEN_FAILED']);
  const nobody = { key: 'rpc.listen', host: '127.0.0.1', port: 17_992 };
  assert.deepEqual(codes(await deafFindings([nobody])), ['error NOT_LISTENING']);
});
