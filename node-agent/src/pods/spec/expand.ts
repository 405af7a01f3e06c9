/** `$(VAR)` in commands, arguments and environment values; `$$` is a dollar, an unknown variable stays as it is written. */
export const expand = (text: string, variable: (name: string) => string | undefined): string =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) => (name === undefined ? '$' : (variable(name) ?? whole)));
