/** How kubectl shows a service. */
import { ageColumn, formatLabels, nameColumn, text, wideText } from '../meta/columns.ts';
import type { Column } from '../resource.ts';
import type { Service } from './service.ts';

const externalCell = ({ spec, status }: Service): string => {
  const external = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return external.join(',') || '<none>';
  const balanced = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '').filter(Boolean);
  return [...new Set([...balanced, ...external])].join(',') || '<pending>';
};

const portsCell = ({ spec }: Service): string =>
  (spec.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`).join(',') || '<none>';

export const serviceColumns: readonly Column[] = [
  nameColumn,
  text('Type', 'How the service is reached.', (service: Service) => service.spec.type ?? ''),
  text(
    'Cluster-IP',
    'Address inside the cluster.',
    (service: Service) => service.spec.clusterIPs?.[0] || service.spec.clusterIP || '<none>',
  ),
  text('External-IP', 'Addresses outside the cluster.', externalCell),
  text('Port(s)', 'Ports, with node ports after a colon.', portsCell),
  ageColumn,
  wideText('Selector', 'Labels of the pods behind the service.', (service: Service) => formatLabels(service.spec.selector)),
];
