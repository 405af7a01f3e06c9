/** Conflicts of an apply: a field another manager owns would get another value. Worded as Kubernetes does. */
import { type FieldSet, membersOf, setOfPaths } from './field-set.ts';
import type { Owner } from './managed-fields.ts';
import { formatPath } from './path.ts';

export interface Conflict {
  readonly owner: Owner;
  readonly path: readonly string[];
}

export const conflictsIn = (owner: Owner, set: FieldSet): Conflict[] => membersOf(set).map((path) => ({ owner, path }));
export const conflictSet = (conflicts: readonly Conflict[]): FieldSet => setOfPaths(conflicts.map((c) => c.path));

/** `"kubectl" using apps/v1`, `"kubelet" with subresource "status" using v1`; applies name no version. */
export const formatOwner = ({ manager, subresource, operation, apiVersion }: Owner): string => {
  const through = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  return `${JSON.stringify(manager)}${through}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
};

export const formatConflicts = (conflicts: readonly Conflict[]): string => {
  if (conflicts.length === 1) {
    const [{ owner, path }] = conflicts as [Conflict];
    return `Apply failed with 1 conflict: conflict with ${formatOwner(owner)}: ${formatPath(path)}`;
  }
  const lines = [...new Set(conflicts.map((c) => formatOwner(c.owner)))]
    .sort()
    .flatMap((owner) => [
      `conflicts with ${owner}:`,
      ...conflicts.filter((c) => formatOwner(c.owner) === owner).map((c) => `- ${formatPath(c.path)}`),
    ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
};
