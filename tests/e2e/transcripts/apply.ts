/** `apply` on both sides, `diff`, `edit`, `replace`, `set`, `patch`, `label`, `annotate`, `delete`: changes of what is there. */
import { isSettled, type Theme } from './session.ts';

const web = (image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{ containerPort: 80 }]
${more}`;

const map = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, labels: { set: pair } }\ndata: ${data}\n`;

const sidecar = `      - name: side
        image: busybox:1.36
`;

export const apply: Theme = {
  name: 'apply',
  masks: [
    [/\/tmp\/(LIVE|MERGED)-\d+/g, '<$1>'],
    [/^((?:stderr: )?(?:---|\+\+\+) \S+)\t.*$/gm, '$1'],
    [/[WIE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\.go:\d+\] /g, '<log> '],
    [/kubectl-edit-\d+\.yaml/g, 'kubectl-edit-<n>.yaml'],
  ],
  play: async ({ run, each, file, until, namespace }) => {
    const diff = { env: { KUBECTL_EXTERNAL_DIFF: 'diff -u' } };
    file('web.yaml', web('nginx:1.27'));
    await run('apply -f web.yaml --dry-run=server');
    await run('diff -f web.yaml --show-managed-fields=false', { env: { KUBECTL_EXTERNAL_DIFF: 'diff -q' } });
    await run('apply -f web.yaml');
    await run('apply -f web.yaml');
    // what its controller adds moves the lines of a diff
    await until(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, isSettled);
    file('web.yaml', web('nginx:1.28', sidecar));
    await run('diff -f web.yaml', diff);
    await run('apply -f web.yaml');
    await run('get deployment web -o jsonpath={.spec.template.spec.containers[*].image}');
    await run('apply view-last-applied deployment/web');
    file('web.yaml', web('nginx:1.28'));
    await run('apply -f web.yaml -o name');
    await run('get deployment web -o jsonpath={.spec.template.spec.containers[*].name}');
    await run('apply set-last-applied -f web.yaml');
    await run('diff -f web.yaml', diff);
    await run('create -f web.yaml');
    await run('apply -f -', { input: web('nginx:1.27').replace('replicas: 0', 'replica: 0'), as: 'kubectl apply -f - # an unknown field' });
    await run('apply -f -', {
      input: web('nginx:1.27').replaceAll('app: web }', 'app: other }'),
      as: 'kubectl apply -f - # another selector',
    });
    await run('apply -f -', {
      input: 'apiVersion: example.org/v1\nkind: Gadget\nmetadata: { name: one }\n',
      as: 'kubectl apply -f - # a kind nobody knows',
    });
    file('maps.yaml', [map('left', '{ a: "1" }'), map('right', '{ a: "1" }')].join('---\n'));
    await run('apply -f maps.yaml --prune -l set=pair');
    file('maps.yaml', map('left', '{ a: "2" }'));
    await run('apply -f maps.yaml --prune -l set=pair --prune-allowlist=core/v1/ConfigMap');
    file('kustomization.yaml', 'namePrefix: kust-\nresources: [maps.yaml]\n');
    await run('apply -k .');

    file('server.yaml', map('served', '{ a: "1", b: "1" }'));
    await run('apply --server-side -f server.yaml');
    await run('apply --server-side -f server.yaml');
    file('server.yaml', map('served', '{ a: "2" }'));
    await run('apply --server-side -f server.yaml --field-manager=other');
    await run('apply --server-side -f server.yaml --field-manager=other --force-conflicts');
    await run('get cm served -o jsonpath={.data}');
    await run([
      'get',
      'cm',
      'served',
      '--show-managed-fields',
      '-o',
      'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {.fieldsV1}{"\\n"}{end}',
    ]);
    await run('apply --server-side -f web.yaml');
    await run('diff --server-side -f server.yaml', diff);

    const edit = (script: string) => ({ env: { KUBE_EDITOR: `sed -i ${script}` } });
    await run('edit cm left', edit('\'s/a: "2"/a: "3"/\''));
    await run('edit cm left', { env: { KUBE_EDITOR: 'true' } });
    await run('edit cm left', edit("'s/name: left/name: Left/'"));
    await run('edit cm none', { env: { KUBE_EDITOR: 'true' } });
    await run('edit deployment web --subresource=status', { env: { KUBE_EDITOR: 'true' } });
    file('left.yaml', map('left', '{ a: "4" }'));
    await run('replace -f left.yaml');
    await run('replace --force -f left.yaml');
    await run('replace -f -', { input: map('none', '{ a: "4" }'), as: 'kubectl replace -f - # of nothing' });

    await run(['patch', 'cm', 'left', '-p', '{"data":{"b":"1"}}']);
    await run(['patch', 'cm', 'left', '-p', '{"data":{"b":"1"}}']);
    await run(['patch', 'cm', 'left', '--type=merge', '-p', '{"data":{"b":null}}']);
    await run(['patch', 'cm', 'left', '--type=json', '-p', '[{"op":"test","path":"/data/a","value":"9"}]']);
    await run(['patch', 'cm', 'left', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"3"}]', '-o', 'jsonpath={.data}']);
    await run(['patch', 'deployment', 'web', '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1.26"}]}}}}']);
    // its scale says another revision with each status
    await until(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, isSettled);
    await run(['patch', 'deployment', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":0}}']);
    await run(['patch', 'deployment', 'web', '--subresource=status', '--type=merge', '-p', '{"status":{"observedGeneration":1}}']);
    await run(['patch', 'cm', 'left', '-p', '{"data":']);
    await run(['patch', 'cm', 'left', '-p', '{"data":{"b":1}}']);
    await run(['patch', 'cm', 'none', '-p', '{}']);
    await run(['patch', 'deployment', 'web', '-p', '{"spec":{"replicas":"two"}}']);
    await run(['patch', '-f', 'left.yaml', '--dry-run=server', '-p', '{"data":{"b":"1"}}']);

    await run('label cm left tier=front');
    await run('label cm left tier=front');
    await run('label cm left tier=back');
    await run('label cm left tier=back --overwrite');
    await run('label cm left tier-');
    await run('label cm left tier-');
    await run('label cm --all size=small -o name');
    await run('label cm left Tier=a/b');
    await run('label cm kube-root-ca.crt --list');
    await run('annotate cm left note=kept');
    await run('annotate cm left note=');
    await run('annotate cm left note- --resource-version=1');
    await run('annotate cm left note-');
    await each(
      'set image deployment/web web=nginx:1.28',
      'set image deployment/web none=nginx:1.28',
      'set env cm/left A=1',
      'set serviceaccount deployment none-such --dry-run=server',
    );
    await run('set env deployment/web COLOR=blue');
    await run('set env deployment/web --list');
    await run('set resources deployment web --limits=cpu=200m,memory=64Mi --requests=cpu=100m');
    await run('set serviceaccount deployment web robot');
    await run('set selector -f -', { input: 'apiVersion: v1\nkind: Service\nmetadata: { name: none }\n', as: 'kubectl set selector -f -' });
    await run('delete -f left.yaml');
    await run('delete -f left.yaml');
    await run('delete -f left.yaml --ignore-not-found');
    await run('delete cm served --dry-run=server');
    await run('delete cm served --wait=false');
    await run('delete cm -l set=pair');
    await run('delete cm -l set=pair');
    await run('delete deployment/web service/none');
    await run('delete deployments --all');
    // they go after it, by the garbage collector
    await until(`/apis/apps/v1/namespaces/${namespace}/replicasets`, ({ items }) => items.length === 0);
    await run('delete all --all');
  },
};
