/**
 * ValidatingAdmissionPolicyBinding: where a policy holds, with which parameters, and what happens to objects that break it.
 */
import { type Infer, message, set, str, struct } from '../dsl/field.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, formatSelector, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { subdomainName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { defaultMatchResources, MatchResources } from './match.ts';
import { oneOf, validateMatchResources } from './match-validation.ts';

const NAME = 'io.k8s.api.admissionregistration.v1';
const actions = ['Audit', 'Deny', 'Warn'];

export const ParamRef = struct(
  `${NAME}.ParamRef`,
  'Which objects parameterize the policy.',
  {
    name: str(1, 'Name of the one object; excludes selector.'),
    namespace: str(2, 'Where it is; that of the request when empty.'),
    selector: message(3, LabelSelector, 'Labels of the objects; excludes name.'),
    parameterNotFoundAction: str(4, 'Allow or Deny, when there is none.', { pointer: true }),
  },
  { atomic: true },
);
export type ParamRef = Infer<typeof ParamRef>;

export const ValidatingAdmissionPolicyBindingSpec = struct(
  `${NAME}.ValidatingAdmissionPolicyBindingSpec`,
  'The policy, and where and how it holds.',
  {
    policyName: str(1, 'Name of the policy.'),
    paramRef: message(2, ParamRef, 'Its parameters.'),
    matchResources: message(3, MatchResources, 'Further limits on requests it is asked about.'),
    validationActions: set(4, 'string', 'What happens to objects that break it: Deny, Warn, Audit.'),
  },
);
export type ValidatingAdmissionPolicyBindingSpec = Infer<typeof ValidatingAdmissionPolicyBindingSpec>;

export const ValidatingAdmissionPolicyBinding = struct(`${NAME}.ValidatingAdmissionPolicyBinding`, 'Where and how a policy holds.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ValidatingAdmissionPolicyBindingSpec, 'The desired state.', { default: {} }),
});
export type ValidatingAdmissionPolicyBinding = ObjectOf<typeof ValidatingAdmissionPolicyBinding, 'spec'>;

const validateParamRef = ({ name, selector, parameterNotFoundAction }: ParamRef): FieldError[] => {
  const at = 'spec.paramRef';
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...problems(`${at}.name`, name, subdomainName(name)));
    if (selector) errors.push(forbidden(`${at}.name`, 'name and selector are mutually exclusive'));
  } else if (selector) errors.push(...validateLabelSelector(selector, `${at}.selector`));
  else errors.push(required(at, 'one of name or selector must be specified'));
  if (parameterNotFoundAction === undefined) errors.push(required(`${at}.parameterNotFoundAction`, ''));
  return [...errors, ...oneOf(`${at}.parameterNotFoundAction`, parameterNotFoundAction, ['Allow', 'Deny'])];
};

const validateActions = (asked: readonly string[]): FieldError[] => {
  const at = 'spec.validationActions';
  if (asked.length === 0) return [required(at, 'at least one validation action is required')];
  const errors: FieldError[] = [];
  for (const [i, action] of asked.entries()) {
    if (!actions.includes(action)) errors.push(notSupported(`${at}[${i}]`, action, actions));
    if (asked.indexOf(action) < i) errors.push(duplicate(`${at}[${i}]`, action));
  }
  if (asked.includes('Deny') && asked.includes('Warn')) {
    const rule =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(at, asked, rule));
  }
  return errors;
};

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  resource: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
  updatesNeedVersion: true,
  categories: ['api-extensions'],
  versions: soleVersion('v1', ValidatingAdmissionPolicyBinding),
  defaults: ({ spec }) => {
    defaultMatchResources(spec.matchResources);
  },
  validate: ({ metadata, spec }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...(spec.policyName ? problems('spec.policyName', spec.policyName, subdomainName(spec.policyName)) : [required('spec.policyName')]),
    ...(spec.paramRef ? validateParamRef(spec.paramRef) : []),
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, 'spec.matchResources') : []),
    ...validateActions(spec.validationActions ?? []),
  ],
  columns: [
    nameColumn,
    text('PolicyName', 'The policy.', ({ spec }: ValidatingAdmissionPolicyBinding) => spec.policyName ?? ''),
    text('ParamRef', 'Its parameters.', ({ spec: { paramRef: p } }: ValidatingAdmissionPolicyBinding) => {
      if (!p) return '<unset>';
      if (!p.name) return formatSelector(p.selector);
      return p.namespace ? `${p.namespace}/${p.name}` : `*/${p.name}`;
    }),
    ageColumn,
  ],
});
