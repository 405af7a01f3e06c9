/** Logs, exec, eviction and protobuf bodies: the paths to a node, with the relay in the test's hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Deployment } from '#schema/apps/deployment.ts';
import { encodeProto } from '#schema/dsl/proto.ts';
import { DeleteOptions } from '#schema/meta/delete-options.ts';
import { encodeEnvelope } from '#schema/proto/envelope.ts';
import type { StreamOpen } from '../hub/hub.ts';
import type { FrameStream } from '../relay/relay.ts';
import { createWorld, podNamed, type World } from './testing.ts';

let world: World;
let opened: { node: string; open: StreamOpen; protocol?: string }[] = [];
let frames: (Uint8Array | string)[] = [];
let closed = { code: 1000, reason: '' };

const streamOf = (all: readonly (Uint8Array | string)[]): FrameStream => ({
  send: async () => {},
  close: () => {},
  frames: (async function* () {
    yield* all;
  })(),
  closed: Promise.resolve(closed),
});

const pods = '/api/v1/namespaces/default/pods';
const proto = 'application/vnd.kubernetes.protobuf';
const bytes = (text: string) => new TextEncoder().encode(text);
const setStatus = async (name: string, status: object) =>
  expect((await world.call('PATCH', `${pods}/${name}/status`, { status }, { 'content-type': 'application/merge-patch+json' })).status).toBe(
    200,
  );
const bind = (name: string) => world.call('POST', `${pods}/${name}/binding`, { metadata: { name }, target: { kind: 'Node', name: 'n1' } });

beforeAll(async () => {
  world = await createWorld({
    relay: {
      dial: async (node, open) => {
        opened.push({ node, open });
        return streamOf(frames);
      },
      splice: async (node, open, _request, protocol) => {
        opened.push({ node, open, protocol });
        return new Response('spliced');
      },
    },
  });
  const two = podNamed('two');
  await world.create(pods, { ...two, spec: { containers: [...two.spec.containers, { name: 'side', image: 'nginx' }] } });
  await world.create(pods, podNamed('one'));
});
beforeEach(() => {
  opened = [];
  closed = { code: 1000, reason: '' };
});
afterAll(() => world.close());

describe('log', () => {
  test('before there is anything to read', async () => {
    const get = async (path: string) => (await world.call('GET', `${pods}/${path}`)).body;
    expect((await get('two/log')).message).toBe('a container name must be specified for pod two, choose one of: [app side]');
    expect((await get('one/log?container=x')).message).toBe('container x is not valid for pod one');
    expect(await get('one/log')).toBe('');
    expect((await get('nope/log')).message).toBe('pods "nope" not found');
    await bind('one');
    expect(await get('one/log')).toMatchObject({
      code: 400,
      message: 'container "app" in pod "one" is waiting to start: ContainerCreating',
    });
    await setStatus('one', {
      containerStatuses: [
        {
          name: 'app',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
        },
      ],
    });
    expect((await get('one/log')).message).toBe('container "app" in pod "one" is waiting to start: no such image');
    expect(opened).toEqual([]);
  });

  test('streams bytes as they come, with the query passed on', async () => {
    await setStatus('one', {
      containerStatuses: [{ name: 'app', image: 'x', imageID: '', ready: true, restartCount: 0, state: { running: {} } }],
    });
    frames = [bytes('line 1\n'), bytes('line 2\n')];
    const response = await world.raw('GET', `${pods}/one/log?tailLines=2&follow=true`);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('line 1\nline 2\n');
    expect(opened[0]).toMatchObject({
      node: 'n1',
      open: { kind: 'logs', pod: 'one', container: 'app', namespace: 'default', params: { tailLines: ['2'], follow: ['true'] } },
    });
    expect(opened[0]!.open.session).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test('an agent that cannot read says why', async () => {
    frames = [JSON.stringify({ kind: 'Status', reason: 'BadRequest', message: 'no log' })];
    expect((await world.call('GET', `${pods}/one/log`)).body).toMatchObject({ code: 400, message: 'no log' });
    expect((await world.call('GET', `${pods}/one/log?previous=true`)).body.message).toBe(
      'previous terminated container "app" in pod "one" not found',
    );
  });

  test('that breaks off does not look like one that has ended', async () => {
    frames = [bytes('half')];
    closed = { code: 1001, reason: 'the agent stops' };
    await expect(world.call('GET', `${pods}/one/log`)).rejects.toThrow('the log broke off');
  });

  test.each([
    ['tailLines=-1', 422, /tailLines: Invalid value: -1: must be greater than or equal to 0/],
    ['limitBytes=0', 422, /limitBytes: Invalid value: 0/],
    ['sinceSeconds=0', 422, /sinceSeconds: Invalid value: 0: must be greater than 0/],
    ['sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 422, /at most one of `sinceTime` or `sinceSeconds` may be specified/],
    ['tailLines=x', 400, /strconv.ParseInt/],
  ])('%s is refused', async (query, code, message) => {
    const { body } = await world.call('GET', `${pods}/one/log?${query}`);
    expect(body.code).toBe(code);
    expect(body.message).toMatch(message);
  });
});

describe('exec', () => {
  const upgrade = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-protocol': 'v5.channel.k8s.io' };
  const path = `${pods}/one/exec?command=ls&command=-l&stdout=true`;

  test('is spliced with the best sub-protocol offered', async () => {
    const response = await world.raw('GET', path, {
      headers: { ...upgrade, 'sec-websocket-protocol': 'v4.channel.k8s.io, v5.channel.k8s.io' },
    });
    expect(await response.text()).toBe('spliced');
    expect(opened[0]).toMatchObject({
      node: 'n1',
      protocol: 'v5.channel.k8s.io',
      open: { kind: 'exec', params: { command: ['ls', '-l'] } },
    });
  });

  test.each([
    [`${pods}/one/exec?stdout=true`, upgrade, /at least 1 command/],
    [`${pods}/one/exec?command=ls`, upgrade, /at least 1 of stdin, stdout, stderr/],
    [path, {}, /Upgrade request required/],
    [path, { ...upgrade, 'sec-websocket-protocol': 'v1.x' }, /no supported sub-protocol/],
    [`${pods}/two/exec?command=ls&stdout=true&container=app`, upgrade, /does not have a host assigned/],
    [path, { upgrade: 'SPDY/3.1' }, /its agent is not connected/],
  ])('%s is refused with a Status', async (where, headers, message) => {
    const { body } = await world.call('GET', where, undefined, headers as Record<string, string>);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure' });
    expect(body.message).toMatch(message);
  });
});

describe('eviction', () => {
  test('deletes with its options', async () => {
    await world.create(pods, podNamed('evicted'));
    await bind('evicted');
    const body = { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'evicted' }, deleteOptions: { gracePeriodSeconds: 7 } };
    expect((await world.call('POST', `${pods}/evicted/eviction`, body)).body).toMatchObject({ status: 'Success', code: 201 });
    expect((await world.call('GET', `${pods}/evicted`)).body.metadata.deletionGracePeriodSeconds).toBe(7);
  });
});

describe('protobuf bodies', () => {
  const post = (method: string, path: string, apiVersion: string, kind: string, raw: Uint8Array) =>
    world.raw(method, path, {
      headers: { 'content-type': proto },
      body: encodeEnvelope({ apiVersion, kind, raw }) as Uint8Array<ArrayBuffer>,
    });

  test('create and delete', async () => {
    const deployment = {
      metadata: { name: 'pb' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'pb' } },
        template: { metadata: { labels: { app: 'pb' } }, spec: { containers: [{ name: 'a', image: 'nginx' }] } },
      },
    };
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const made = await post('POST', path, 'apps/v1', 'Deployment', encodeProto(Deployment, deployment as any));
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ kind: 'Deployment', spec: { replicas: 2, strategy: { type: 'RollingUpdate' } } });
    const options = encodeProto(DeleteOptions, { propagationPolicy: 'Foreground' } as any);
    const marked: any = await (await post('DELETE', `${path}/pb`, 'v1', 'DeleteOptions', options)).json();
    expect(marked.metadata.finalizers).toEqual(['foregroundDeletion']);
  });
});
