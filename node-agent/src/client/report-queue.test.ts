import { describe, expect, it } from 'vitest';
import type { Report } from '#schema/sync/protocol.ts';
import { createReportQueue } from './report-queue.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const status = (uid: string, sequence: number) => ({ kind: 'podStatus', namespace: 'd', name: uid, uid, sequence, status: {} }) as const;
const gone = (uid: string) => ({ kind: 'podGone', namespace: 'd', name: uid, uid }) as const;
const all = (reports: readonly Report[]) =>
  reports.map((report) => ('sequence' in report ? `${report.uid}@${report.sequence}` : report.kind));
const queue = () => createReportQueue(log, () => undefined);

describe('createReportQueue', () => {
  it('keeps the newest status of a pod, and one message in flight', () => {
    const q = queue();
    q.send(status('a', 1));
    q.send(status('b', 1));
    q.send(status('a', 2));
    const first = q.take();
    expect(all(first)).toEqual(['a@2', 'b@1']);
    q.send(status('a', 3));
    expect(q.take()).toEqual([]);
    q.settle(first.map(({ id }) => ({ id, outcome: 'ok' })));
    expect(all(q.take())).toEqual(['a@3']);
  });

  it('sends again what broke with the connection or could not be stored, unless something newer waits', () => {
    const q = queue();
    q.send(status('a', 1));
    q.send(status('b', 1));
    q.take();
    q.send(status('a', 2));
    q.requeue();
    const second = q.take();
    expect(all(second).sort()).toEqual(['a@2', 'b@1']);
    q.settle(second.map(({ id }) => ({ id, outcome: 'retry' })));
    expect(all(q.take()).sort()).toEqual(['a@2', 'b@1']);
  });

  it('drops what was refused or is gone, and the status of a pod that is gone', () => {
    const q = queue();
    q.send(status('a', 1));
    q.send(gone('a'));
    q.send(status('b', 1));
    const first = q.take();
    expect(all(first)).toEqual(['podGone', 'b@1']);
    q.settle([
      { id: first[0]!.id, outcome: 'refused' },
      { id: first[1]!.id, outcome: 'gone' },
    ]);
    expect(q.size).toBe(0);
  });

  it('bounds the events it keeps', () => {
    const q = queue();
    const event = { kind: 'event', involvedObject: {}, eventType: 'Normal', reason: 'r', time: 't', component: 'c' } as const;
    for (let i = 0; i < 500; i++) q.send({ ...event, message: String(i) });
    expect(q.size).toBe(200);
    expect(q.take()[0]).toMatchObject({ message: '300' });
  });
});
