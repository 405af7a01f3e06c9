/** What a node must be. Light: agents register themselves. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden } from '../validation/errors.ts';
import { validateCIDR } from '../validation/ip.ts';
import { isQualifiedName, isValidLabelValue } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { Node } from './node.ts';
import type { Taint } from './placement.ts';

export const validateNode = (node: Node, old?: Node): FieldError[] => {
  const errors = [
    ...validateObjectMeta(node.metadata, { namespaced: false }, old?.metadata),
    ...validateTaints(node.spec?.taints),
    ...(node.spec?.podCIDRs ?? []).flatMap((cidr, i) => validateCIDR(`spec.podCIDRs[${i}]`, cidr)),
  ];
  if (!old) return errors;
  if (old.spec?.podCIDR && node.spec?.podCIDR !== old.spec.podCIDR) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
};

const validateTaints = (taints: readonly Taint[] | undefined): FieldError[] => {
  const seen = new Set<string>();
  return (taints ?? []).flatMap(({ key, value = '', effect }, i) => {
    const at = `spec.taints[${i}]`;
    const errors = [...problems(`${at}.key`, key, isQualifiedName(key)), ...problems(`${at}.value`, value, isValidLabelValue(value))];
    const same = `${key}:${effect}`;
    if (seen.has(same)) errors.push(duplicate(at, { key, effect }));
    seen.add(same);
    return errors;
  });
};
