import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type CronJob, cronJobs } from './cron-job.ts';
import { everySeconds, scheduleProblem, spelledOut } from './schedule.ts';

const metadata = { name: 'report', namespace: 'default' };
const jobTemplate = { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox' }] } } } };
const cronJob = (spec: object, old?: CronJob) =>
  accept<CronJob>(cronJobs, { metadata, spec: { schedule: '*/5 * * * *', jobTemplate, ...spec } }, old);

describe('cron jobs', () => {
  it('get their defaults, their jobs do not yet', () => {
    const { object, errors } = cronJob({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
    });
    expect(object.spec.jobTemplate.spec).not.toHaveProperty('backoffLimit');
  });

  it.each<[string, object, string[]]>([
    ['no schedule', { schedule: '' }, ['spec.schedule: Required value']],
    ['few fields', { schedule: '* *' }, ['spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]']],
    [
      'a zone in the schedule',
      { schedule: 'TZ=UTC 0 * * * *' },
      ['spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    ],
    [
      'two zones',
      { schedule: 'TZ=UTC 0 * * * *', timeZone: 'UTC' },
      ['spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule'],
    ],
    [
      'no such zone',
      { timeZone: 'Europe/Atlantis' },
      ['spec.timeZone: Invalid value: "Europe/Atlantis": unknown time zone Europe/Atlantis'],
    ],
    ['an offset', { timeZone: '+01:00' }, ['spec.timeZone: Invalid value: "+01:00": unknown time zone +01:00']],
    ['an empty zone', { timeZone: '' }, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']],
    [
      'the zone of wherever it runs',
      { timeZone: 'Local' },
      ['spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'],
    ],
    [
      'another policy',
      { concurrencyPolicy: 'Queue' },
      ['spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"'],
    ],
    [
      'a selector',
      { jobTemplate: { spec: { ...jobTemplate.spec, selector: { matchLabels: { a: 'b' } } } } },
      ['spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated'],
    ],
    [
      'pods that never end',
      { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c', image: 'busybox' }] } } } } },
      ['spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(cronJob(spec).errors).toEqual(expected);
  });

  it('have short names', () => {
    const name = 'a'.repeat(53);
    expect(accept(cronJobs, { metadata: { ...metadata, name }, spec: { schedule: '@daily', jobTemplate } }).errors).toEqual([
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
  });

  it('are shown as kubectl does', () => {
    const { object } = cronJob({ timeZone: 'Europe/Berlin' });
    expect(row(cronJobs, object, 0)).toMatchObject({
      Schedule: '*/5 * * * *',
      Timezone: 'Europe/Berlin',
      Suspend: 'False',
      Active: 0,
      'Last Schedule': '<none>',
      Containers: 'c',
      Images: 'busybox',
      Selector: '<none>',
    });
    object.status = { lastScheduleTime: '1970-01-01T00:00:00Z', active: [{ name: 'report-1' }] };
    expect(row(cronJobs, object, 90_000)).toMatchObject({ Active: 1, 'Last Schedule': '90s' });
  });
});

describe('schedules', () => {
  it.each(['* * * * *', '0 0 1 1 0', '*/15 0-6,12 ? jan-mar mon-fri', '5/10 * * * *', '@hourly', '@every 1h30m', '  0   0 * * * '])(
    '%j is one',
    (text) => {
      expect(scheduleProblem(text)).toBeUndefined();
    },
  );

  it.each([
    ['', 'empty spec string'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['* * * * constructor', 'failed to parse int from constructor: strconv.Atoi: parsing "constructor": invalid syntax'],
    ['@soon', 'unrecognized descriptor: @soon'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ])('%j is none', (text, problem) => {
    expect(scheduleProblem(text)).toBe(problem);
  });

  it('are spelled out for other readers', () => {
    expect(spelledOut('5/10 */2 +1,2/7 jan *')).toBe('5-59/10 */2 1,2-31/7 jan *');
    expect(spelledOut('@hourly')).toBe('@hourly');
    expect(everySeconds('@every 1h30m')).toBe(5400);
    expect(everySeconds('@every 1ms')).toBe(1);
    expect(everySeconds('@hourly')).toBeUndefined();
  });
});
