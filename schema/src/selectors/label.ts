/**
 * Label selectors: the text form of the query parameter, metav1.LabelSelector, and matching. Text and error wording are upstream's.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
import { formatFieldError, invalid } from '../validation/errors.ts';
import type { LabelSelectorLike } from '../validation/label-selector.ts';
import { isQualifiedName, isValidLabelValue } from '../validation/names.ts';
import { SelectorError } from './selector-error.ts';

export { SelectorError } from './selector-error.ts';

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, unique. One for `=`, `==`, `!=`, `gt`, `lt`; none for `exists` and `!`. */
  readonly values: readonly string[];
}

/** All requirements must hold; none at all matches everything, unless `nothing` is set. Sorted by key. */
export interface LabelSelection {
  readonly requirements: readonly LabelRequirement[];
  /** Matches no object: the selector of an absent metav1.LabelSelector. */
  readonly nothing?: true;
}

export const everything: LabelSelection = { requirements: [] };
export const nothing: LabelSelection = { requirements: [], nothing: true };

type Labels = Readonly<Record<string, string>> | undefined;

/** @throws SelectorError */
export const parseLabelSelector = (text: string): LabelSelection => ({ requirements: sorted(new Parser(lex(text)).parse()) });

const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

/** The selection of a metav1.LabelSelector: absent selects nothing, empty selects everything. @throws SelectorError for an unknown operator */
export const labelSelectorOf = (selector: LabelSelectorLike | null | undefined): LabelSelection => {
  if (!selector) return nothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) requirements.push({ key, operator: '=', values: [value] });
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (!Object.hasOwn(operators, operator)) throw new SelectorError(`"${operator}" is not a valid label selector operator`);
    requirements.push({ key, operator: operators[operator as keyof typeof operators], values: unique(values) });
  }
  return { requirements: sorted(requirements) };
};

/** The selection of a plain map (Service and ReplicationController selectors). Absent or empty selects everything, as upstream. */
export const selectionOfMap = (map: Labels): LabelSelection => labelSelectorOf({ matchLabels: map ?? {} });

export const matches = (selection: LabelSelection, labels: Labels): boolean => {
  if (selection.nothing) return false;
  for (const requirement of selection.requirements) if (!holds(requirement, labels)) return false;
  return true;
};

const holds = ({ key, operator, values }: LabelRequirement, labels: Labels): boolean => {
  const present = labels !== undefined && Object.hasOwn(labels, key);
  const value = present ? labels[key]! : '';
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return present && values.includes(value);
    case '!=':
    case 'notin':
      return !present || !values.includes(value);
    case 'exists':
      return present;
    case '!':
      return !present;
    case 'gt':
    case 'lt': {
      if (!present || !/^-?[0-9]{1,19}$/.test(value)) return false;
      const [left, right] = [BigInt(value), BigInt(values[0] ?? '0')];
      return operator === 'gt' ? left > right : left < right;
    }
  }
};

/** Upstream's text form: `app=web,tier in (a,b),!canary`. '' for everything and for nothing. */
export const formatLabelSelector = (selector: LabelSelection | LabelSelectorLike | null | undefined): string => {
  const selection = selector && 'requirements' in selector ? selector : labelSelectorOf(selector as LabelSelectorLike | undefined);
  return selection.requirements.map(formatRequirement).join(',');
};

const formatRequirement = ({ key, operator, values }: LabelRequirement): string => {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
};

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();

const sorted = (requirements: LabelRequirement[]): LabelRequirement[] =>
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end';
  readonly text: string;
}

const lex = (text: string): Token[] => {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) break;
    tokens.push(match[1] === undefined ? { kind: 'identifier', text: match[2]! } : { kind: 'symbol', text: match[1] });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
};

const binary = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }

  #is(text: string): boolean {
    return this.#next.kind === 'symbol' && this.#next.text === text;
  }

  parse(): LabelRequirement[] {
    const out: LabelRequirement[] = [];
    for (;;) {
      const { kind, text } = this.#next;
      if (kind === 'end') return out;
      if (kind !== 'identifier' && text !== '!') throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      out.push(this.#requirement());
      const after = this.#take();
      if (after.kind === 'end') return out;
      if (after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      if (this.#next.kind !== 'identifier' && !this.#is('!')) {
        throw new SelectorError(`found '${this.#next.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#bareRequirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #bareRequirement(): LabelRequirement {
    const negated = this.#is('!');
    if (negated) this.#at++;
    const name = this.#take();
    if (name.kind !== 'identifier') throw new SelectorError(`found '${name.text}', expected: identifier`);
    const key = name.text;
    check('key', key, isQualifiedName(key));
    if (negated) return { key, operator: '!', values: [] };
    if (this.#next.kind === 'end' || this.#is(',')) return { key, operator: 'exists', values: [] };
    const { text } = this.#take();
    switch (text) {
      case 'in':
      case 'notin': {
        const values = this.#values();
        for (const [i, value] of values.entries()) check(`values[${i}][${key}]`, value, isValidLabelValue(value));
        return { key, operator: text, values };
      }
      case '=':
      case '==':
      case '!=': {
        const value = this.#exactValue();
        check(`values[0][${key}]`, value, isValidLabelValue(value));
        return { key, operator: text, values: [value] };
      }
      case '>':
      case '<': {
        const value = this.#exactValue();
        if (!/^[-+]?[0-9]{1,18}$/.test(value)) {
          throw new SelectorError(formatFieldError(invalid('values[0]', value, "for 'Gt', 'Lt' operators, the value must be an integer")));
        }
        return { key, operator: text === '>' ? 'gt' : 'lt', values: [String(BigInt(value.replace('+', '')))] };
      }
      default:
        throw new SelectorError(`found '${text}', expected: ${binary.join(', ')}`);
    }
  }

  /** The value of `=`; it may be empty. */
  #exactValue(): string {
    if (this.#next.kind === 'end' || this.#is(',')) return '';
    const { kind, text } = this.#take();
    if (kind !== 'identifier') throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }

  /** `(a,b)`; an element may be empty. */
  #values(): string[] {
    const open = this.#take();
    if (open.text !== '(' || open.kind !== 'symbol') throw new SelectorError(`found '${open.text}', expected: '('`);
    const values: string[] = [];
    for (;;) {
      values.push(this.#next.kind === 'identifier' ? this.#take().text : '');
      const after = this.#take();
      if (after.kind === 'symbol' && after.text === ')') return unique(values);
      if (after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
    }
  }
}

const check = (field: string, value: string, problems: readonly string[]): void => {
  if (problems.length > 0) throw new SelectorError(formatFieldError(invalid(field, value, problems.join('; '))));
};
