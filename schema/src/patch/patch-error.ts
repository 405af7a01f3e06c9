/** A patch that cannot be read (400), cannot be applied (422) or is too large (413). The message is for the client. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly status: 400 | 413 | 422;

  constructor(status: 400 | 413 | 422, message: string) {
    super(message);
    this.status = status;
  }
}
