/** The core's numbers, each with its reason. Everything that grows has its bound here. */

/** Votes are kept this far above the current view; who is further ahead sends its certificate. */
export const VIEW_WINDOW = 64;
/** Blocks of leaders are kept this far above: usually one view, at most a few under reordering. */
export const BLOCK_WINDOW = 8;
/** Votes of views this far below the current one are dropped; their certificates stay. */
export const VOTES_KEPT_VIEWS = 64;
/**
 * Signatures kept so that a later contradiction names its signer, of final views within the
 * evidence window: 8 MB, and some 4,700 views of four validators or 540 of thirty-one.
 */
export const SIGNATURES_KEPT_MAX = 32_768;
/** Above this many unfinalized blocks leaders propose empty ones only. */
export const UNFINALIZED_MAX = 64;
/** Final blocks kept to answer nodes that lack a few; further back block sync is faster. */
export const RECENT_BLOCKS_MAX = 32;
export const RECENT_BYTES_MAX = 32 * 1024 * 1024;
/** With more blocks than this to fetch one by one, a node asks for block sync. */
export const BEHIND_BLOCKS = 8;
/** Open fetches; what finds no place is wanted again when it is looked at again. */
export const WANTS_MAX = 128;
/** A block named by its leader's vote usually arrives with it or right after. */
export const FETCH_DELAY_MS = 50;
/** A block whose transactions are named: those that are missing have the time to come. */
export const OUTLINE_DELAY_MS = 200;
/** Blocks up to this size travel whole: to name their transactions saves less than it may cost. */
export const WHOLE_BYTES_MAX = 16 * 1024;
/** First pause before another holder is asked; grows by itself with each attempt. */
export const FETCH_RETRY_MS = 150;
export const FETCH_RETRY_MAX_MS = 2_000;
/** After as many fruitless attempts, what is final somewhere is left to block sync. */
export const FETCH_ATTEMPTS_BEFORE_SYNC = 3;
/** The proposal has to come in half of a view's time, the acceptance in all of it. */
export const PROPOSAL_SHARE = 0.5;
export const TIMEOUT_GROWTH = 2;
/** Stops the multiplication, not the growth: the cap of the parameters comes long before. */
export const FAILURES_MAX = 20;
/** One status at most this often, however long timeouts are: others may be waiting for it. */
export const RESEND_MAX_MS = 2_000;
/** At most one answer to a peer's statuses in this time. */
export const ANSWER_PAUSE_MS = 100;
/** An empty tip without its finalization after this share of the timeout gets a successor. */
export const SETTLE_SHARE = 0.25;
/** What one peer may fetch in a second; a burst of a few full blocks. */
export const SERVED_BYTES_PER_SECOND_MAX = 32 * 1024 * 1024;
/** What any answer counts at least, so that small ones are bounded, too. */
export const SERVED_BYTES_MIN = 4 * 1024;
/** A validator counts as heard for this long beyond a heartbeat. */
export const HEARD_MS = 10_000;
/** A block's time may be this far ahead of the voter's clock. */
export const AHEAD_MS = 2_000;
/** And this far behind, or the view's timeout if that is longer. */
export const BEHIND_MS = 10_000;
