/**
 * The guestbook shape as manifests: a back end behind a ClusterIP, a front end of three replicas that finds it by its DNS name, behind a NodePort.
 * Every answer names the replica that gave it. The readiness probe is httpGet and there is no preStop: staying available is the node's work.
 */

const backendSite = `server {
  listen 80;
  location / { default_type text/plain; return 200 "the guest book\\n"; }
}
`;

const frontendSite = `server {
  listen 80;
  location /healthz { default_type text/plain; return 200 "ok\\n"; }
  location / { add_header X-Replica $hostname; proxy_pass http://guestbook-backend; }
}
`;

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

export const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** nginx with a site of its own; ready when `probePath` answers. */
export const nginxDeployment = (options: { name: string; replicas: number; site: string; probePath: string }) => {
  const { name, replicas, site, probePath } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'nginx',
              image: 'nginx:latest',
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'http', containerPort: 80 }],
              // a busy machine is slow, not unready
              readinessProbe: { httpGet: { path: probePath, port: 'http' }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 10 },
              volumeMounts: [{ name: 'site', mountPath: '/etc/nginx/conf.d' }],
            },
          ],
          volumes: [{ name: 'site', configMap: { name: site } }],
        },
      },
    },
  };
};

export const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });

export const guestbook = list([
  configMap('guestbook-backend', { 'default.conf': backendSite }),
  configMap('guestbook', { 'default.conf': frontendSite }),
  service('guestbook-backend', { selector: { app: 'guestbook-backend' }, ports: [{ port: 80 }] }),
  nginxDeployment({ name: 'guestbook-backend', replicas: 1, site: 'guestbook-backend', probePath: '/' }),
  service('guestbook', { type: 'NodePort', selector: { app: 'guestbook' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }),
  nginxDeployment({ name: 'guestbook', replicas: 3, site: 'guestbook', probePath: '/healthz' }),
]);

/** A pod to look out of: busybox that does nothing. */
export const busyboxPod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'busybox', image: 'busybox:latest', imagePullPolicy: 'IfNotPresent', command: ['sleep', '100000'] }],
    ...more,
  },
});

export const manifest = (...items: object[]): string => list(items);
