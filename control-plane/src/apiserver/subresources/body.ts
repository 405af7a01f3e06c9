/** The body of a subresource that is a kind of its own (Binding, Scale, TokenRequest ...). */
import { applyDefaults } from '#schema/dsl/default.ts';
import type { KubeObject, SubresourceDefinition } from '#schema/resource.ts';
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

export const createOptions = ({ fieldManager, dryRun }: WriteOptions): Record<string, unknown> => ({
  kind: 'CreateOptions',
  apiVersion: 'meta.k8s.io/v1',
  ...(dryRun ? { dryRun: ['All'] } : {}),
  ...(fieldManager ? { fieldManager } : {}),
});

/** Webhooks and policies judge what was sent to a subresource that is written in no form of its own. @throws ApiError */
export const reviewSent = async (
  call: Call,
  { object, dryRun, options }: { readonly object: KubeObject; readonly dryRun: boolean; readonly options: Record<string, unknown> },
): Promise<void> => {
  const { target, actor, server, heard } = call;
  const { definition, namespace, name, subresource, groupVersion } = target;
  const sub = declaredSubresource(call);
  const sentKind = { group: sub.group ?? target.group, version: sub.version ?? target.version, kind: sub.kind };
  const common = { definition, namespace, name, subresource, actor, apiVersion: groupVersion, sentKind, dryRun, options };
  await server.registry.review({ ...common, operation: 'create', object }, heard);
};

/** Decoded, defaulted, and placed by the path. `also`: other versions of the same form. @throws ApiError */
export const readSubresource = async (call: Call, options: WriteOptions, also: readonly string[] = []): Promise<any> => {
  const sub = declaredSubresource(call);
  if (!sub.schema) throw new ApiError('InternalError', `no body is known for ${sub.name}`);
  const expected: Expected = { schema: sub.schema, groupVersion: groupVersionOf(call, sub), kind: sub.kind, also };
  const body = await readObject(call.request, expected, { ...options, warnings: call.warnings });
  if (body === undefined) throw badRequest('the request body is empty');
  applyDefaults(sub.schema, body);
  return placeObject(call.target, body);
};
