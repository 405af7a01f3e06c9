/**
 * PriorityLevelConfiguration: how many requests of a level run at once. Stored and served; requests are not queued by it.
 */
import { type Infer, int32, listMap, message, str, struct, time } from '../dsl/field.ts';
import { between, nonNegative } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, notSupported, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

const NAME = 'io.k8s.api.flowcontrol.v1';

export const QueuingConfiguration = struct(`${NAME}.QueuingConfiguration`, 'How waiting requests are queued.', {
  queues: int32(1, 'Number of queues; 64 by default.'),
  handSize: int32(2, 'Queues a flow is dealt; 8 by default.'),
  queueLengthLimit: int32(3, 'Most requests in a queue; 50 by default.'),
});

export const LimitResponse = struct(`${NAME}.LimitResponse`, 'What happens to requests over the limit.', {
  type: str(1, 'Queue or Reject.', { required: true, default: '' }),
  queuing: message(2, QueuingConfiguration, 'How they are queued, for Queue.'),
});

export const LimitedPriorityLevelConfiguration = struct(`${NAME}.LimitedPriorityLevelConfiguration`, 'Limits of a level.', {
  nominalConcurrencyShares: int32(1, "The level's share of all requests at once; 30 by default.", { pointer: true }),
  limitResponse: message(2, LimitResponse, 'What happens to requests over the limit.', { default: {} }),
  lendablePercent: int32(3, 'Part of the share that other levels may borrow.', { pointer: true }),
  borrowingLimitPercent: int32(4, 'Most it may borrow from others, as a part of its share.', { pointer: true }),
});
export type LimitedPriorityLevelConfiguration = Infer<typeof LimitedPriorityLevelConfiguration>;

export const ExemptPriorityLevelConfiguration = struct(`${NAME}.ExemptPriorityLevelConfiguration`, 'A level without limits.', {
  nominalConcurrencyShares: int32(1, "The level's share of all requests at once; 0 by default.", { pointer: true }),
  lendablePercent: int32(2, 'Part of the share that other levels may borrow.', { pointer: true }),
});

export const PriorityLevelConfigurationSpec = struct(`${NAME}.PriorityLevelConfigurationSpec`, 'How many requests run at once.', {
  type: str(1, 'Exempt or Limited.', { required: true, default: '' }),
  limited: message(2, LimitedPriorityLevelConfiguration, 'Limits, for Limited.'),
  exempt: message(3, ExemptPriorityLevelConfiguration, 'Settings, for Exempt.'),
});
export type PriorityLevelConfigurationSpec = Infer<typeof PriorityLevelConfigurationSpec>;

export const PriorityLevelConfigurationCondition = struct(`${NAME}.PriorityLevelConfigurationCondition`, 'One observed aspect.', {
  type: str(1, 'What was observed, in CamelCase.'),
  status: str(2, 'True, False or Unknown.'),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});

export const PriorityLevelConfigurationStatus = struct(`${NAME}.PriorityLevelConfigurationStatus`, 'What was observed of it.', {
  conditions: listMap(1, PriorityLevelConfigurationCondition, ['type'], 'Latest observations, one for each type.'),
});

export const PriorityLevelConfiguration = struct(`${NAME}.PriorityLevelConfiguration`, 'How many requests of a level run at once.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, PriorityLevelConfigurationSpec, 'The desired state.', { default: {} }),
  status: message(3, PriorityLevelConfigurationStatus, 'The observed state; written by the cluster.'),
});
export type PriorityLevelConfiguration = ObjectOf<typeof PriorityLevelConfiguration, 'spec'>;

const validateLimited = (limited: LimitedPriorityLevelConfiguration): FieldError[] => {
  const at = 'spec.limited';
  const { type, queuing } = limited.limitResponse ?? { type: '' };
  const errors = [
    ...nonNegative(`${at}.nominalConcurrencyShares`, limited.nominalConcurrencyShares),
    ...between(`${at}.lendablePercent`, limited.lendablePercent, 0, 100),
    ...nonNegative(`${at}.borrowingLimitPercent`, limited.borrowingLimitPercent),
  ];
  if (type === 'Reject') {
    if (queuing) errors.push(forbidden(`${at}.limitResponse.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (type !== 'Queue') errors.push(notSupported(`${at}.limitResponse.type`, type, ['Queue', 'Reject']));
  else if (!queuing) {
    errors.push(required(`${at}.limitResponse.queuing`, 'must not be empty if limited.limitResponse.type is Limited'));
  }
  return errors;
};

const validateSpec = ({ type, limited, exempt }: PriorityLevelConfigurationSpec): FieldError[] => {
  if (type === 'Exempt') return limited ? [forbidden('spec.limited', 'must be nil if the type is not Limited')] : [];
  if (type !== 'Limited') return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  if (exempt) return [forbidden('spec.exempt', 'must be nil if the type is Limited')];
  return limited ? validateLimited(limited) : [required('spec.limited', 'must not be empty when type is Limited')];
};

const queuingOf = ({ spec }: PriorityLevelConfiguration) => spec.limited?.limitResponse?.queuing;
const orNone = (value: number | undefined): string => (value === undefined ? '<none>' : String(value));

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
  versions: soleVersion('v1', PriorityLevelConfiguration),
  inactive: 'requests are not queued by priority: the object is stored and nothing acts on it',
  hasStatus: true,
  defaults: ({ spec: { type, limited, exempt } }) => {
    if (type === 'Limited' && limited) {
      limited.nominalConcurrencyShares ??= 30;
      limited.lendablePercent ??= 0;
      const queuing = limited.limitResponse?.type === 'Queue' ? limited.limitResponse.queuing : undefined;
      if (queuing) {
        queuing.queues ??= 64;
        queuing.handSize ??= 8;
        queuing.queueLengthLimit ??= 50;
      }
    } else if (type === 'Exempt' && exempt) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
  },
  validate: ({ metadata, spec }, old) => [...validateObjectMeta(metadata, { namespaced: false }, old?.metadata), ...validateSpec(spec)],
  prepareCreate: (level) => {
    level.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Type', 'Exempt or Limited.', ({ spec }: PriorityLevelConfiguration) => spec.type),
    text('NominalConcurrencyShares', 'Share of all requests at once.', ({ spec }: PriorityLevelConfiguration) =>
      orNone((spec.limited ?? spec.exempt)?.nominalConcurrencyShares),
    ),
    text('Queues', 'Number of queues.', (level: PriorityLevelConfiguration) => orNone(queuingOf(level)?.queues)),
    text('HandSize', 'Queues a flow is dealt.', (level: PriorityLevelConfiguration) => orNone(queuingOf(level)?.handSize)),
    text('QueueLengthLimit', 'Most requests in a queue.', (level: PriorityLevelConfiguration) =>
      orNone(queuingOf(level)?.queueLengthLimit),
    ),
    ageColumn,
  ],
});
