/** What a cron job must be. Paths and wording are upstream's. */
import { nonNegative } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { invalid, notSupported } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { CronJob, CronJobSpec } from './cron-job.ts';
import { validateJobSpec } from './job-validation.ts';
import { scheduleProblem } from './schedule.ts';

/** Jobs are named after it, with eleven more characters. */
const MAX_NAME = 52;
const ZONES = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';

export const validateCronJob = ({ metadata, spec }: CronJob, old?: CronJob): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  const { jobTemplate, schedule, timeZone } = spec;
  if (!old && (metadata.name ?? '').length > MAX_NAME) {
    errors.push(invalid('metadata.name', metadata.name, `must be no more than ${MAX_NAME} characters`));
  }
  errors.push(...validateSchedule(schedule, timeZone, old?.spec), ...validateTimeZone(timeZone, old?.spec));
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
    errors.push(...nonNegative(`spec.${field}`, spec[field]));
  }
  const job = jobTemplate.spec;
  if (!job) return errors;
  errors.push(...validateJobSpec(job, 'spec.jobTemplate.spec'));
  if (job.selector) errors.push(invalid('spec.jobTemplate.spec.selector', job.selector, '`selector` will be auto-generated'));
  if (job.manualSelector) errors.push(notSupported('spec.jobTemplate.spec.manualSelector', job.manualSelector, ['false', 'nil']));
  return errors;
};

const validateSchedule = (schedule: string, timeZone: string | undefined, old: CronJobSpec | undefined): FieldError[] => {
  if (schedule.includes('TZ')) {
    if (timeZone !== undefined) return [invalid('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')];
    if (!old?.schedule.includes('TZ')) {
      return [invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
    }
  }
  const problem = scheduleProblem(schedule);
  return problem === undefined ? [] : [invalid('spec.schedule', schedule, problem)];
};

const validateTimeZone = (timeZone: string | undefined, old: CronJobSpec | undefined): FieldError[] => {
  if (timeZone === undefined || timeZone === old?.timeZone) return [];
  const path = 'spec.timeZone';
  if (timeZone === '') return [invalid(path, timeZone, 'timeZone must be nil or non-empty string')];
  if (timeZone.toLowerCase() === 'local') return [invalid(path, timeZone, ZONES)];
  return isTimeZone(timeZone) ? [] : [invalid(path, timeZone, `unknown time zone ${timeZone}`)];
};

/** Offsets such as `+01:00` are no names of zones. */
const isTimeZone = (name: string): boolean => {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};
