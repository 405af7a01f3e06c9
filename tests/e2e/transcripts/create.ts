/** `create` and its generators, `run`, `expose`, `autoscale`: what they say, what they make, and what they refuse. */
import type { Theme } from './session.ts';

const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 80 }] }\n`;

export const create: Theme = {
  name: 'create',
  masks: [
    [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>'],
    [/nodePort: \d+|80:\d+\/TCP/g, '<node port>'],
    [/nodes? ?ports?: \d+/gi, '<node port>'],
  ],
  play: async ({ run, each, quietly, file }) => {
    file('plain.txt', 'plain\n');
    file('settings.env', 'COLOR=blue\nSIZE=4\n');
    file('service.yaml', service('filed'));
    await each(
      'create configmap literals --from-literal=a=1 --from-literal=b=2',
      'create configmap files --from-file=plain.txt --from-file=other=plain.txt',
      'create configmap env --from-env-file=settings.env',
      'create secret generic word --from-literal=word=hidden',
      'create secret docker-registry pull --docker-server=registry.example.com --docker-username=me --docker-password=hidden',
      'create secret tls cert --cert=none.pem --key=none.key',
      'create serviceaccount robot',
      'create role reader --verb=get,list --resource=pods,deployments.apps --resource-name=web',
      'create rolebinding readers --role=reader --serviceaccount=create:robot --user=jane',
      'create clusterrole looker --verb=get,watch --resource=nodes,pods/log',
      'create clusterrole sum --aggregation-rule=sum=yes',
      'create clusterrole urls --verb=get --non-resource-url=/metrics',
      'create clusterrolebinding lookers --clusterrole=looker --group=team',
      'create role odd --verb=get --resource=things',
      'create quota small --hard=pods=5,services=8',
      'create priorityclass first --value=1000 --description=first',
      'create poddisruptionbudget budget --selector=app=web --min-available=50%',
      'create namespace create-more',
      'create deployment web --image=nginx:1.27 --replicas=0 --port=80',
      ['create', 'deployment', 'two', '--image=nginx:1.27', '--image=busybox:1.36', '--replicas=0'],
      ['create', 'cronjob', 'nightly', '--image=busybox:1.36', '--schedule=0 3 1 1 *', '--', 'date'],
      'create ingress site --rule=site.example.com/path*=web:80,tls=cert --class=front',
      'create service clusterip plain --tcp=80:8080',
      'create service clusterip headless --clusterip=None --tcp=80',
      'create service externalname away --external-name=example.com',
      'create -f service.yaml',
    );
    await each(
      'create -f service.yaml',
      'create configmap literals --from-literal=a=1',
      'create namespace create',
      'create service clusterip plain --tcp=80',
      'create job late --from=cronjob/nightly --dry-run=server -o name',
      'create job late --from=cronjob/none',
      'create deployment web --image=nginx',
      'create deployment Web --image=nginx',
      'create deployment dry --image=nginx --replicas=0 --dry-run=server',
      'create deployment dry --image=nginx --replicas=0 --dry-run=client -o yaml',
      ['create', 'cronjob', 'odd', '--image=busybox', '--schedule=every day', '--', 'date'],
      'create quota odd --hard=pods=many',
      'create -f none.yaml',
      'create thing',
      'create configmap',
      'create token robot',
      'create token none',
      'create token robot --duration=1s',
      'create token robot --bound-object-kind=Pod --bound-object-name=none',
      'run dry --image=nginx --dry-run=server -o yaml',
      'run none --image=nginx --restart=Never --dry-run=server -o name',
      'run Odd --image=nginx',
      'expose deployment web --port=80 --target-port=8080 --name=exposed',
      'expose deployment none --port=80',
      'expose service plain --port=81 --name=again --dry-run=server -o jsonpath={.spec.ports}',
      'autoscale deployment web --min=1 --max=3 --cpu-percent=50',
    );
    await each(
      'expose deployment web --port=80 --name=exposed',
      'autoscale deployment web --max=3',
      'autoscale deployment none --max=3',
      'get deployment,cronjob,quota,pdb,ingress,sa,role,rolebinding,secret,cm -o name',
      'get service exposed -o yaml',
      'get hpa web -o jsonpath={.spec}',
      'get role reader -o jsonpath={.rules}',
      'get clusterrole sum -o jsonpath={.aggregationRule}',
      'get ingress site -o jsonpath={.spec}',
      'get cronjob nightly -o jsonpath={.spec}',
      'get cm files env -o jsonpath={.items[*].data}',
      'get secret pull -o jsonpath={.type}',
    );
    await run('create service nodeport open --tcp=80:8080');
    await run('create service loadbalancer front --tcp=80:8080');
    await quietly('delete namespace create-more --wait=false');
    await quietly('delete clusterrole looker sum urls');
    await quietly('delete clusterrolebinding lookers');
    await quietly('delete priorityclass first');
  },
};
