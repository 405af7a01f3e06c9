/**
 * Who may see the past: whoever may `get` the object now; a list or a namespace as of a time needs `list`, its own verb each for what is changed. Nodes see the
 * present only: their view ends with the pod, and so must what they can read.
 */
import type { ResourceDefinition } from '#schema/resource.ts';
import type { Server } from '../apiserver/call.ts';
import { forbiddenPath, forbiddenResource, type ResourceAttributes } from '../auth/authorize.ts';
import { nodeOf } from '../auth/user.ts';
import type { UserInfo } from '../registry/registry.ts';

export interface Asked {
  readonly verb: string;
  readonly definition: Pick<ResourceDefinition, 'group' | 'resource'>;
  readonly namespace: string;
  readonly name: string;
}

const attributesOf = ({ verb, definition, namespace, name }: Asked): ResourceAttributes => ({
  verb,
  group: definition.group,
  resource: definition.resource,
  subresource: '',
  namespace,
  name,
  fieldSelector: '',
});

const nodesSeeThePresent = 'nodes see the present only';

export const mayDo = async (
  server: Server,
  user: UserInfo,
  asked: Asked,
): Promise<{ readonly allowed: boolean; readonly reason: string }> =>
  nodeOf(user) === undefined ? server.authorizer.resource(user, attributesOf(asked)) : { allowed: false, reason: nodesSeeThePresent };

/** @throws ApiError Forbidden */
export const assertMay = async (server: Server, user: UserInfo, asked: Asked): Promise<void> => {
  const { allowed, reason } = await mayDo(server, user, asked);
  if (!allowed) throw forbiddenResource(user, attributesOf(asked), reason);
};

/** @throws ApiError Forbidden */
export const assertMayPath = async (server: Server, user: UserInfo, verb: string, path: string): Promise<void> => {
  if (!(await server.authorizer.path(user, verb, path)).allowed) throw forbiddenPath(user, verb, path);
};
