/**
 * Names of properties as an expression writes them: what CEL keeps for itself or cannot read is spelled out.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
const keywords: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const accessible = /^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/;
const spelled: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };

/** undefined: no expression can name it. */
export const escapeName = (name: string): string | undefined => {
  if (!accessible.test(name)) return undefined;
  if (keywords.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (found) => spelled[found]!);
};
