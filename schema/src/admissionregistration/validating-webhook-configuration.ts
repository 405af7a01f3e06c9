/**
 * ValidatingWebhookConfiguration: webhooks that may refuse requests after all changes.
 */
import { listMap, message, struct } from '../dsl/field.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { defaultWebhook, ValidatingWebhook, webhookColumns } from './webhook.ts';
import { validateWebhooks } from './webhook-validation.ts';

export const ValidatingWebhookConfiguration = struct(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  'Webhooks that may refuse requests.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    webhooks: listMap(2, ValidatingWebhook, ['name'], 'The webhooks.'),
  },
);
export type ValidatingWebhookConfiguration = ObjectOf<typeof ValidatingWebhookConfiguration>;

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  resource: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
  updatesNeedVersion: true,
  categories: ['api-extensions'],
  versions: soleVersion('v1', ValidatingWebhookConfiguration),
  generation: ({ webhooks }) => webhooks,
  defaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook);
  },
  validate: ({ metadata, webhooks }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateWebhooks(webhooks),
  ],
  columns: webhookColumns,
});
