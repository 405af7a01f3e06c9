/**
 * Outbound: HTTPS from the control plane itself to an address outside the cluster, for webhooks with a `url`. What each platform can do with a CA of its
 * own differs: Node.js checks the certificate with it, Workers cannot, and says how to mend it.
 */
export interface OutboundOptions {
  /** PEM that the certificate must lead to. Absent: what the platform trusts. */
  readonly ca?: string;
}

/** As `fetch`; redirects are not followed. @throws Error whose message is for the author of the address */
export type Outbound = (request: Request, options: OutboundOptions) => Promise<Response>;

/** Where the platform has nothing but `fetch`. */
export const fetchOutbound =
  (fetch: (request: Request) => Promise<Response>): Outbound =>
  async (request, { ca }) => {
    if (ca !== undefined) {
      throw new Error(
        'a clientConfig with url and caBundle cannot be called from Cloudflare Workers: use clientConfig.service, or a publicly trusted certificate without caBundle',
      );
    }
    return fetch(request);
  };
