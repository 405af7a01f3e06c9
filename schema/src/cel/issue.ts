/** Problems of an expression's text, shown as upstream shows them: message, place, the line and a mark below it. */

export interface Issue {
  readonly pos: number;
  readonly message: string;
}

/** Stops compiling. */
export class CelSyntaxError extends Error {
  override readonly name = 'CelSyntaxError';
  readonly pos: number;
  constructor(pos: number, message: string) {
    super(message);
    this.pos = pos;
  }
}

const MAX_SHOWN = 10;

const show = (source: string, { pos, message }: Issue): string => {
  const before = source.slice(0, pos);
  const line = before.split('\n').length;
  const start = before.lastIndexOf('\n') + 1;
  const end = source.indexOf('\n', start);
  const text = source.slice(start, end < 0 ? undefined : end);
  const column = [...source.slice(start, pos)].length;
  // text that is too long to be repeated is not
  if (text.length > 1000) return `ERROR: <input>:${line}:${column + 1}: ${message}`;
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`;
};

export const showIssues = (source: string, issues: readonly Issue[]): string =>
  [...issues]
    .sort((a, b) => a.pos - b.pos)
    .slice(0, MAX_SHOWN)
    .map((issue) => show(source, issue))
    .join('\n');
