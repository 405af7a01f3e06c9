/** `get` in every form of output, selection and paging, `get -w`, `get --raw`, `explain`, `api-resources`, and what needs no object. */
import { isSettled, type Theme } from './session.ts';

const configMap = (name: string, tier: string, size: number) => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, labels: { tier: ${tier} }, annotations: { size: "${size}" } }
data: { size: "${size}" }
`;

const objects = `${configMap('one', 'front', 3)}---
${configMap('two', 'back', 1)}---
${configMap('three', 'back', 2)}---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: nginx:1.27 }] } }
`;

export const get: Theme = {
  name: 'get',
  masks: [
    [/^(\s*)"(uid|resourceVersion)": .*$/gm, '$1"$2": <$2>'],
    [/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g, '<certificate>'],
  ],
  play: async ({ run, each, start, note, file, quietly, until }) => {
    file('objects.yaml', objects);
    await run('create -f objects.yaml');
    await until('/apis/apps/v1/namespaces/get/deployments/web', isSettled);
    await until('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', ({ items }) => items.length === 1);
    await each(
      'get configmaps',
      'get cm one two',
      'get cm/one deployment/web',
      'get -f objects.yaml',
      'get cm -o name',
      'get cm one -o yaml',
      'get deployment web -o yaml',
      'get cm one -o json',
      'get cm -l tier=back -o yaml',
      ['get', 'cm', '-l', 'tier', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"="}{.data.size}{"\\n"}{end}'],
      'get cm one -o jsonpath={.data.missing}',
      ['get', 'cm', '-l', 'tier', '-o', 'go-template={{range .items}}{{.metadata.name}} {{end}}'],
      'get cm -o custom-columns=NAME:.metadata.name,SIZE:.data.size,NONE:.data.none',
      'get cm --sort-by=.data.size -l tier',
      'get cm --sort-by=.metadata.name -o name',
      'get cm --show-labels -l tier',
      'get cm --show-kind -l tier=front',
      'get cm -L tier -l tier',
      'get cm --no-headers -l tier',
      'get cm --chunk-size=1 -l tier',
      'get cm -l tier=back,tier!=front',
      ['get', 'cm', '-l', 'tier in (front, middle)'],
      ['get', 'cm', '-l', '!tier', '-o', 'name'],
      'get cm --field-selector metadata.name=one',
      'get cm --field-selector metadata.name!=one -l tier',
      'get cm --field-selector data.size=1',
      'get cm -l tier=none',
      'get cm none',
      'get cm none --ignore-not-found',
      'get cm one none',
      'get cm one -n elsewhere',
      'get cm one -o nothing',
      'get things',
      'get deployment.v1.apps/web -o name',
      'get deployments.v9.apps',
      'get deployment web --subresource=scale',
      'get deployment web --subresource=status -o jsonpath={.status.observedGeneration}',
      'get namespace get -o yaml',
      'get services,endpointslices -n default -o name',
      'get cm -A -l tier',
      'get --raw /readyz',
      'get --raw /livez?verbose',
      'get --raw /api/v1/namespaces/get/configmaps/none',
      'get --raw /apis/nothing/v1',
      'explain configmap',
      'explain deployment.spec.replicas',
      'explain pod.spec.containers.ports',
      'explain lease --recursive',
      'explain pod.spec.none',
      'explain things',
      'explain deployments --api-version=apps/v9',
      'api-resources --api-group=apps',
      'api-resources --namespaced=false --verbs=list,get -o name --api-group=rbac.authorization.k8s.io',
      'api-resources -o wide --api-group=autoscaling',
      'api-resources --categories=all',
      'api-resources --no-headers --sort-by=kind --api-group=policy',
      'cluster-info',
      'version -o json',
    );
    const watching = start('get cm -w -l tier=front');
    // kubectl writes a row in pieces
    await watching.waitForOutput(/one +1 +\S+\n/);
    await quietly('create cm four');
    await quietly('label cm four tier=front');
    await watching.waitForOutput(/four +0 +\S+\n/);
    await quietly('label cm one tier=back --overwrite');
    await watching.waitForOutput(/one .*\n[\s\S]*one .*\n/);
    note('kubectl get cm -w -l tier=front', { stdout: (await watching.stop('SIGINT')).stdout });
    const events = start('get cm four -w --output-watch-events');
    await events.waitForOutput(/ADDED .*\n/);
    await quietly('delete cm four');
    await events.waitForOutput(/DELETED .*\n/);
    note('kubectl get cm four -w --output-watch-events', { stdout: (await events.stop('SIGINT')).stdout });
  },
};
