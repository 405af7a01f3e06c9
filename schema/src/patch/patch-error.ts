/** A patch that cannot be read (400), cannot be applied (422) or is too large (413). The message is for the client. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly status: 400 | 413 | 422;

  constructor(status: 400 | 413 | 422, message: string) {
    super(message);
    this.status = status;
  }
}

/** A patch that should be an object is none, in Go's words. */
export const noMap = (patch: unknown): PatchError => {
  const type = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
  return new PatchError(400, `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`);
};
