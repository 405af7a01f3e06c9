/** What a webhook's refusal or failure becomes. */
import { type ApiError, internal, type StatusDetails } from '../../apiserver/errors.ts';
import { ForeignStatus } from '../../apiserver/foreign-status.ts';

/** The webhook could not be asked, or did not answer as it must; `failurePolicy` decides. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  constructor(webhook: string, why: string) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
  }

  toApiError(): ApiError {
    return internal(this.message);
  }
}

interface Result {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: unknown;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `admission webhook "x" denied the request: why`. */
export const denied = (webhook: string, result: unknown): ApiError => {
  const { code, message, reason, details } = (typeof result === 'object' && result !== null ? result : {}) as Result;
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = textOf(message) || textOf(reason);
  return new ForeignStatus({
    code: typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : 400,
    message: why ? `${by}: ${why}` : `${by} without explanation`,
    reason: textOf(reason),
    ...(typeof details === 'object' && details !== null ? { details: details as StatusDetails } : {}),
  });
};
