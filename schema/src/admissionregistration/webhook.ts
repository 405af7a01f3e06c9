/**
 * What validating and mutating webhooks share: where they are, what they are asked about, and what happens when they do not answer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import { bytes, type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { ageColumn, integer, nameColumn } from '../meta/columns.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';
import type { Column } from '../resource.ts';
import { defaultRule, matchConditions, RuleWithOperations } from './match.ts';

const NAME = 'io.k8s.api.admissionregistration.v1';

export const ServiceReference = struct(`${NAME}.ServiceReference`, 'A service of the cluster.', {
  namespace: str(1, 'Namespace of the service.', { required: true, default: '' }),
  name: str(2, 'Name of the service.', { required: true, default: '' }),
  path: str(3, 'URL path of requests.', { pointer: true }),
  port: int32(4, 'Port of the service; 443 by default.', { pointer: true }),
});

export const WebhookClientConfig = struct(`${NAME}.WebhookClientConfig`, 'Where a webhook is: at a URL, or a service.', {
  url: str(3, 'HTTPS URL; excludes service.', { pointer: true }),
  service: message(1, ServiceReference, 'A service of the cluster; excludes url.'),
  caBundle: bytes(2, 'Certificates as PEM that its certificate is checked with.'),
});
export type WebhookClientConfig = Infer<typeof WebhookClientConfig>;

/** Fields that have the same number in both kinds of webhook. */
export const webhookFields = {
  name: str(1, 'Fully qualified name, as check.example.com.', { required: true, default: '' }),
  clientConfig: message(2, WebhookClientConfig, 'Where it is.', { required: true, default: {} }),
  rules: list(3, RuleWithOperations, 'Requests it is asked about; any rule will do.'),
  failurePolicy: str(4, 'Fail (the default) or Ignore, when it cannot be asked.', { pointer: true }),
  matchPolicy: str(9, 'Exact, or Equivalent (the default) for other versions of the resources too.', { pointer: true }),
  namespaceSelector: message(5, LabelSelector, 'Labels of the namespace of the object.'),
  sideEffects: str(6, 'None or NoneOnDryRun.', { required: true, pointer: true, default: '' }),
  timeoutSeconds: int32(7, 'Seconds to wait for it, 1 to 30; 10 by default.', { pointer: true }),
  admissionReviewVersions: list(8, 'string', 'Versions of AdmissionReview it knows, best first.', { required: true, default: [] }),
} as const;

export const ValidatingWebhook = struct(`${NAME}.ValidatingWebhook`, 'A webhook that may refuse requests.', {
  ...webhookFields,
  objectSelector: message(10, LabelSelector, 'Labels of the object.'),
  matchConditions: matchConditions(11),
});
export type ValidatingWebhook = Infer<typeof ValidatingWebhook>;

export const MutatingWebhook = struct(`${NAME}.MutatingWebhook`, 'A webhook that may change or refuse requests.', {
  ...webhookFields,
  objectSelector: message(11, LabelSelector, 'Labels of the object.'),
  reinvocationPolicy: str(10, 'IfNeeded asks again when a later webhook changed the object; Never does not.', { pointer: true }),
  matchConditions: matchConditions(12),
});
export type MutatingWebhook = Infer<typeof MutatingWebhook>;

export const defaultWebhook = (webhook: ValidatingWebhook): void => {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) defaultRule(rule);
};

export const webhookColumns: readonly Column[] = [
  nameColumn,
  integer('Webhooks', 'Number of webhooks.', (o: { metadata: ObjectMeta; webhooks?: unknown[] }) => o.webhooks?.length ?? 0),
  ageColumn,
];
