/** Every task that decisions may ask for. A task is one line here; what it is for stands with the controller that asks. */
import { checkApiService } from '../aggregation/availability.ts';
import { createFrontProxy } from '../aggregation/front-proxy.ts';
import { createAuthorizer } from '../auth/authorize.ts';
import { certificateAuthority } from '../auth/certificates/authority.ts';
import type { Tasks } from '../controller-runtime/tasks.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import { approveCertificateRequest, signRequest } from './certificate-requests.ts';
import { expireApiServerLeases, removeNodeLease } from './leases.ts';
import { expireBootstrapToken, fillToken, removeAccountToken } from './token-secrets.ts';

export type TaskPlatform = Pick<Platform, 'store' | 'hub' | 'relay' | 'keys' | 'cluster' | 'clock' | 'random'>;

export const createTasks = (platform: TaskPlatform, registry: ApiRegistry): Tasks => ({
  'check-api-service': checkApiService({ ...platform, frontProxy: createFrontProxy(platform, registry) }),
  'expire-api-server-leases': expireApiServerLeases(platform.store),
  'remove-node-lease': removeNodeLease(platform.store),
  'expire-bootstrap-token': expireBootstrapToken({ platform, registry }),
  'fill-account-token': fillToken({ platform, registry }),
  'remove-account-token': removeAccountToken({ platform, registry }),
  'approve-certificate-request': approveCertificateRequest(createAuthorizer(platform)),
  'sign-certificate-request': signRequest(
    () => certificateAuthority(platform, registry),
    (length) => platform.random.bytes(length),
  ),
});
