/**
 * Sends a watch, or a list of many, straight to its socket: what is the same for a thousand watches is framed as one HTTP chunk once, and each of them costs
 * one write. A source is asked nothing until a full socket has drained, so a slow reader holds one piece.
 */
import type { ServerResponse } from 'node:http';
import { LastMade } from '../../apiserver/last-made.ts';
import type { PieceSource } from '../../apiserver/piece-source.ts';

/** Many are sent the same few pieces. */
const chunks = new LastMade<Uint8Array, Buffer>(16);

const framed = (piece: Uint8Array): Buffer => {
  const head = `${piece.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafeSlow(head.length + piece.length + 2);
  chunk.write(head, 0, 'latin1');
  chunk.set(piece, head.length);
  chunk.write('\r\n', head.length + piece.length, 'latin1');
  return chunk;
};

/** `piece` as one chunk of HTTP/1.1, made once for those who ask one after the other. */
export const chunkOf = (piece: Uint8Array): Buffer => chunks.of(piece, framed);

/** What of a response tells whether its connection is free for it and takes chunks. */
export const takesChunks = ({ req, socket, writableEnded, destroyed }: ServerResponse): boolean =>
  req.httpVersion === '1.1' && req.method === 'GET' && socket !== null && !writableEnded && !destroyed;

/** Everything of `source`, until it ends or the connection does. {@link takesChunks} must hold. */
export const sendPieces = (source: PieceSource, { status, headers }: Response, outgoing: ServerResponse): void => {
  const socket = outgoing.socket!;
  const chunked = source.shared ? chunkOf : framed;
  let full = false;
  const flow = (): void => {
    try {
      while (!full && !outgoing.destroyed) {
        const piece = source.next();
        if (piece === undefined) return;
        if (piece === 'ended') {
          socket.off('drain', drained);
          outgoing.end();
          return;
        }
        full = !socket.write(chunked(piece));
      }
    } catch {
      // what follows is not known: a body that is cut off says so
      outgoing.destroy();
    }
  };
  const drained = (): void => {
    full = false;
    flow();
  };
  outgoing.once('close', () => {
    socket.off('drain', drained);
    source.close();
  });
  outgoing.writeHead(status, { ...Object.fromEntries(headers), 'transfer-encoding': 'chunked' });
  outgoing.flushHeaders();
  socket.on('drain', drained);
  source.onNews = flow;
  flow();
};
