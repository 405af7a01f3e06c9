/** Warnings about a Service, in upstream's words: fields that do nothing beside others, an annotation of the past. */
import type { KubeObject } from '../resource.ts';

const oldHints = 'service.kubernetes.io/topology-aware-hints';
const newHints = 'service.kubernetes.io/topology-mode';

export const serviceWarnings = ({ metadata, spec = {} }: KubeObject): string[] => {
  const warnings: string[] = [];
  const { clusterIP, type, loadBalancerIP, externalIPs = [], sessionAffinity = 'None' } = spec;
  if (metadata.annotations?.[oldHints] !== undefined) warnings.push(`annotation ${oldHints} is deprecated, please use ${newHints} instead`);
  if (clusterIP === 'None') {
    const ignored = (field: string) => warnings.push(`${field} is ignored when spec.clusterIP is "None"`);
    if (loadBalancerIP) ignored('spec.loadBalancerIP');
    if (externalIPs.length > 0) ignored('spec.externalIPs');
    if (sessionAffinity !== 'None') ignored('spec.SessionAffinity');
  }
  if (type === 'ExternalName' && spec.externalIPs) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  return warnings;
};
