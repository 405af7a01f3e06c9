/** Kubernetes' named formats: `!format.dns1123Label().validate("a_b").hasValue()`; what is wrong comes as an optional list of texts. */
import { fitsFormat } from '../../custom/formats.ts';
import {
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  label1035Name,
  labelName,
  subdomainName,
} from '../../validation/names.ts';
import type { Library } from '../overloads.ts';
import { type Opaque, Optional } from '../values.ts';

const K = 'kubernetes.NamedFormat';

const byPattern =
  (format: string, problem: string) =>
  (text: string): string[] =>
    fitsFormat(format, text) ? [] : [problem];

const formats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: isDNS1123Label,
  dns1123Subdomain: isDNS1123Subdomain,
  dns1035Label: isDNS1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: (text) => labelName(text, true),
  dns1123SubdomainPrefix: (text) => subdomainName(text, true),
  dns1035LabelPrefix: (text) => label1035Name(text, true),
  labelValue: isValidLabelValue,
  uri: byPattern('uri', 'invalid URI'),
  uuid: byPattern('uuid', 'does not match the UUID format'),
  byte: byPattern('byte', 'invalid base64'),
  date: byPattern('date', 'invalid date'),
  datetime: byPattern('date-time', 'invalid datetime'),
};

class NamedFormat implements Opaque {
  readonly opaque = K;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  key(): string {
    return this.name;
  }
}

const validate = ({ name }: NamedFormat, text: string): Optional => {
  const problems = formats[name]!(text);
  return problems.length === 0 ? Optional.none : new Optional([...problems]);
};

export const namedFormats: Library = {
  ...Object.fromEntries(Object.keys(formats).map((name) => [`format.${name}(): ${K}`, () => new NamedFormat(name)])),
  [`format.named(string): optional<${K}>`]: ([name]) =>
    Object.hasOwn(formats, name) ? new Optional(new NamedFormat(name)) : Optional.none,
  [`${K}.validate(string): optional<list<string>>`]: ([format, text], { budget }) => {
    budget.text(text.length * 10);
    return validate(format, text);
  },
};
