/** Which configured webhooks a request must pass: in the order of the configurations' names, then as they stand in them. */
import type { MutatingWebhook, ValidatingWebhook } from '#schema/admissionregistration/webhook.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { forbidden, notFound } from '../../apiserver/errors.ts';
import type { AwaitedContext, AwaitedRequest } from '../awaited.ts';
import { isExempt } from '../configurations.ts';
import { isEverything, type MatchedVersion, matchedVersion, matchesNamespaceSelector, matchesObjectSelector } from '../matching.ts';
import { namespaceKey } from '../namespace-lifecycle.ts';
import { evaluateConditions } from './conditions.ts';
import { matchedRequest } from './review.ts';

export interface Hook {
  /** Unique in the cluster: configuration, its uid, webhook. */
  readonly id: string;
  readonly webhook: ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;
}

const flattened = new WeakMap<readonly KubeObject[], readonly Hook[]>();

/** `configurations` by name. Kept as long as they are the same. */
export const hooksOf = (configurations: readonly KubeObject[]): readonly Hook[] => {
  const known = flattened.get(configurations);
  if (known) return known;
  const hooks = configurations.flatMap(({ metadata, webhooks = [] }) =>
    (webhooks as Hook['webhook'][]).map((webhook) => ({ id: `${metadata.name}/${metadata.uid}/${webhook.name}`, webhook })),
  );
  flattened.set(configurations, hooks);
  return hooks;
};

/** By its rules alone. */
export const ruledBy = ({ webhook }: Hook, request: AwaitedRequest): MatchedVersion | undefined =>
  isExempt(storageKey(request.definition))
    ? undefined
    : matchedVersion(webhook.rules, webhook.matchPolicy, matchedRequest(request), request.definition);

const namespaceResource = 'core/namespaces';

/** A namespace is judged by the labels it will have; what is in one by those the namespace has. Objects of the cluster are always selected. */
const inNamespaces = async ({ webhook }: Hook, request: AwaitedRequest, context: AwaitedContext): Promise<boolean> => {
  const { namespaceSelector } = webhook;
  const { definition, namespace, operation, object, subresource } = request;
  if (isEverything(namespaceSelector)) return true;
  if (storageKey(definition) === namespaceResource && (operation === 'create' || operation === 'update') && !subresource)
    return matchesNamespaceSelector(namespaceSelector, object.metadata.labels);
  const name = storageKey(definition) === namespaceResource ? request.name : namespace;
  if (!name) return true;
  const found = await context.lookup(namespaceKey(name));
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, name);
  return matchesNamespaceSelector(namespaceSelector, found.metadata.labels);
};

/** The version to ask in when the webhook must be asked. @throws ApiError Forbidden when its conditions fail and it may not be passed over */
export const matched = async (hook: Hook, request: AwaitedRequest, context: AwaitedContext): Promise<MatchedVersion | undefined> => {
  const place = ruledBy(hook, request);
  if (!place) return undefined;
  const { webhook } = hook;
  const [now, before] = request.operation === 'delete' ? [undefined, request.object] : [request.object, request.old];
  if (!matchesObjectSelector(webhook.objectSelector, now, before)) return undefined;
  if (!(await inNamespaces(hook, request, context))) return undefined;
  const conditions = webhook.matchConditions ?? [];
  if (conditions.length === 0) return place;
  const outcome = await evaluateConditions(conditions, request, place, context);
  if ('matches' in outcome) return outcome.matches ? place : undefined;
  if (webhook.failurePolicy === 'Ignore') return undefined;
  throw forbidden(request.definition, request.name, outcome.error);
};
