/** The body of a subresource that is a kind of its own (Binding, Scale, TokenRequest ...). */
import { applyDefaults } from '#schema/dsl/default.ts';
import type { SubresourceDefinition } from '#schema/resource.ts';
import { type Expected, readObject } from '../body.ts';
import type { Call } from '../call.ts';
import { ApiError, badRequest, unknownPath } from '../errors.ts';
import type { WriteOptions } from '../options.ts';
import { findSubresource } from '../subresource-list.ts';
import { placeObject } from '../write.ts';

export const groupVersionOf = (call: Call, sub: SubresourceDefinition): string => {
  const group = sub.group ?? call.target.group;
  const version = sub.version ?? call.target.version;
  return group ? `${group}/${version}` : version;
};

/** @throws ApiError NotFound */
export const declaredSubresource = (call: Call): SubresourceDefinition => {
  const sub = findSubresource(call.target.definition, call.target.subresource);
  if (!sub) throw unknownPath();
  return sub;
};

/** Decoded, defaulted, and placed by the path. @throws ApiError */
export const readSubresource = async (call: Call, options: WriteOptions): Promise<any> => {
  const sub = declaredSubresource(call);
  if (!sub.schema) throw new ApiError('InternalError', `no body is known for ${sub.name}`);
  const expected: Expected = { schema: sub.schema, groupVersion: groupVersionOf(call, sub), kind: sub.kind };
  const body = await readObject(call.request, expected, { ...options, warnings: call.warnings });
  if (body === undefined) throw badRequest('the request body is empty');
  applyDefaults(sub.schema, body);
  return placeObject(call.target, body);
};
