/**
 * The string forms Kubernetes names are made of. Each function returns the problems of a value, empty when it is good; the messages are facts
 * of the wire that clients and tests match on. Expressions are anchored and linear, and run on bounded text only.
 */
import { utf8Length } from '../dsl/utf8.ts';

/** A rule for `metadata.name`; `prefix` true checks a `generateName`, which may end in `-`. */
export type NameRule = (name: string, prefix?: boolean) => string[];

/** Longer than any name may be: a longer text fails on its length and is not matched at all. */
const MAX_MATCHED = 65536;

const compile = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const fits = (expression: RegExp, text: string): boolean => text.length <= MAX_MATCHED && expression.test(text);

/** `msg (e.g. 'a',  or 'b', regex used for validation is '...')`, with upstream's punctuation. */
export const regexError = (message: string, pattern: string, ...examples: string[]): string => {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
};

export const maxLengthError = (max: number): string => `must be no more than ${max} bytes`;
export const EMPTY = 'must be non-empty';
export const inclusiveRangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelExpression = compile(LABEL);
const LABEL_ERROR = regexError(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  'my-name',
  '123-abc',
);

const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const subdomainExpression = compile(SUBDOMAIN);
const SUBDOMAIN_ERROR = regexError(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  'example.com',
);

const UNDERSCORED_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORED_SUBDOMAIN = `${UNDERSCORED_LABEL}(\\.${UNDERSCORED_LABEL})*`;
const underscoredSubdomainExpression = compile(UNDERSCORED_SUBDOMAIN);
const UNDERSCORED_SUBDOMAIN_ERROR = regexError(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  UNDERSCORED_SUBDOMAIN,
  'example.com',
);

const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const label1035Expression = compile(LABEL_1035);
const LABEL_1035_ERROR = regexError(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035,
  'my-name',
  'abc-123',
);

const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedExpression = compile(QUALIFIED);
const QUALIFIED_ERROR = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedExamples = ['MyName', 'my.name', '123-abc'] as const;

const LABEL_VALUE = `(${QUALIFIED})?`;
const labelValueExpression = compile(LABEL_VALUE);
const LABEL_VALUE_ERROR = regexError(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_VALUE,
  'MyValue',
  'my_value',
  '12345',
);

const bounded = (text: string, max: number, expression: RegExp, message: string): string[] => [
  ...(utf8Length(text) > max ? [maxLengthError(max)] : []),
  ...(fits(expression, text) ? [] : [message]),
];

/** What is a subdomain but no label can only have dots too many. */
export const isDNS1123Label = (text: string): string[] =>
  bounded(text, 63, labelExpression, fits(subdomainExpression, text) ? 'must not contain dots' : LABEL_ERROR);
export const isDNS1123Subdomain = (text: string): string[] => bounded(text, 253, subdomainExpression, SUBDOMAIN_ERROR);
/** As DNS speaks of more than hosts: `_tcp.example.com`. */
export const isDNS1123SubdomainWithUnderscore = (text: string): string[] =>
  bounded(text, 253, underscoredSubdomainExpression, UNDERSCORED_SUBDOMAIN_ERROR);
export const isDNS1035Label = (text: string): string[] => bounded(text, 63, label1035Expression, LABEL_1035_ERROR);
export const isValidLabelValue = (text: string): string[] => bounded(text, 63, labelValueExpression, LABEL_VALUE_ERROR);

/** `name` or `prefix/name`: keys of labels and annotations, finalizers, conditions. */
export const isQualifiedName = (text: string): string[] => {
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${regexError(QUALIFIED_ERROR, QUALIFIED, ...qualifiedExamples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') problems.push(`prefix part ${EMPTY}`);
    else problems.push(...isDNS1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push(`name part ${EMPTY}`);
  else if (utf8Length(name) > 63) problems.push(`name part ${maxLengthError(63)}`);
  if (!fits(qualifiedExpression, name)) problems.push(`name part ${regexError(QUALIFIED_ERROR, QUALIFIED, ...qualifiedExamples)}`);
  return problems;
};

const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const cIdentifierExpression = compile(C_IDENTIFIER);
export const isCIdentifier = (text: string): string[] =>
  fits(cIdentifierExpression, text)
    ? []
    : [
        regexError(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          C_IDENTIFIER,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ];

const upToParent = (text: string): string[] => {
  if (text === '.') return [`must not be '.'`];
  if (text === '..') return [`must not be '..'`];
  return text.startsWith('..') ? [`must not start with '..'`] : [];
};

/** Names of environment variables: printable ASCII without `=`. */
export const isEnvVarName = (text: string): string[] => {
  if (text === '') return ['environment variable name must not be empty'];
  return /^[ -<>-~]+$/.test(text)
    ? []
    : [`a valid environment variable name must consist only of printable ASCII characters other than '='`];
};

const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const configKeyExpression = compile(CONFIG_KEY);
/** Keys of ConfigMaps and Secrets. */
export const isConfigMapKey = (text: string): string[] => [
  ...bounded(
    text,
    253,
    configKeyExpression,
    regexError(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      CONFIG_KEY,
      'key.name',
      'KEY_NAME',
      'key-name',
    ),
  ),
  ...upToParent(text),
];

export const isValidPortNum = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : [inclusiveRangeError(1, 65535)]);

/** IANA service names: names of container and service ports that probes and targetPort refer to. */
export const isValidPortName = (text: string): string[] => {
  const problems: string[] = [];
  if (utf8Length(text) > 15) problems.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(text)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) problems.push('must contain at least one letter (a-z)');
  if (text.includes('--')) problems.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
};

/** A percentage such as `25%`. */
export const isValidPercent = (text: string): string[] =>
  /^[0-9]{1,9}%$/.test(text)
    ? []
    : [regexError("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];

/** What every name must be to stand in a URL path. */
export const isPathSegmentName: NameRule = (name, prefix = false) => {
  const problems: string[] = [];
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) problems.push(`may not contain '${illegal}'`);
  return problems;
};

/** A prefix may end in `-`, as something follows it. */
const masked = (name: string, prefix: boolean): string => (prefix && name.endsWith('-') ? `${name.slice(0, -1)}a` : name);

/** The rule of most kinds. */
export const subdomainName: NameRule = (name, prefix = false) => isDNS1123Subdomain(masked(name, prefix));
/** Namespaces. */
export const labelName: NameRule = (name, prefix = false) => isDNS1123Label(masked(name, prefix));
/** Services. */
export const label1035Name: NameRule = (name, prefix = false) => isDNS1035Label(masked(name, prefix));
