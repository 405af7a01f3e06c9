/** A controller that starts again, and views that lack pods: what goes on, what ends, what is only kept. */
import { expect, it } from 'vitest';
import { app, ready, startAgent } from './controller-fixture.ts';
import { MemorySink, MemoryView, podOf, settle } from './fixtures.ts';

it('makes each container once, whenever the agent stops and starts', async () => {
  const agent = await startAgent();
  const pods = ['a', 'b', 'c'].map((name) => podOf(name, { containers: [app()] }));
  for (const pod of pods) agent.view.put('core/pods', pod);
  for (let i = 0; i < 6; i++) {
    // Stops at another point each time: after i turns of the event loop.
    for (let turn = 0; turn < i * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    await agent.stop();
    await settle();
    agent.start();
  }
  for (const pod of pods) await agent.until(pod.metadata.uid!, ready);
  expect((await agent.runtime.listPods()).containers.map(({ attempt, state }) => [attempt, state])).toEqual([
    [0, 'running'],
    [0, 'running'],
    [0, 'running'],
  ]);
  expect(agent.calls('startContainer')).toHaveLength(3);
});

it('touches nothing without a complete view, and removes what a complete one lacks', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app()] }));
  await agent.until('uid-web', ready);
  agent.view.complete = false;
  agent.view.remove('core/pods', 'default', 'web');
  await settle();
  expect((await agent.runtime.listPods()).containers).toMatchObject([{ state: 'running' }]);
  agent.view.complete = true;
  agent.view.put('core/configmaps', { metadata: { name: 'x', namespace: 'default' } });
  await expect.poll(() => agent.runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
  await expect.poll(() => agent.controller.pods).toEqual([]);
  expect(agent.sink.reports.some(({ kind }) => kind === 'podGone')).toBe(false);
});

it('reports nothing again that the view shows already', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { containers: [app()] });
  agent.view.put('core/pods', pod);
  const status = await agent.until('uid-web', ready);
  await agent.stop();
  agent.sink = new MemorySink();
  agent.view.put('core/pods', { ...pod, status });
  agent.start();
  agent.view.put('core/pods', podOf('other', { containers: [app()] }));
  await agent.until('uid-other', ready);
  expect(agent.sink.status('uid-web')).toBeUndefined();
});

it('without memory, ends what the incarnation that speaks had asked for, and keeps what another one had', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('old', { containers: [app()] }));
  await agent.until('uid-old', ready);
  agent.view.incarnation = 'i2';
  agent.view.put('core/pods', podOf('new', { containers: [app()] }));
  await agent.until('uid-new', ready);
  await agent.stop();
  // another process, that remembers nothing, and a control plane that names neither
  agent.view = new MemoryView();
  agent.view.incarnation = '';
  agent.view.complete = false;
  agent.start();
  await settle();
  agent.view.incarnation = 'i2';
  agent.view.complete = true;
  agent.view.put('core/nodes', { metadata: { name: 'n1' } } as never);
  await expect.poll(async () => (await agent.runtime.listPods()).sandboxes.map(({ name }) => name)).toEqual(['old']);
  expect(agent.controller.kept).toMatchObject([{ namespace: 'default', name: 'old', uid: 'uid-old' }]);
  // named again, it is attended as it is
  agent.view.put('core/pods', podOf('old', { containers: [app()] }));
  await agent.sink.until(
    (reports) => reports.filter((report) => report.kind === 'podStatus' && (report as { name?: string }).name === 'old').length > 1,
  );
  expect([agent.controller.kept, agent.calls('createContainer')]).toEqual([[], ['createContainer app/0', 'createContainer app/0']]);
});

it('ends a pod that nobody knows when a person lets go of it', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('old', { containers: [app()] }));
  await agent.until('uid-old', ready);
  await agent.stop();
  agent.view = new MemoryView();
  agent.view.incarnation = 'other-incarnation';
  agent.start();
  await expect.poll(() => agent.controller.kept.length).toBe(1);
  agent.view.put('core/nodes', { metadata: { name: 'n1', annotations: { 'kedge.dev/let-go': 'other-in' } } } as never);
  await expect.poll(async () => [(await agent.runtime.listPods()).sandboxes, agent.controller.kept]).toEqual([[], []]);
});

it('ends what was deleted under a later incarnation than the one that had asked for it, when it remembers that one', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { containers: [app()] });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', ready);
  await agent.stop();
  agent.view.incarnation = 'i2';
  agent.start();
  agent.view.remove('core/pods', 'default', 'web');
  await expect.poll(async () => (await agent.runtime.listPods()).sandboxes).toEqual([]);
});

it('makes nothing anew for a pod that is only kept', async () => {
  const agent = await startAgent();
  const gone = podOf('gone', { containers: [app()] });
  agent.view.put('core/pods', podOf('web', { containers: [app()] }));
  await agent.until('uid-web', ready);
  await agent.stop();
  agent.view.retained = ['core/pods/default/web', 'core/pods/default/gone'];
  agent.view.put('core/pods', gone);
  agent.start();
  await expect.poll(() => agent.controller.kept).toMatchObject([{ name: 'web' }]);
  agent.view.put('core/pods', podOf('named', { containers: [app()] }));
  await agent.until('uid-named', ready);
  expect((await agent.runtime.listPods()).sandboxes.map(({ name }) => name).sort()).toEqual(['named', 'web']);
});
