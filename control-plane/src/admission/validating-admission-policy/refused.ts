/** How a refusal of a policy reaches the client. Wording and code are upstream's. */
import { ApiError, forbidden, type Reason, reasons } from '../../apiserver/errors.ts';
import type { AwaitedRequest } from '../awaited.ts';
import type { Refusal } from './decide.ts';

export interface Denial {
  readonly policy: string;
  /** '' where no binding is to blame. */
  readonly binding: string;
  readonly refusal: Refusal;
}

export const denialText = ({ policy, binding, refusal }: Denial): string =>
  `ValidatingAdmissionPolicy '${policy}'${binding ? ` with binding '${binding}'` : ''} denied request: ${refusal.message}`;

export const warningText = ({ policy, binding, refusal }: Denial): string =>
  `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${refusal.message}`;

export const asApiError = ({ definition, name }: AwaitedRequest, denial: Denial): ApiError => {
  const text = denialText(denial);
  const { message, details } = forbidden(definition, name, text);
  const { reason } = denial.refusal;
  const known: Reason = Object.hasOwn(reasons, reason) ? (reason as Reason) : 'Invalid';
  return new ApiError(known, message, { ...details, causes: [...(details?.causes ?? []), { message: text }] });
};
