/** How kubectl shows a job. */
import { ageColumn, formatSelector, nameColumn, templateColumns, text, wideText } from '../meta/columns.ts';
import { isConditionTrue } from '../meta/conditions.ts';
import { formatAge, parseTime } from '../meta/time.ts';
import type { Ago, Column } from '../resource.ts';
import type { Job } from './job.ts';

const statusOf = ({ metadata, status }: Job): string => {
  const holds = (type: string): boolean => isConditionTrue(status?.conditions, type);
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
};

const completionsOf = ({ spec, status }: Job): string => {
  const succeeded = status?.succeeded ?? 0;
  const { completions, parallelism = 0 } = spec;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
};

const durationOf = ({ status }: Job): Ago | string => {
  if (!status?.startTime) return '';
  const sinceMs = parseTime(status.startTime);
  return status.completionTime ? formatAge(parseTime(status.completionTime) - sinceMs) : { sinceMs };
};

export const jobColumns: readonly Column[] = [
  nameColumn,
  text('Status', 'How far it is.', statusOf),
  text('Completions', 'Pods that succeeded of those that must.', completionsOf),
  text('Duration', 'How long it took, or has been at work.', durationOf),
  ageColumn,
  ...templateColumns,
  wideText('Selector', 'Labels of its pods.', (job: Job) => formatSelector(job.spec.selector)),
];
