/**
 * YAML of request bodies to plain values, in time that grows with the text alone: work is bounded by tokens, one error is enough, and repeated keys are looked for
 * here, as the library compares every key with every other. The last of several equal keys wins, as in JSON.
 */
import { Composer, type CST, type Document, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml';
import { YamlError } from './yaml-error.ts';

export interface ParsedYaml {
  readonly value: unknown;
  /** Such as `line 6: key "a" already set in map`, in order of appearance. */
  readonly duplicates: string[];
}

/** Marks, scalars, spaces and line ends; an object of the largest size has fewer. */
const MAX_TOKENS = 300_000;
const MAX_DEPTH = 10_000;
const MAX_DUPLICATES = 20;
const options = { version: '1.1', schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;

/** @throws YamlError */
export const parseYamlText = (text: string): ParsedYaml => {
  const lines = new LineCounter();
  try {
    const document = documentOf(text, lines);
    if (!document) return { value: null, duplicates: [] };
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new YamlError(`${error.message.slice(0, 500)} at line ${line}, column ${col}`);
    }
    return { value: document.toJS({ maxAliasCount: 100 }), duplicates: duplicatesOf(document.contents, lines) };
  } catch (error) {
    if (error instanceof RangeError) throw new YamlError('exceeded max depth');
    if (error instanceof ReferenceError) throw new YamlError(error.message);
    throw error;
  }
};

const documentOf = (text: string, lines: LineCounter): Document.Parsed | undefined => {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let seen = 0;
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++seen > MAX_TOKENS) throw new YamlError(`the document has more than ${MAX_TOKENS} tokens`);
    if (lexeme === '[' || lexeme === '{') depth++;
    else if (lexeme === ']' || lexeme === '}') depth--;
    if (depth > MAX_DEPTH) throw new YamlError(`exceeded max depth of ${MAX_DEPTH}`);
    for (const token of parser.next(lexeme)) tokens.push(token);
  }
  for (const token of parser.end()) tokens.push(token);
  let first: Document.Parsed | undefined;
  for (const document of new Composer(options).compose(tokens, true, text.length)) {
    if (first) throw new YamlError('Source contains multiple documents');
    first = document as Document.Parsed;
    if (first.errors.length > 0) return first;
  }
  return first;
};

const duplicatesOf = (root: unknown, lines: LineCounter): string[] => {
  const found: string[] = [];
  const look = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) look(item);
    if (!isMap(node)) return;
    const keys = new Set<unknown>();
    for (const { key, value } of node.items) {
      if (isScalar(key)) {
        if (keys.has(key.value) && found.length < MAX_DUPLICATES) {
          const line = lines.linePos((key as { range?: readonly number[] }).range?.[0] ?? 0).line;
          found.push(`line ${line}: key ${JSON.stringify(String(key.value).slice(0, 100))} already set in map`);
        }
        keys.add(key.value);
      }
      look(value);
    }
  };
  look(root);
  return found;
};
