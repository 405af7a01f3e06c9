/** What webhooks must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, notSupported, required } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1035Label, isDNS1123Subdomain } from '../validation/names.ts';
import { failurePolicies, matchPolicies, oneOf, validateMatchConditions, validateRule, validateService } from './match-validation.ts';
import type { ValidatingWebhook, WebhookClientConfig } from './webhook.ts';

const reviewVersions = ['v1', 'v1beta1'];
const sideEffects = ['None', 'NoneOnDryRun'];
const URL_FORM = '; desired format: https://host[/path]';

export const validateWebhooks = (webhooks: readonly ValidatingWebhook[] | undefined): FieldError[] => {
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, i) => {
    const at = `webhooks[${i}]`;
    const errors = validateWebhook(webhook, at);
    if (names.has(webhook.name)) errors.push(duplicate(`${at}.name`, webhook.name));
    names.add(webhook.name);
    return errors;
  });
};

const validateWebhook = (webhook: ValidatingWebhook, at: string): FieldError[] => {
  const { name, timeoutSeconds: seconds, rules = [], sideEffects: effects } = webhook;
  const errors = [
    ...validateFullName(name, `${at}.name`),
    ...rules.flatMap((rule, i) => validateRule(rule, `${at}.rules[${i}]`)),
    ...oneOf(`${at}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...oneOf(`${at}.matchPolicy`, webhook.matchPolicy, matchPolicies),
  ];
  if (effects === '') errors.push(required(`${at}.sideEffects`, `must specify one of ${sideEffects.join(', ')}`));
  else if (!sideEffects.includes(effects)) errors.push(notSupported(`${at}.sideEffects`, effects, sideEffects));
  if (seconds !== undefined && (seconds < 1 || seconds > 30)) {
    errors.push(invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'));
  }
  return [
    ...errors,
    ...validateLabelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${at}.objectSelector`),
    ...validateClientConfig(webhook.clientConfig, `${at}.clientConfig`),
    ...validateReviewVersions(webhook.admissionReviewVersions, `${at}.admissionReviewVersions`),
    ...validateMatchConditions(webhook.matchConditions, `${at}.matchConditions`),
  ];
};

const validateFullName = (name: string, at: string): FieldError[] => {
  if (name === '') return [required(at)];
  const errors = problems(at, name, isDNS1123Subdomain(name));
  if (errors.length > 0) return errors;
  return name.split('.').length < 3 ? [invalid(at, name, 'should be a domain with at least three segments separated by dots')] : [];
};

/** Also of conversion webhooks. */
export const validateClientConfig = ({ url, service }: WebhookClientConfig, at: string): FieldError[] => {
  if ((url === undefined) === (service === undefined)) return [required(at, 'exactly one of url or service is required')];
  return url === undefined ? validateService(service!, `${at}.service`) : validateUrl(url, `${at}.url`);
};

const validateUrl = (url: string, at: string): FieldError[] => {
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^\s]*)$/.exec(url.slice(0, 8192)) ?? [];
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(invalid(at, scheme, `'https' is the only allowed URL scheme${URL_FORM}`));
  const [head = ''] = rest.split('#');
  const [authority = ''] = head.split(/[/?]/);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host === '') errors.push(invalid(at, host, `host must be specified${URL_FORM}`));
  if (authority.includes('@')) errors.push(invalid(at, url, 'user information is not permitted in the URL'));
  if (rest.includes('#')) errors.push(invalid(at, url, 'fragments are not permitted in the URL'));
  if (head.includes('?')) errors.push(invalid(at, url, 'query parameters are not permitted in the URL'));
  return errors;
};

const validateReviewVersions = (versions: readonly string[], at: string): FieldError[] => {
  if (versions.length === 0) return [required(at, `must specify one of ${reviewVersions.join(', ')}`)];
  const errors: FieldError[] = [];
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) errors.push(duplicate(`${at}[${i}]`, version));
    errors.push(...problems(`${at}[${i}]`, version, isDNS1035Label(version)));
  }
  if (errors.length === 0 && !versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalid(at, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  }
  return errors;
};
