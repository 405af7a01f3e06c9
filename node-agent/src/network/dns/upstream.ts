/** Forwards questions that are not the cluster's to the machine's own name servers: UDP first, TCP when the reply was cut, the next server on silence. */
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;
const HEADER_BYTES = 12;

export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

export const parseResolvConf = (text: string): ResolvConf => {
  const nameservers: string[] = [];
  let search: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0]) nameservers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') search = values;
    if (keyword === 'options') options = [...options, ...values];
  }
  return { nameservers, search, options };
};

/** systemd-resolved keeps the real servers beside its stub; both work from the host itself. */
export const readHostResolvConf = async (): Promise<ResolvConf> =>
  parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));

const overUdp = (server: string, query: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
    let done = false;
    const finish = (error: Error | undefined, reply?: Buffer): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.close();
      if (reply) resolve(reply);
      else reject(error ?? new Error('no reply'));
    };
    const timer = setTimeout(() => finish(new Error(`${server}: timed out`)), TIMEOUT_MS);
    socket.on('error', (error) => finish(error));
    // Only a reply to this very question from the server asked counts.
    socket.on('message', (reply) => {
      if (reply.length >= HEADER_BYTES && reply.readUInt16BE(0) === query.readUInt16BE(0)) finish(undefined, reply);
    });
    // Node hands a failed connect (no route, say) to the callback, whatever its types say.
    socket.connect(53, server, ((error?: Error) => (error ? finish(error) : socket.send(query))) as () => void);
  });

const overTcp = (server: string, query: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: server, port: 53 });
    const chunks: Buffer[] = [];
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${server}: timed out`)));
    socket.on('error', reject);
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      socket.end();
      resolve(all.subarray(2, 2 + all.readUInt16BE(0)));
    });
    socket.on('close', () => reject(new Error(`${server}: closed`)));
  });

const isTruncated = (reply: Buffer): boolean => (reply.readUInt8(2) & 0x02) !== 0;

/** The raw reply. @throws Error when no server answered. */
export const forwardQuery = async (servers: readonly string[], query: Buffer): Promise<Buffer> => {
  let last: unknown = new Error('this machine has no name server');
  for (const server of servers) {
    try {
      const reply = await overUdp(server, query);
      return isTruncated(reply) ? await overTcp(server, query) : reply;
    } catch (error) {
      last = error;
    }
  }
  throw last;
};
