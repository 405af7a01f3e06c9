/** `auth`, `certificate`, `wait`, `taint`, `cordon`, `drain` and the rest that asks or changes who may do what and where pods go. */
import type { Theme } from './session.ts';

const roles = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: access }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers, namespace: access }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: User, name: jane, apiGroup: rbac.authorization.k8s.io }]
`;

export const access: Theme = {
  name: 'access',
  play: async ({ run, each, file }) => {
    file('roles.yaml', roles);
    await run('auth reconcile -f roles.yaml');
    await run('auth reconcile -f roles.yaml');
    file('roles.yaml', roles.replace('verbs: [get, list, watch]', 'verbs: [get, list, watch, delete]'));
    await run('auth reconcile -f roles.yaml');
    await each(
      'auth whoami',
      'auth whoami --as=jane --as-group=team -o yaml',
      'auth can-i create deployments',
      'auth can-i list pods --as=jane',
      'auth can-i list secrets --as=jane',
      'auth can-i list secrets --as=jane -q',
      'auth can-i get pods/log --as=jane',
      'auth can-i get pods --subresource=log --as=jane',
      'auth can-i get /healthz --as=jane',
      'auth can-i get /secret-path --as=jane',
      'auth can-i * *',
      'auth can-i list things --as=jane',
      'auth can-i list nodes --as=jane',
      'auth can-i --list --as=jane',
      'auth can-i --list --as=system:anonymous',
      'get pods --as=jane',
      'get secrets --as=jane',
      'get nodes --as=jane',
      'get deployment web --as=jane',
      'create cm mine --as=jane',
      'delete pods --all --as=jane',
      'get pods --token=nothing',
      'create role more --verb=get --resource=secrets --as=jane',
      'get pods --as=system:serviceaccount:access:default',
    );
  },
};
