import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configured } from '../../../bench/peers/cometbft/config.ts';

/** The settings that are touched, as `cometbft testnet` writes them, and some others. */
const TOML = `# A comment = left alone
proxy_app = "tcp://127.0.0.1:26658"
log_level = "info"
[rpc]
laddr = "tcp://127.0.0.1:26657"
max_request_batch_size = 10
[p2p]
laddr = "tcp://0.0.0.0:26656"
persistent_peers = ""
addr_book_strict = true
allow_duplicate_ip = false
flush_throttle_timeout = "100ms"
send_rate = 5120000
recv_rate = 5120000
[mempool]
recheck = true
size = 5000
[consensus]
timeout_commit = "1s"
create_empty_blocks = true
peer_gossip_sleep_duration = "100ms"
[other]
size = 1
`;
const place = { p2p: 1_001, rpc: 1_002 };
const peers = ['a@127.0.0.1:1', 'b@127.0.0.1:2'];

test('a peer is configured where it must be, and tuned only if asked for', () => {
  const plain = configured(TOML, { place, peers, tuned: false });
  assert.match(plain, /\[rpc\]\nladdr = "tcp:\/\/127\.0\.0\.1:1002"\nmax_request_batch_size = 100/);
  assert.match(plain, /\[p2p\]\nladdr = "tcp:\/\/127\.0\.0\.1:1001"\npersistent_peers = "a@.*,b@/);
  assert.match(plain, /\[mempool\]\nrecheck = true\nsize = 50000/);
  assert.match(plain, /\[other\]\nsize = 1\n$/);
  const tuned = configured(TOML, { place, peers, tuned: true });
  assert.match(tuned, /recheck = false/);
  assert.match(tuned, /peer_gossip_sleep_duration = "5ms"/);
});

test('a setting that another version lacks is an error', () => {
  const without = TOML.replace('recheck = true\n', '');
  assert.ok(configured(without, { place, peers, tuned: false }));
  assert.throws(() => configured(without, { place, peers, tuned: true }), /recheck/);
});
