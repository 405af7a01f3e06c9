import Docker from 'dockerode';
import { afterAll, expect, it } from 'vitest';
import { pauseImage, pauseImageId, pauseImageTar } from './pause-image.ts';

const docker = new Docker();
const containers: Docker.Container[] = [];

afterAll(async () => {
  await Promise.all(containers.map((container) => container.remove({ force: true })));
});

const run = async (hostConfig: Docker.HostConfig = {}, image = pauseImage, cmd?: string[]) => {
  const container = await docker.createContainer({ Image: image, Cmd: cmd, HostConfig: { NetworkMode: 'none', ...hostConfig } });
  containers.push(container);
  await container.start();
  return container;
};

it('loads, stays up as PID 1, and ends at once and cleanly on SIGTERM', async () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const stream = await docker.loadImage(Buffer.from(pauseImageTar(arch)) as unknown as NodeJS.ReadableStream);
  await new Promise((resolve) => docker.modem.followProgress(stream, resolve));
  expect((await docker.getImage(pauseImage).inspect()).Id).toBe(pauseImageId(arch));

  const container = await run();
  // An exec in an image without a shell cannot be used to look, so ask the engine: PID 1 blocks SIGCHLD and is not ended by it.
  await container.kill({ signal: 'SIGCHLD' });
  expect((await container.inspect()).State.Running).toBe(true);
  // More than one SIGTERM: the kernel drops what PID 1 gets before it has blocked it. No SIGKILL follows them.
  const isRunning = async () => {
    await container.kill({ signal: 'SIGTERM' }).catch(() => undefined);
    return (await container.inspect()).State.Running;
  };
  await expect.poll(isRunning, { timeout: 60_000 }).toBe(false);
  expect((await container.inspect()).State.ExitCode).toBe(0);
});

it('reaps orphans of a shared process namespace', async () => {
  const pause = await run();
  const app = await run({ PidMode: `container:${pause.id}` }, 'busybox:latest', [
    'sh',
    '-c',
    // who is not reaped keeps his number for ever
    '(sleep 0 & echo $! >/tmp/orphan; exec true); while [ -e /proc/$(cat /tmp/orphan) ]; do sleep 0.05; done; ps -o stat,comm',
  ]);
  await app.wait();
  const output = (await app.logs({ stdout: true, stderr: true })).toString();
  expect(output).toContain('pause');
  expect(output).not.toMatch(/^.*\bZ/m);
});
