/**
 * The validator sets that were proven so far, from the genesis on. Where a header names another set
 * than the newest one known, the links to it are fetched and followed; nothing is ever believed
 * without the quorum of the set before.
 */
import { equalBytes } from '../common/bytes.ts';
import { fromJson } from '../common/codec/index.ts';
import { verify } from '../common/signature.ts';
import { decodeHeader } from '../ledger/block.ts';
import type { ChainTrust } from '../ledger/finality.ts';
import {
  followLinks,
  LINKS_MAX,
  type ValidatorLink,
  validatorLinkSchema,
} from '../ledger/validator-links.ts';
import { validatorsHash } from '../ledger/validators.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import { verifyOnce } from './verify-once.ts';

/** What is known about a header's validators. */
export interface HeaderTrust {
  /** The set of the header's epoch as far as is known. */
  readonly trust: ChainTrust;
  /** Whether the header names it; if not, the header's proof does not hold. */
  readonly named: boolean;
  /** The node that was asked for links, if one was. */
  readonly asked: string | undefined;
}

export class KnownValidators {
  readonly chain: Uint8Array;
  /** What answers under them are checked with: many rest on the same signatures. */
  readonly verify = verifyOnce(verify);
  /** In order of epoch, each from its `epoch` on. */
  readonly #sets: ChainTrust[];
  /** What led from each set to the one after it. */
  readonly #links: ValidatorLink[] = [];
  #learning: Promise<unknown> = Promise.resolve();

  constructor(genesis: ChainTrust) {
    this.chain = genesis.chain;
    this.#sets = [genesis];
  }

  get newest(): ChainTrust {
    return this.#sets.at(-1) as ChainTrust;
  }

  /** All sets that were proven, each valid from its `epoch` to the next one's. */
  get sets(): readonly ChainTrust[] {
    return this.#sets;
  }

  /** What proves them, from the genesis on. */
  get links(): readonly ValidatorLink[] {
    return this.#links;
  }

  /**
   * Learns all sets that the node can prove.
   *
   * @throws ProofError where links don't hold; TransportError, RpcError
   */
  async learnAll(client: Client): Promise<void> {
    const learning = this.#learning.then(async () => {
      while ((await this.#learnMore(client)).more);
    });
    this.#learning = learning.catch(() => undefined);
    await learning;
  }

  /** What is believed without a link. */
  get origin(): ChainTrust {
    return this.#sets[0] as ChainTrust;
  }

  /** The links that lead to the set that validates a header (its bytes), as far as is known. */
  linksTo(header: Uint8Array): readonly ValidatorLink[] {
    return this.#links.slice(0, this.#sets.indexOf(this.#lookUp(header).trust));
  }

  /**
   * What the proof under a header (its bytes) is to be held against.
   *
   * @throws ProofError where links don't hold; TransportError, RpcError
   */
  async of(client: Client, header: Uint8Array): Promise<HeaderTrust> {
    const known = this.#lookUp(header);
    if (known.named) return { ...known, asked: undefined };
    // One after the other: many answers at once need the same links.
    const learning = this.#learning.then(() => this.#learn(client, header));
    this.#learning = learning.catch(() => undefined);
    const asked = await learning;
    return { ...this.#lookUp(header), asked };
  }

  #lookUp(bytes: Uint8Array): Omit<HeaderTrust, 'asked'> {
    const header = decodeHeader(this.chain, bytes);
    // Garbage is refused by the proof's own check, with its own code.
    if (!header.ok) return { trust: this.newest, named: true };
    const { epoch, validators } = header.value;
    const trust = this.#sets.findLast((set) => set.epoch <= epoch) ?? (this.#sets[0] as ChainTrust);
    return { trust, named: equalBytes(validatorsHash(this.chain, trust.validators), validators) };
  }

  /** Each round proves at least one more set, so a node can't keep us asking. */
  async #learn(client: Client, header: Uint8Array): Promise<string | undefined> {
    for (;;) {
      const { trust, named } = this.#lookUp(header);
      if (named || trust !== this.newest) return undefined;
      const { url, more } = await this.#learnMore(client);
      if (!more) return url;
    }
  }

  async #learnMore(client: Client): Promise<{ readonly url: string; readonly more: boolean }> {
    const trust = this.newest;
    const { result, url } = await client.ask('chain_links', { fromEpoch: trust.epoch });
    const links = result.links.map((document) => readLink(url, document));
    if (links.length > LINKS_MAX) throw new ProofError('PROOF_LINKS', url, 'too many links');
    const followed = followLinks({ trust, links, verify });
    if (!followed.ok) throw new ProofError(followed.code, url, followed.message);
    this.#sets.push(...followed.value);
    this.#links.push(...links);
    return { url, more: links.length > 0 && result.next !== null };
  }
}

/** @throws ProofError */
export function readLink(url: string, document: Parameters<typeof fromJson>[1]): ValidatorLink {
  const link = fromJson(validatorLinkSchema, document);
  if (!link.ok) throw new ProofError(link.code, url, link.message);
  return link.value;
}
