/** Probes: who is restarted and who is ready, also over a restart of the agent. */
import { expect, it } from 'vitest';
import { app, ready, startAgent } from './controller-fixture.ts';
import { MemorySink, podOf, settle } from './fixtures.ts';

it('restarts what fails its liveness probe, and is ready only while its readiness probe says so', async () => {
  const agent = await startAgent();
  const probe = (command: string[]) => ({ exec: { command }, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 1 });
  agent.view.put(
    'core/pods',
    podOf('web', { containers: [app({ readinessProbe: probe(['echo', 'ok']), livenessProbe: probe(['exit', '1']) })] }),
  );
  await agent.until('uid-web', ready);
  await agent.clock.advance(5_000);
  const status = await agent.until('uid-web', (s) => s.containerStatuses![0]!.restartCount === 1);
  expect(status.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 143 });
  expect(agent.sink.events()).toContain('Unhealthy Liveness probe failed: ');
  expect(agent.sink.events()).toContain('Killing Container app failed liveness probe, will be restarted');
});

it('lets a startup probe hold the others back', async () => {
  const agent = await startAgent();
  agent.view.put(
    'core/pods',
    podOf('web', {
      containers: [
        app({
          startupProbe: { exec: { command: ['sh', '-c', 'exit 1'] }, periodSeconds: 1, failureThreshold: 3, timeoutSeconds: 1 },
          readinessProbe: { exec: { command: ['echo', 'ok'] }, timeoutSeconds: 1 },
        }),
      ],
    }),
  );
  await agent.until('uid-web', (s) => s.containerStatuses?.[0]?.state?.running);
  await agent.clock.advance(1_000);
  expect(agent.sink.status('uid-web')!.containerStatuses![0]).toMatchObject({ started: false, ready: false });
  await agent.clock.advance(2_000);
  await agent.until('uid-web', (s) => s.containerStatuses![0]!.restartCount === 1);
  expect(agent.sink.events()).toContain('Killing Container app failed startup probe, will be restarted');
});

it('takes no ready pod out of service because the agent restarted', async () => {
  const agent = await startAgent();
  const slow = { exec: { command: ['sh', '-c', 'sleep 5; exit 0'] }, timeoutSeconds: 10, periodSeconds: 10 };
  const pod = podOf('web', { containers: [app({ readinessProbe: slow, startupProbe: slow })] });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', (s) => s.containerStatuses?.[0]?.state?.running);
  await agent.clock.advance(10_000);
  const status = await agent.until('uid-web', ready);
  await agent.stop();
  agent.sink = new MemorySink();
  agent.view.put('core/pods', { ...pod, status });
  agent.start();
  await settle();
  await agent.clock.advance(30_000);
  expect(agent.sink.status('uid-web')).toBeUndefined();
});
