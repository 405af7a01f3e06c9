/** How kubectl shows a node. */
import { ageColumn, nameColumn, text, wideText } from '../meta/columns.ts';
import { getCondition } from '../meta/conditions.ts';
import type { Column } from '../resource.ts';
import type { Node } from './node.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** Roles by label, sorted. */
export const nodeRoles = (node: Node): string[] => {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(ROLE_PREFIX)) return [label.slice(ROLE_PREFIX.length)];
    return label === ROLE_LABEL && value ? [value] : [];
  });
  return [...new Set(roles.filter(Boolean))].sort();
};

const statusCell = (node: Node): string => {
  const ready = getCondition(node.status?.conditions, 'Ready');
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (node.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
};

const address = (node: Node, type: string): string => node.status?.addresses?.find((a) => a.type === type)?.address ?? '<none>';

export const nodeColumns: readonly Column[] = [
  nameColumn,
  text('Status', 'Whether the node is ready, and whether it takes new pods.', statusCell),
  text('Roles', 'Roles of the node, from its labels.', (node: Node) => nodeRoles(node).join(',') || '<none>'),
  ageColumn,
  text('Version', 'Version the node agent reports.', (node: Node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
  wideText('Internal-IP', 'Address inside the cluster.', (node: Node) => address(node, 'InternalIP')),
  wideText('External-IP', 'Address outside the cluster.', (node: Node) => address(node, 'ExternalIP')),
  wideText('OS-Image', 'Operating system.', (node: Node) => node.status?.nodeInfo?.osImage || '<unknown>'),
  wideText('Kernel-Version', 'Kernel.', (node: Node) => node.status?.nodeInfo?.kernelVersion || '<unknown>'),
  wideText('Container-Runtime', 'Container runtime.', (node: Node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>'),
];
