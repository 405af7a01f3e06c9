/** How kubectl shows a cron job. */
import { ageColumn, ageSince, formatSelector, integer, nameColumn, templateColumns, text, wideText } from '../meta/columns.ts';
import type { Column } from '../resource.ts';
import type { CronJob } from './cron-job.ts';

const suspended = ({ spec: { suspend } }: CronJob): string => (suspend === undefined ? '<unset>' : suspend ? 'True' : 'False');

export const cronJobColumns: readonly Column[] = [
  nameColumn,
  text('Schedule', 'When it makes jobs.', (cronJob: CronJob) => cronJob.spec.schedule ?? ''),
  text('Timezone', 'Time zone of the schedule.', (cronJob: CronJob) => cronJob.spec.timeZone || '<none>'),
  { ...text('Suspend', 'Whether it makes no further jobs.', suspended), type: 'boolean' },
  integer('Active', 'Jobs that run.', (cronJob: CronJob) => cronJob.status?.active?.length ?? 0),
  text('Last Schedule', 'Time since it last made a job.', ({ status }: CronJob) =>
    status?.lastScheduleTime ? ageSince(status.lastScheduleTime) : '<none>',
  ),
  ageColumn,
  ...templateColumns.map((column): Column => ({ ...column, cell: (cronJob: CronJob) => column.cell(cronJob.spec.jobTemplate ?? {}) })),
  wideText('Selector', 'Labels of its pods.', (cronJob: CronJob) => formatSelector(cronJob.spec.jobTemplate?.spec?.selector)),
];
