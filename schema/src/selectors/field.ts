/**
 * Field selectors: `spec.nodeName=a,status.phase!=Running`. Which fields a resource knows is the definition's `selectableFields`.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
import { SelectorError } from './selector-error.ts';

export { SelectorError } from './selector-error.ts';

export interface FieldRequirement {
  readonly field: string;
  /** `==` is read as `=`. */
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** In the order of the text; empty selects everything. @throws SelectorError */
export const parseFieldSelector = (text: string): FieldRequirement[] =>
  splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const operator = /!=|==|=/.exec(term);
      if (!operator) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = unescapeValue(term.slice(operator.index + operator[0].length));
      return { field: term.slice(0, operator.index), operator: operator[0] === '!=' ? '!=' : '=', value };
    });

/** Splits at commas that are not escaped. */
const splitTerms = (text: string): string[] => {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
};

const unescapeValue = (text: string): string => {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') {
      const next = text[++i];
      if (next === undefined || !'\\,='.includes(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      out += next;
    } else if (c === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${c.codePointAt(0)}`);
    else out += c;
  }
  return out;
};

/** Whether all requirements hold. A field that `read` does not know is ''. */
export const matchesFields = (requirements: readonly FieldRequirement[], read: (field: string) => string): boolean =>
  requirements.every(({ field, operator, value }) => (read(field) === value) === (operator === '='));

const escapeValue = (text: string): string => text.replace(/[\\,=]/g, '\\$&');

export const formatFieldSelector = (requirements: readonly FieldRequirement[]): string =>
  requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(',');
