/**
 * What the API server knows of whoever makes a request.
 */

import { type Infer, list, str, struct } from '../dsl/field.ts';
import { extra } from './extra.ts';

export const UserInfo = struct('io.k8s.api.authentication.v1.UserInfo', 'A user as the server knows it.', {
  username: str(1, 'Unique name among all users.'),
  uid: str(2, 'Tells users apart that had the same name at different times.'),
  groups: list(3, 'string', 'Groups the user is in.'),
  extra: extra(4, 'What else the authenticator told.'),
});
export type UserInfo = Infer<typeof UserInfo>;
