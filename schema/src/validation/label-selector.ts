/**
 * Validation of metav1.LabelSelector.
 */
import type { FieldError } from '../resource.ts';
import { forbidden, invalid, required } from './errors.ts';
import { isQualifiedName, isValidLabelValue } from './names.ts';
import { validateLabels } from './object-meta.ts';

/** The part of metav1.LabelSelector that matters here. */
export interface LabelSelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

export const validateLabelSelector = (selector: LabelSelectorLike | undefined, path: string): FieldError[] => {
  if (!selector) return [];
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [i, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    errors.push(...isQualifiedName(key ?? '').map((problem) => invalid(`${at}.key`, key ?? '', problem)));
    for (const [k, value] of values.entries()) {
      errors.push(...isValidLabelValue(value).map((problem) => invalid(`${at}.values[${k}]`, value, problem)));
    }
  }
  return errors;
};
