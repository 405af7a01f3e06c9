import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type Job, jobs } from './job.ts';
import { countIndexes } from './pod-policies-validation.ts';

const metadata = { name: 'pi', namespace: 'default', uid: 'u-1' };
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'perl' }] } };
const job = (spec: object, old?: Job) => accept<Job>(jobs, { metadata, spec: { template, ...spec } }, old);
const generated = {
  'batch.kubernetes.io/controller-uid': 'u-1',
  'batch.kubernetes.io/job-name': 'pi',
  'controller-uid': 'u-1',
  'job-name': 'pi',
};
const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 2 };
const failure = (...rules: object[]) => ({ podFailurePolicy: { rules } });

describe('jobs', () => {
  it('get their defaults, selector and labels', () => {
    const { object, errors } = job({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
    });
    expect(object.spec.template.metadata?.labels).toEqual(generated);
    expect(object.metadata.labels).toEqual(generated);
    expect(object.status).toEqual({});
  });

  it('default what depends on the rest', () => {
    expect(job({ parallelism: 2 }).object.spec.completions).toBeUndefined();
    expect(job({ ...indexed, backoffLimitPerIndex: 1 }).object.spec.backoffLimit).toBe(2147483647);
    const rule = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] };
    expect(job(failure(rule)).object.spec).toMatchObject({
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: [{ onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
    });
    expect(job({ template: { ...template, metadata: { labels: { app: 'pi' } } } }).object.metadata.labels).toEqual({ app: 'pi' });
  });

  it('take a selector by hand', () => {
    const labels = { app: 'pi' };
    const spec = { manualSelector: true, selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } };
    const { object, errors } = job(spec);
    expect(errors).toEqual([]);
    expect(object.spec.selector).toEqual({ matchLabels: labels });
    expect(job({ manualSelector: true }).errors).toEqual(['spec.selector: Required value']);
  });

  it.each<[string, object, string[]]>([
    [
      'pods that never end',
      { template: { spec: { containers: template.spec.containers } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      "another job's labels",
      { template: { ...template, metadata: { labels: { 'job-name': 'e' } } } },
      [
        'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"pi","controller-uid":"u-1","job-name":"e"}: must be \'pi\'',
      ],
    ],
    [
      "another job's pods",
      { selector: { matchLabels: { app: 'e' } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u-1","app":"e"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"pi","controller-uid":"u-1","job-name":"pi"}: `selector` does not match template `labels`',
      ],
    ],
    ['negative counts', { backoffLimit: -1 }, ['spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0']],
    [
      'another mode',
      { completionMode: 'Some' },
      ['spec.completionMode: Unsupported value: "Some": supported values: "Indexed", "NonIndexed"'],
    ],
    [
      'indexes without a count',
      { completionMode: 'Indexed', parallelism: 1 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'limits of indexes without any',
      { backoffLimitPerIndex: 1 },
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'more failures than indexes',
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 },
      ['spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions'],
    ],
    [
      'another replacement',
      { podReplacementPolicy: 'Soon' },
      ['spec.podReplacementPolicy: Unsupported value: "Soon": supported values: "Failed", "TerminatingOrFailed"'],
    ],
    [
      'a manager without a domain',
      { managedBy: 'me' },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'a rule about nothing',
      failure({ action: 'Ignore' }),
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      'a rule with odd codes',
      failure({ action: 'Drop', onExitCodes: { operator: 'In', containerName: 'x', values: [3, 0, 3] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Drop": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
      ],
    ],
    [
      'success beyond the indexes',
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0-1,7' }, { succeededIndexes: '0-1', succeededCount: 3 }, {}] } },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-1,7": error parsing succeededIndexes: too large index: "7"',
        'spec.successPolicy.rules[1].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      ],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(job(spec).errors).toEqual(expected);
  });

  it('change in few fields', () => {
    const { object: old } = job(indexed);
    const { template: kept, selector } = old.spec;
    const next = (spec: object): string[] => job({ ...indexed, template: kept, selector, ...spec }, old).errors;
    expect(next({ parallelism: 4, suspend: true, ttlSecondsAfterFinished: 5, backoffLimit: 1 })).toEqual([]);
    expect(next({ completions: 4, parallelism: 4 })).toEqual([]);
    expect(next({ completions: 4 })).toEqual(['spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism']);
    expect(next({ completionMode: 'NonIndexed' })).toContain('spec.completionMode: Invalid value: "NonIndexed": field is immutable');
    const other = { ...kept, spec: { ...kept.spec, terminationGracePeriodSeconds: 1 } };
    expect(next({ template: other })).toEqual([expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/)]);
    const { object: plain } = job({});
    expect(job({ ...plain.spec, completions: 2 }, plain).errors).toEqual(['spec.completions: Invalid value: 2: field is immutable']);
  });

  it('may be placed elsewhere while they wait', () => {
    const moved = (old: Job): string[] => {
      const { template: kept } = old.spec;
      return job({ ...old.spec, template: { ...kept, spec: { ...kept.spec, nodeSelector: { zone: 'a' } } } }, old).errors;
    };
    const { object: waiting } = job({ suspend: true });
    expect(moved(waiting)).toEqual([]);
    waiting.status = { startTime: '2026-01-01T00:00:00Z' };
    expect(moved(waiting)).toHaveLength(1);
  });

  it('are shown as kubectl does', () => {
    const { object } = job({ completions: 3, parallelism: 2 });
    const startTime = '2026-01-01T00:00:00Z';
    const nowMs = Date.parse('2026-01-01T00:00:30Z');
    object.status = { startTime, succeeded: 1 };
    expect(row(jobs, object, nowMs)).toMatchObject({ Status: 'Running', Completions: '1/3', Duration: '30s', Containers: 'c' });
    object.status = { startTime, completionTime: '2026-01-01T00:00:05Z', conditions: [{ type: 'Complete', status: 'True' }] };
    expect(row(jobs, object, nowMs)).toMatchObject({ Status: 'Complete', Completions: '0/3', Duration: '5s' });
    object.status = { conditions: [{ type: 'Suspended', status: 'True' }] };
    expect(row(jobs, object, nowMs)).toMatchObject({ Status: 'Suspended', Duration: '' });
    delete object.spec.completions;
    expect(row(jobs, object, nowMs).Completions).toBe('0/1 of 2');
    expect(jobs.selectableFields['status.successful']!(object)).toBe('0');
  });
});

describe('indexes', () => {
  it.each<[string, number | string]>([
    ['', 0],
    ['0', 1],
    ['0,2-4', 4],
    ['3,1', 'non-increasing order, previous: 3, current: 1'],
    ['2-2', 'non-increasing order, previous: 2, current: 2'],
    ['1-2-3', `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['5', 'too large index: "5"'],
  ])('%j', (text, expected) => {
    expect(countIndexes(text, 5)).toBe(expected);
  });
});
