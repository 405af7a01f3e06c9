/** Taints and tolerations. @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
import type { Taint, Toleration } from '#schema/core/placement.ts';

type TaintLike = Pick<Taint, 'key' | 'effect'> & { readonly value?: string };

export const tolerates = (toleration: Toleration, taint: TaintLike): boolean => {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
    default:
      return false;
  }
};

export const toleratesTaint = (tolerations: readonly Toleration[] | undefined, taint: TaintLike): boolean =>
  (tolerations ?? []).some((toleration) => tolerates(toleration, taint));
