/** A client of the engine a host names, as DOCKER_HOST does: `unix:///path`, `tcp://host:port`; absent: the usual socket. */
import Docker from 'dockerode';

export const dockerAt = (host: string | undefined): Docker => {
  if (host === undefined) return new Docker();
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  const url = new URL(host.replace(/^tcp:/, 'http:'));
  return new Docker({ protocol: 'http', host: url.hostname, port: Number(url.port || 2375) });
};
