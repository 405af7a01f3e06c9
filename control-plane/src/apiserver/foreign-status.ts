/** A refusal in the words of somebody else, a webhook or an aggregated API: any code, any reason or none. */
import { ApiError, type Reason, type StatusDetails } from './errors.ts';

export interface ForeignStatusFields {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
}

export class ForeignStatus extends ApiError {
  override readonly code: number;
  override readonly reason: Reason;

  constructor({ code, message, reason, details }: ForeignStatusFields) {
    super('BadRequest', message, details);
    this.name = 'ForeignStatus';
    this.code = code;
    // undefined is left out of the Status, as an empty reason is in Kubernetes
    this.reason = (reason || undefined) as Reason;
  }
}
