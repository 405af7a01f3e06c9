/** Continue tokens: where a list stopped, at which revision, in which incarnation of the database. Opaque to clients. */
import { fromBase64Url, toBase64Url } from '../auth/encoding.ts';
import { badRequest } from './errors.ts';

export interface ContinueToken {
  readonly incarnation: string;
  /** 0: go on at whatever revision is newest (after the first one expired). */
  readonly revision: number;
  readonly namespace: string;
  readonly name: string;
}

export const encodeContinue = ({ incarnation, revision, namespace, name }: ContinueToken): string =>
  toBase64Url(new TextEncoder().encode(JSON.stringify({ v: 1, i: incarnation, r: revision, ns: namespace, n: name })));

/** @throws ApiError BadRequest */
export const decodeContinue = (text: string): ContinueToken => {
  try {
    const { v, i, r, ns, n } = JSON.parse(new TextDecoder().decode(fromBase64Url(text)));
    if (v === 1 && typeof i === 'string' && Number.isSafeInteger(r) && r >= 0 && typeof ns === 'string' && typeof n === 'string') {
      return { incarnation: i, revision: r, namespace: ns, name: n };
    }
  } catch {
    // falls through to the refusal
  }
  throw badRequest('invalid continue token: continue key is not valid: incorrect encoded data for continue parameter');
};
