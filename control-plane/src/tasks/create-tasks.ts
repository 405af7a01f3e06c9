/** Every task that decisions may ask for. A task is one line here; what it is for stands with the controller that asks. */
import { createAuthorizer } from '../auth/authorize.ts';
import { certificateAuthority } from '../auth/certificates/authority.ts';
import type { Tasks } from '../controller-runtime/tasks.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import { approveCertificateRequest, signRequest } from './certificate-requests.ts';

export type TaskPlatform = Pick<Platform, 'store' | 'hub' | 'keys' | 'cluster' | 'clock' | 'random'>;

export const createTasks = (platform: TaskPlatform, registry: ApiRegistry): Tasks => ({
  'approve-certificate-request': approveCertificateRequest(createAuthorizer(platform)),
  'sign-certificate-request': signRequest(
    () => certificateAuthority(platform, registry),
    (length) => platform.random.bytes(length),
  ),
});
