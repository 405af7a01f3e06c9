/**
 * The node's DNS server: UDP and TCP on one port of the pod network's gateway, answering from the view also while the control plane is away.
 * Malformed packets get FORMERR or silence; a query costs bounded memory and time.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import dnsPacket, { type Packet } from 'dns-packet';
import type { Logger } from '../../context.ts';
import { answerQuestion, type Record } from './answer.ts';
import { forwardQuery } from './upstream.ts';
import type { Zone } from './zone.ts';

const PLAIN_UDP_BYTES = 512;
const MAX_UDP_BYTES = 1232;
const TCP_IDLE_MS = 10_000;
const FLAG_AUTHORITATIVE = 1 << 10;
const FLAG_RECURSION_AVAILABLE = 1 << 7;
const FLAG_TRUNCATED = 1 << 9;
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3 } as const;
const MAX_FORWARDS = 512;

export interface DnsServerOptions {
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly zone: () => Zone;
  readonly upstream: readonly string[];
  readonly log: Logger;
}

export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

const reply = (query: Packet, rcode: keyof typeof RCODES, flags: number, sections: Partial<Packet> = {}): Packet => ({
  type: 'response',
  ...(query.id === undefined ? {} : { id: query.id }),
  flags: flags | FLAG_RECURSION_AVAILABLE | ((query.flags ?? 0) & (1 << 8)) | RCODES[rcode],
  questions: query.questions ?? [],
  ...sections,
});

const encodeRecords = (records: readonly Record[]): NonNullable<Packet['answers']> => records as NonNullable<Packet['answers']>;

/** One query in, one reply out; undefined for what deserves no answer. */
export const createResponder = (options: Pick<DnsServerOptions, 'zone' | 'upstream' | 'log'>) => {
  let turn = 0;
  let forwards = 0;

  const forward = async (query: Packet, raw: Buffer, target: string, prefix: readonly Record[]): Promise<Buffer> => {
    if (forwards >= MAX_FORWARDS) return dnsPacket.encode(reply(query, 'SERVFAIL', 0));
    forwards++;
    try {
      if (prefix.length === 0) return await forwardQuery(options.upstream, raw);
      const inner = dnsPacket.encode({
        type: 'query',
        id: query.id ?? 0,
        flags: 1 << 8,
        questions: [{ ...query.questions![0]!, name: target }],
      });
      const answer = dnsPacket.decode(await forwardQuery(options.upstream, inner));
      return dnsPacket.encode(reply(query, 'NOERROR', 0, { answers: [...encodeRecords(prefix), ...(answer.answers ?? [])] }));
    } catch (error) {
      options.log.debug('dns: forwarding failed', { name: target, error: String(error) });
      return dnsPacket.encode(reply(query, 'SERVFAIL', 0, { answers: encodeRecords(prefix) }));
    } finally {
      forwards--;
    }
  };

  return async (raw: Buffer): Promise<{ readonly query: Packet; readonly reply: Buffer } | undefined> => {
    let query: Packet;
    try {
      query = dnsPacket.decode(raw);
    } catch {
      return undefined;
    }
    const question = query.questions?.[0];
    if (query.type !== 'query' || question === undefined) return undefined;
    if (query.questions!.length !== 1) return { query, reply: dnsPacket.encode(reply(query, 'FORMERR', 0)) };
    const answer = answerQuestion({ name: question.name, type: question.type }, options.zone(), turn++);
    if (answer.kind === 'forward') return { query, reply: await forward(query, raw, answer.target, answer.prefix) };
    const packet = reply(query, answer.rcode, FLAG_AUTHORITATIVE, {
      answers: encodeRecords(answer.answers),
      authorities: encodeRecords(answer.authorities),
      additionals: encodeRecords(answer.additionals),
    });
    return { query, reply: dnsPacket.encode(packet) };
  };
};

type Responder = ReturnType<typeof createResponder>;

const udpLimit = (query: Packet): number => {
  const opt = (query.additionals ?? []).find((record) => record.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  return Math.min(MAX_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, opt?.udpPayloadSize ?? PLAIN_UDP_BYTES));
};

const serveUdp = (socket: UdpSocket, respond: Responder, log: Logger): void => {
  socket.on('message', (raw, from) => {
    respond(raw)
      .then((result) => {
        if (!result) return;
        const fits = result.reply.length <= udpLimit(result.query);
        const out = fits ? result.reply : dnsPacket.encode(reply(result.query, 'NOERROR', FLAG_TRUNCATED));
        socket.send(out, from.port, from.address);
      })
      .catch((error) => log.warn('dns: query failed', { error: String(error) }));
  });
};

const serveTcp = (socket: Socket, respond: Responder): void => {
  let buffered = Buffer.alloc(0);
  let work = Promise.resolve();
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const message = buffered.subarray(2, 2 + buffered.readUInt16BE(0));
      buffered = buffered.subarray(2 + message.length);
      work = work.then(async () => {
        const result = await respond(message);
        if (!result || socket.destroyed) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(result.reply.length);
        socket.write(Buffer.concat([length, result.reply]));
      });
      work.catch(() => socket.destroy());
    }
  });
};

const listenTcp = (server: Server, port: number, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve((server.address() as { port: number }).port));
  });

const bindUdp = (socket: UdpSocket, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => resolve());
  });

/** @throws Error when the address cannot be bound. */
export const startDnsServer = async (options: DnsServerOptions): Promise<DnsServer> => {
  const respond = createResponder(options);
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveTcp(socket, respond);
  });
  tcp.maxConnections = 256;
  const port = await listenTcp(tcp, options.port, options.address);
  const udp = createSocket('udp4');
  await bindUdp(udp, port, options.address).catch((error) => {
    tcp.close();
    throw error;
  });
  udp.on('error', (error) => options.log.warn('dns: socket failed', { error: String(error) }));
  serveUdp(udp, respond, options.log);
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
};
