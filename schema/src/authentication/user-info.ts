/**
 * What the API server knows of whoever makes a request.
 */

import { type Infer, list, str, struct } from '../dsl/field.ts';
import { extra } from './extra.ts';

export const UserInfo = struct('io.k8s.api.authentication.v1.UserInfo', '@authentication.UserInfo', {
  username: str(1, '@authentication.UserInfo.username'),
  uid: str(2, '@authentication.UserInfo.uid'),
  groups: list(3, 'string', '@authentication.UserInfo.groups'),
  extra: extra(4, '@authentication.UserInfo.extra'),
});
export type UserInfo = Infer<typeof UserInfo>;
