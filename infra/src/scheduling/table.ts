/** Columns for a terminal: as wide as their widest cell, three spaces between. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], indent = ''): string[] => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => (indent + row.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')).trimEnd());
};

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
