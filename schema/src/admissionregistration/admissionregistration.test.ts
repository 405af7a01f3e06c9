import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { mutatingWebhookConfigurations } from './mutating-webhook-configuration.ts';
import { validatingAdmissionPolicies } from './validating-admission-policy.ts';
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-binding.ts';
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts';

const metadata = { name: 'x' };
const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
const webhook = {
  name: 'a.example.com',
  clientConfig: { service: { name: 's', namespace: 'n' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

describe('webhooks', () => {
  const errorsOf = (more: object) => accept(validatingWebhookConfigurations, { metadata, webhooks: [{ ...webhook, ...more }] }).errors;

  it('get their defaults', () => {
    const { object } = accept<any>(mutatingWebhookConfigurations, { metadata, webhooks: [webhook] });
    expect(object.webhooks[0]).toMatchObject({
      ...{ failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10, reinvocationPolicy: 'Never' },
      ...{ namespaceSelector: {}, objectSelector: {}, rules: [{ scope: '*' }], clientConfig: { service: { port: 443 } } },
    });
    expect(row(mutatingWebhookConfigurations, object, 0)).toMatchObject({ Webhooks: 1 });
  });

  it.each([
    [{ name: 'a.b' }, ['webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots']],
    [{ sideEffects: undefined }, ['webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun']],
    [{ sideEffects: 'Some' }, ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"']],
    [{ timeoutSeconds: 31 }, ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds']],
    [{ clientConfig: {} }, ['webhooks[0].clientConfig: Required value: exactly one of url or service is required']],
    [
      { clientConfig: { url: 'http://a/b' } },
      [`webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`],
    ],
    [
      { clientConfig: { url: 'https://u@a/b?q' } },
      [
        'webhooks[0].clientConfig.url: Invalid value: "https://u@a/b?q": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "https://u@a/b?q": query parameters are not permitted in the URL',
      ],
    ],
    [{ clientConfig: { url: 'https://a:8443/b' } }, []],
    [{ admissionReviewVersions: [] }, ['webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1']],
    [
      { admissionReviewVersions: ['v2'] },
      ['webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1'],
    ],
    [
      { rules: [{ ...rule, operations: ['*', 'CREATE'] }] },
      [`webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other values`],
    ],
    [{ rules: [{ ...rule, apiGroups: [] }] }, ['webhooks[0].rules[0].apiGroups: Required value']],
    [{ matchConditions: [{ name: 'x' }] }, ['webhooks[0].matchConditions[0].expression: Required value']],
  ])('%j', (more, errors) => {
    expect(errorsOf(more)).toEqual(errors);
  });

  it('have names of their own', () => {
    expect(accept(validatingWebhookConfigurations, { metadata, webhooks: [webhook, webhook] }).errors).toEqual([
      'webhooks[1].name: Duplicate value: "a.example.com"',
    ]);
  });
});

describe('policies', () => {
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] };
  const errorsOf = (more: object) => accept(validatingAdmissionPolicies, { metadata, spec: { ...spec, ...more } }).errors;

  it('get their defaults', () => {
    const { object, errors } = accept<any>(validatingAdmissionPolicies, { metadata, spec });
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      failurePolicy: 'Fail',
      matchConstraints: { matchPolicy: 'Equivalent', resourceRules: [{ scope: '*' }] },
    });
    expect(row(validatingAdmissionPolicies, object, 0)).toMatchObject({ Validations: 1, ParamKind: '<unset>' });
  });

  it.each([
    [{ matchConstraints: undefined }, ['spec.matchConstraints: Required value']],
    [{ validations: [{ expression: ' ' }] }, ['spec.validations[0].expression: Required value: expression is not specified']],
    [
      { validations: [{ expression: 'true', reason: 'X' }] },
      [
        'spec.validations[0].reason: Unsupported value: "X": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
      ],
    ],
    [{ variables: [{ name: '1a', expression: '1' }] }, ['spec.variables[0].name: Invalid value: "1a": name is not a valid CEL identifier']],
    [{ failurePolicy: 'X' }, ['spec.failurePolicy: Unsupported value: "X": supported values: "Fail", "Ignore"']],
  ])('%j', (more, errors) => {
    expect(errorsOf(more)).toEqual(errors);
  });

  it('are bound with actions', () => {
    const bound = (more: object) =>
      accept(validatingAdmissionPolicyBindings, { metadata, spec: { policyName: 'p', validationActions: ['Deny'], ...more } }).errors;
    expect(bound({})).toEqual([]);
    expect(bound({ validationActions: [] })).toEqual([
      'spec.validationActions: Required value: at least one validation action is required',
    ]);
    expect(bound({ validationActions: ['Deny', 'Warn'] })[0]).toContain('must not contain both Deny and Warn');
    expect(bound({ paramRef: { parameterNotFoundAction: 'Deny' } })).toEqual([
      'spec.paramRef: Required value: one of name or selector must be specified',
    ]);
  });
});
