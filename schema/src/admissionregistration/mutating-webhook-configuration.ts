/**
 * MutatingWebhookConfiguration: webhooks that may change requests before they are validated.
 */
import { listMap, message, struct } from '../dsl/field.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { oneOf } from './match-validation.ts';
import { defaultWebhook, MutatingWebhook, webhookColumns } from './webhook.ts';
import { validateWebhooks } from './webhook-validation.ts';

export const MutatingWebhookConfiguration = struct(
  'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  'Webhooks that may change or refuse requests.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    webhooks: listMap(2, MutatingWebhook, ['name'], 'The webhooks.'),
  },
);
export type MutatingWebhookConfiguration = ObjectOf<typeof MutatingWebhookConfiguration>;

export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  resource: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
  updatesNeedVersion: true,
  categories: ['api-extensions'],
  versions: soleVersion('v1', MutatingWebhookConfiguration),
  generation: ({ webhooks }) => webhooks,
  defaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: ({ metadata, webhooks }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateWebhooks(webhooks),
    ...(webhooks ?? []).flatMap(({ reinvocationPolicy }, i) =>
      oneOf(`webhooks[${i}].reinvocationPolicy`, reinvocationPolicy, ['IfNeeded', 'Never']),
    ),
  ],
  columns: webhookColumns,
});
