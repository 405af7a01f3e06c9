/**
 * Ingress: HTTP routes from outside to services.
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
import { TypedLocalObjectReference } from '../core/reference.ts';
import { type Infer, inline, int32, list, message, str, struct } from '../dsl/field.ts';
import { ageColumn, firstFew, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateIngress } from './ingress-validation.ts';

export const ServiceBackendPort = struct(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  'A port of a service, by name or by number.',
  {
    name: str(1, 'Name of the port.'),
    number: int32(2, 'Number of the port.'),
  },
  { atomic: true },
);
export type ServiceBackendPort = Infer<typeof ServiceBackendPort>;

export const IngressServiceBackend = struct('io.k8s.api.networking.v1.IngressServiceBackend', 'A service that answers.', {
  name: str(1, 'Name of the service, in the namespace of the ingress.', { required: true, default: '' }),
  port: message(2, ServiceBackendPort, 'Its port.'),
});
export type IngressServiceBackend = Infer<typeof IngressServiceBackend>;

export const IngressBackend = struct('io.k8s.api.networking.v1.IngressBackend', 'Who answers a request: a service or another object.', {
  service: message(4, IngressServiceBackend, 'A service; excludes resource.'),
  resource: message(3, TypedLocalObjectReference, 'Another object of the namespace; excludes service.'),
});
export type IngressBackend = Infer<typeof IngressBackend>;

export const HTTPIngressPath = struct('io.k8s.api.networking.v1.HTTPIngressPath', 'Requests for a path and who answers them.', {
  path: str(1, 'Path, beginning with a slash.'),
  pathType: str(3, 'Exact, Prefix (by path elements) or ImplementationSpecific.', { required: true, pointer: true, default: '' }),
  backend: message(2, IngressBackend, 'Who answers.', { required: true, default: {} }),
});
export type HTTPIngressPath = Infer<typeof HTTPIngressPath>;

export const HTTPIngressRuleValue = struct('io.k8s.api.networking.v1.HTTPIngressRuleValue', 'Paths of a host.', {
  paths: list(1, HTTPIngressPath, 'Paths and who answers them.', { required: true, default: [] }),
});
export type HTTPIngressRuleValue = Infer<typeof HTTPIngressRuleValue>;

export const IngressRuleValue = struct('io.k8s.api.networking.v1.IngressRuleValue', 'What follows the host.', {
  http: message(1, HTTPIngressRuleValue, 'Paths of HTTP requests.'),
});

export const IngressRule = struct('io.k8s.api.networking.v1.IngressRule', 'What happens to requests for a host.', {
  host: str(1, 'Host name, or a wildcard as *.example.com; empty for all.'),
  'inline:ingressRuleValue': inline(2, IngressRuleValue),
});
export type IngressRule = Infer<typeof IngressRule>;

export const IngressTLS = struct('io.k8s.api.networking.v1.IngressTLS', 'A certificate for some hosts.', {
  hosts: list(1, 'string', 'Hosts in the certificate.'),
  secretName: str(2, 'Secret with certificate and key.'),
});
export type IngressTLS = Infer<typeof IngressTLS>;

export const IngressSpec = struct('io.k8s.api.networking.v1.IngressSpec', 'Routes and certificates.', {
  ingressClassName: str(4, 'IngressClass whose controller serves it.', { pointer: true }),
  defaultBackend: message(1, IngressBackend, 'Who answers requests that no rule fits.'),
  tls: list(2, IngressTLS, 'Certificates.'),
  rules: list(3, IngressRule, 'Routes by host.'),
});
export type IngressSpec = Infer<typeof IngressSpec>;

export const IngressPortStatus = struct('io.k8s.api.networking.v1.IngressPortStatus', 'State of one port.', {
  port: int32(1, 'Port number.', { required: true, default: 0 }),
  protocol: str(2, 'TCP, UDP or SCTP.', { required: true, default: '' }),
  error: str(3, 'What went wrong.', { pointer: true }),
});

export const IngressLoadBalancerIngress = struct('io.k8s.api.networking.v1.IngressLoadBalancerIngress', 'One way in.', {
  ip: str(1, 'IP address.'),
  hostname: str(2, 'Host name.'),
  ports: list(4, IngressPortStatus, 'State of its ports.'),
});

export const IngressLoadBalancerStatus = struct('io.k8s.api.networking.v1.IngressLoadBalancerStatus', 'State of the load balancer.', {
  ingress: list(1, IngressLoadBalancerIngress, 'Ways in.'),
});

export const IngressStatus = struct('io.k8s.api.networking.v1.IngressStatus', 'What was observed of an ingress.', {
  loadBalancer: message(1, IngressLoadBalancerStatus, 'State of its load balancer.', { default: {} }),
});

export const Ingress = struct('io.k8s.api.networking.v1.Ingress', 'HTTP routes from outside to services.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, IngressSpec, 'The desired state.', { default: {} }),
  status: message(3, IngressStatus, 'The observed state; written by the cluster.'),
});
export type Ingress = ObjectOf<typeof Ingress, 'spec'>;

const classAnnotation = 'kubernetes.io/ingress.class';

const hostsOf = ({ spec }: Ingress): string => firstFew((spec.rules ?? []).flatMap(({ host }) => host || [])) || '*';

export const ingresses = defineResource<Ingress>({
  group: 'networking.k8s.io',
  resource: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
  shortNames: ['ing'],
  inactive:
    'no controller of this control plane acts on an Ingress: one that you install may; a Service of type NodePort is reached from outside',
  versions: soleVersion('v1', Ingress),
  hasStatus: true,
  validate: validateIngress,
  warnings: ({ metadata }, old) =>
    !old && metadata.annotations?.[classAnnotation] !== undefined
      ? [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  prepareCreate: (ingress) => {
    ingress.status = { loadBalancer: {} };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Class', 'Class whose controller serves it.', ({ spec }: Ingress) => spec.ingressClassName ?? '<none>'),
    text('Hosts', 'Hosts it has rules for.', hostsOf),
    text('Address', 'Ways in.', ({ status }: Ingress) =>
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').join(','),
    ),
    text('Ports', 'Ports it listens on.', ({ spec }: Ingress) => (spec.tls?.length ? '80, 443' : '80')),
    ageColumn,
  ],
});
