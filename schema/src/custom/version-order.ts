/** Versions as Kubernetes prefers them: v2, v1, v1beta2, v1beta1, v1alpha1, then all others by name. */
const form = /^v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?$/;
const stages = ['alpha', 'beta', undefined];

export const compareVersions = (a: string, b: string): number => {
  const [x, y] = [form.exec(a), form.exec(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  const stage = stages.indexOf(y[2]) - stages.indexOf(x[2]);
  return stage || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0);
};
