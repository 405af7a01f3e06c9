/** pods/NAME/portforward: not served yet. */
import type { Handler } from '../call.ts';
import { ApiError } from '../errors.ts';

export const portForward: Handler = async () => {
  throw new ApiError(
    'MethodNotAllowed',
    'port forwarding is not supported yet: reach the pod by its IP on the node, or through a Service of type NodePort',
    {},
  );
};
