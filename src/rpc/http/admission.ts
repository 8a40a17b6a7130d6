/**
 * How much may be under way at once: requests, and the bytes of bodies that are being read. Looked
 * at before a body is read, so that senders of many large ones cannot fill the memory.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BODIES_BYTES_MAX, BODY_BYTES_MAX, REQUESTS_MAX } from '../limits.ts';

export interface AdmissionOptions {
  readonly requestsMax?: number;
  /** Hears of every change. */
  onRequests(count: number): void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  #requests = 0;
  #bytes = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Lets a request in until its response is done; false where there is no room. */
  admit(request: FastifyRequest, reply: FastifyReply): boolean {
    const bytes = bodyBytes(request);
    const full = this.#requests >= (this.#options.requestsMax ?? REQUESTS_MAX);
    if (full || this.#bytes + bytes > BODIES_BYTES_MAX) return false;
    this.#add(1, bytes);
    reply.raw.once('close', () => this.#add(-1, -bytes));
    return true;
  }

  #add(requests: number, bytes: number): void {
    this.#requests += requests;
    this.#bytes += bytes;
    this.#options.onRequests(this.#requests);
  }
}

/** What the body may take: as declared, else the most; one that is too large is never read. */
function bodyBytes({ headers }: FastifyRequest): number {
  const declared = Number(headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(declared)) return BODY_BYTES_MAX;
  return declared > BODY_BYTES_MAX ? 0 : declared;
}
