/** The Docker Engine of this machine: which one, and one clear line when it cannot be used. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { PersonError } from '../person-error.ts';

export interface DockerEngine {
  readonly dockerHost: string;
  readonly docker: Docker;
  readonly version: string;
}

/** DOCKER_HOST, else the first usual socket that is there: the system's, Docker Desktop's, the rootless one. */
export const dockerHostOf = (env: NodeJS.ProcessEnv): string => {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const sockets = ['/var/run/docker.sock'];
  if (env.HOME) sockets.push(join(env.HOME, '.docker/run/docker.sock'));
  if (env.XDG_RUNTIME_DIR) sockets.push(join(env.XDG_RUNTIME_DIR, 'docker.sock'));
  return `unix://${sockets.find(existsSync) ?? sockets[0]}`;
};

export const dockerClient = (dockerHost: string): Docker => {
  if (dockerHost.startsWith('unix://')) return new Docker({ socketPath: dockerHost.slice('unix://'.length) });
  const match = /^(tcp|http|https):\/\/(.+)$/.exec(dockerHost);
  if (!match) throw new PersonError(`DOCKER_HOST=${dockerHost} is not understood: use unix:///path or tcp://host:port.`);
  const url = new URL(`http://${match[2]}`);
  return new Docker({ protocol: match[1] === 'https' ? 'https' : 'http', host: url.hostname, port: Number(url.port || 2375) });
};

/** @throws PersonError when no engine answers, or the rights are missing, or the engine cannot run Linux containers */
export const connectDocker = async (env: NodeJS.ProcessEnv): Promise<DockerEngine> => {
  const dockerHost = dockerHostOf(env);
  const docker = dockerClient(dockerHost);
  try {
    const version = (await docker.version()) as { Version: string; Os?: string };
    if (version.Os && version.Os !== 'linux')
      throw new PersonError(`The Docker Engine at ${dockerHost} runs ${version.Os} containers: Kedge needs Linux ones.`);
    return { dockerHost, docker, version: version.Version };
  } catch (error) {
    if (error instanceof PersonError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new PersonError(
        `No rights on ${dockerHost}: add yourself to the group docker (sudo usermod -aG docker $USER, then log in again), or run as root.`,
      );
    }
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      throw new PersonError(
        `No Docker Engine answers at ${dockerHost}: start Docker, install it (https://docs.docker.com/engine/install), or name another one with DOCKER_HOST.`,
      );
    }
    throw new PersonError(`The Docker Engine at ${dockerHost} does not answer: ${message}`);
  }
};
