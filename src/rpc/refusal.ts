/**
 * How a handler says no. It throws a `Refusal`; the dispatcher turns it into an error object, and
 * everything else that is thrown into INTERNAL_ERROR. Nothing gets past the dispatcher.
 */
import {
  type ErrorData,
  RPC_ERRORS,
  type RpcErrorName,
  type RpcErrorObject,
} from './schema/errors.ts';

export interface RefusalDetails extends Partial<ErrorData> {
  /** For people; the table's words where left out. */
  readonly message?: string;
}

/** Thrown inside this room only. */
export class Refusal extends Error {
  readonly error: RpcErrorObject;

  constructor(name: RpcErrorName, details: RefusalDetails = {}) {
    const error = errorObject(name, details);
    super(error.message);
    this.error = error;
  }
}

export function refuse(name: RpcErrorName, details?: RefusalDetails): never {
  throw new Refusal(name, details);
}

/** `data.code` is the error's own name unless a finer one is given. */
export function errorObject(name: RpcErrorName, details: RefusalDetails = {}): RpcErrorObject {
  const { message, ...data } = details;
  const { code, message: words } = RPC_ERRORS[name];
  return { code, message: message ?? words, data: { code: name, retryable: false, ...data } };
}
