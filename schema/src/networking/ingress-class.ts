/**
 * IngressClass: which controller serves the ingresses that name it.
 */
import { type Infer, message, str, struct } from '../dsl/field.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, immutable, invalid, notSupported, required, tooLong } from '../validation/errors.ts';
import { isDNS1123Label, isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { validateReference } from './ingress-validation.ts';

const MAX_CONTROLLER_BYTES = 250;

export const IngressClassParametersReference = struct(
  'io.k8s.api.networking.v1.IngressClassParametersReference',
  'An object with settings for the controller.',
  {
    apiGroup: str(1, 'API group of the object; absent for core.', { pointer: true }),
    kind: str(2, 'Kind of the object.', { required: true, default: '' }),
    name: str(3, 'Name of the object.', { required: true, default: '' }),
    scope: str(4, 'Cluster or Namespace.', { pointer: true }),
    namespace: str(5, 'Namespace of the object, for the scope Namespace.', { pointer: true }),
  },
);
export type IngressClassParametersReference = Infer<typeof IngressClassParametersReference>;

export const IngressClassSpec = struct('io.k8s.api.networking.v1.IngressClassSpec', 'The controller and its settings.', {
  controller: str(1, 'Name of the controller, as example.com/ingress; cannot change.'),
  parameters: message(2, IngressClassParametersReference, 'Settings of the controller.'),
});
export type IngressClassSpec = Infer<typeof IngressClassSpec>;

export const IngressClass = struct('io.k8s.api.networking.v1.IngressClass', 'Which controller serves the ingresses that name it.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, IngressClassSpec, 'The desired state.', { default: {} }),
});
export type IngressClass = ObjectOf<typeof IngressClass, 'spec'>;

const validateController = (controller: string): FieldError[] => {
  const at = 'spec.controller';
  if (controller === '') return [required(at)];
  const errors = controller.length > MAX_CONTROLLER_BYTES ? [tooLong(at, MAX_CONTROLLER_BYTES)] : [];
  const slash = controller.indexOf('/');
  const host = controller.slice(0, Math.max(0, slash));
  const path = controller.slice(slash + 1);
  if (host === '' || path === '') {
    return [...errors, invalid(at, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  return [...errors, ...problems(at, host, isDNS1123Subdomain(host))];
};

const validateParameters = (parameters: IngressClassParametersReference | undefined): FieldError[] => {
  if (!parameters) return [];
  const at = 'spec.parameters';
  const { scope, namespace } = parameters;
  const errors = validateReference(parameters, at);
  if (scope === undefined) errors.push(required(`${at}.scope`));
  else if (scope === 'Namespace') {
    if (!namespace) errors.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else errors.push(...problems(`${at}.namespace`, namespace, isDNS1123Label(namespace)));
  } else if (scope === 'Cluster') {
    if (namespace !== undefined) errors.push(forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  } else errors.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  return errors;
};

export const ingressClasses = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  resource: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
  versions: soleVersion('v1', IngressClass),
  defaults: ({ spec }) => {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ metadata, spec }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateController(spec.controller ?? ''),
    ...validateParameters(spec.parameters),
    ...(old && old.spec.controller !== spec.controller ? [immutable('spec.controller', spec.controller ?? '')] : []),
  ],
  columns: [
    nameColumn,
    text('Controller', 'The controller.', ({ spec }: IngressClass) => spec.controller ?? ''),
    text('Parameters', 'Object with settings of the controller.', ({ spec: { parameters: p } }: IngressClass) =>
      p ? `${p.kind}${p.apiGroup === undefined ? '' : `.${p.apiGroup}`}/${p.name}` : '<none>',
    ),
    ageColumn,
  ],
});
