/** Rows as aligned text, as kubectl prints them. Control characters of what others wrote stay out of the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?');

export const tableText = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = [heads, ...rows].map((row) => row.map((cell) => printable(cell || '-')));
  const widths = heads.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
};
