import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { deployment, pod } from './support/manifests.js';
import { columns, onEachKubectl } from './support/on-each-kubectl.js';

const web = (spec: Partial<V1DeploymentSpec> = {}) => deployment('web', { replicas: 2, ...spec });

onEachKubectl('get and describe', ({ cluster, namespace, run, lines, attempt, start, createWeb }) => {
  it('version names the server', async () => {
    const { serverVersion } = JSON.parse(await run('version -o json')) as { serverVersion: { major: string; minor: string } };
    expect(serverVersion).to.include({ major: '1', minor: '34' });
  });

  it('api-resources lists what can be had, with short names', async () => {
    const resources = await lines('api-resources --no-headers');
    const find = (name: string) => resources.find((line) => line.split(/\s+/)[0] === name)?.split(/\s+/);
    expect(find('deployments')).to.deep.equal(['deployments', 'deploy', 'apps/v1', 'true', 'Deployment']);
    expect(find('pods')).to.deep.equal(['pods', 'po', 'v1', 'true', 'Pod']);
    expect(find('nodes')).to.deep.equal(['nodes', 'no', 'v1', 'false', 'Node']);
  });

  it('get prints deployments, replicasets and pods as tables', async () => {
    await createWeb();
    const [deploymentHeader, deploymentLine] = await lines('get deployments');
    expect(columns(deploymentHeader)).to.deep.equal(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    expect(columns(deploymentLine).slice(0, 4)).to.deep.equal(['web', '2/2', '2', '2']);
    expect(columns(deploymentLine)[4]).to.match(/^\d+[ms]/);
    const [setHeader, setLine] = await lines('get rs');
    expect(columns(setHeader)).to.deep.equal(['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE']);
    expect(columns(setLine).slice(1, 4)).to.deep.equal(['2', '2', '2']);
    const [podHeader, ...podLines] = await lines('get pods');
    expect(columns(podHeader)).to.deep.equal(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
    expect(podLines.map((line) => columns(line).slice(1, 4))).to.deep.equal([
      ['1/1', 'Running', '0'],
      ['1/1', 'Running', '0'],
    ]);
  });

  it('get -o wide shows more', async () => {
    await createWeb();
    const [deploymentHeader, deploymentLine] = await lines('get deploy -o wide');
    expect(columns(deploymentHeader)).to.deep.equal([
      'NAME',
      'READY',
      'UP-TO-DATE',
      'AVAILABLE',
      'AGE',
      'CONTAINERS',
      'IMAGES',
      'SELECTOR',
    ]);
    expect(columns(deploymentLine).slice(5)).to.deep.equal(['server', 'registry.example/server:1', 'app=web']);
    const [podHeader, podLine] = await lines('get po -o wide');
    expect(columns(podHeader)).to.deep.equal([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    const name = columns(podLine)[0]!;
    const { spec, status } = await cluster().core.readNamespacedPod({ namespace: namespace(), name });
    expect(columns(podLine).slice(5)).to.deep.equal([status?.podIP, spec?.nodeName, '<none>', '<none>']);
  });

  it('get says what a pod waits for and what became of it', async () => {
    cluster().pods.hold(namespace());
    const { core } = cluster();
    await core.createNamespacedPod({ namespace: namespace(), body: pod('pending', { schedulerName: 'none' }) });
    const create = (name: string) =>
      core.createNamespacedPod({ namespace: namespace(), body: pod(name, { nodeName: 'worker-1' }) });
    await create('waiting');
    await cluster().pods.unready(await create('unready'));
    await cluster().pods.fail(await create('evicted'));
    await cluster().pods.ready(await create('leaving'));
    await core.deleteNamespacedPod({ namespace: namespace(), name: 'leaving' });
    const rows = (await lines('get pods --no-headers')).map((line) => columns(line).slice(0, 3));
    expect(rows).to.deep.equal([
      ['evicted', '0/1', 'Evicted'],
      ['leaving', '1/1', 'Terminating'],
      ['pending', '0/1', 'Pending'],
      ['unready', '0/1', 'Running'],
      ['waiting', '0/1', 'Pending'],
    ]);
  });

  it('get prints nodes, namespaces, services, config maps, events and service accounts as tables', async () => {
    const [nodeHeader, ...nodeLines] = await lines('get nodes');
    expect(columns(nodeHeader)).to.deep.equal(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    expect(nodeLines.map((line) => columns(line).slice(0, 3))).to.deep.include(['worker-1', 'Ready', '<none>']);
    const [namespaceHeader, ...namespaceLines] = await lines(`get namespace ${namespace()}`);
    expect(columns(namespaceHeader)).to.deep.equal(['NAME', 'STATUS', 'AGE']);
    expect(columns(namespaceLines[0]).slice(0, 2)).to.deep.equal([namespace(), 'Active']);
    await run('create configmap settings --from-literal=a=1 --from-literal=b=2');
    const [mapHeader, mapLine] = await lines('get configmap settings');
    expect(columns(mapHeader)).to.deep.equal(['NAME', 'DATA', 'AGE']);
    expect(columns(mapLine).slice(0, 2)).to.deep.equal(['settings', '2']);
    await run('create service clusterip web --clusterip=None --tcp=80:8000');
    const [serviceHeader, serviceLine] = await lines('get svc');
    expect(columns(serviceHeader)).to.deep.equal(['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE']);
    expect(columns(serviceLine).slice(0, 5)).to.deep.equal(['web', 'ClusterIP', 'None', '<none>', '80/TCP']);
    // The controllers give it to each namespace, in their own time.
    const [accountHeader, accountLine] = await eventually(() => lines('get sa default'));
    expect(accountHeader).to.match(/^NAME +SECRETS +AGE/);
    expect(columns(accountLine).slice(0, 2)).to.deep.equal(['default', '0']);
  });

  it('get events shows what the controllers did, the latest included', async () => {
    await createWeb();
    await eventually(async () => {
      const [header, ...events] = await lines('get events');
      expect(columns(header)).to.deep.equal(['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']);
      const reasons = events.map((line) => columns(line).slice(1, 3).join(' '));
      expect(reasons).to.include.members(['Normal ScalingReplicaSet', 'Normal SuccessfulCreate', 'Normal Scheduled']);
      const scaling = events.map((line) => columns(line)).find((fields) => fields[2] === 'ScalingReplicaSet');
      expect(scaling?.[3]).to.equal('deployment/web');
      expect(scaling?.[4]).to.match(/^Scaled up replica set web-[a-z0-9]+ from 0 to 2$/);
    });
  });

  it('get of nothing says so', async () => {
    const none = await attempt('get pods');
    expect({ code: none.code, stderr: none.stderr }).to.deep.equal({
      code: 0,
      stderr: `No resources found in ${namespace()} namespace.\n`,
    });
    const missing = await attempt('get pod missing');
    expect({ code: missing.code, stderr: missing.stderr }).to.deep.equal({
      code: 1,
      stderr: 'Error from server (NotFound): pods "missing" not found\n',
    });
  });

  it('get picks by selector, by field, by name, by several kinds, and in all namespaces', async () => {
    await run('create configmap a --from-literal=a=1');
    await run('label configmap a tier=web');
    await run('create configmap b --from-literal=a=1');
    expect(await run('get configmaps -l tier=web -o name')).to.equal('configmap/a\n');
    expect(await run('get configmaps --field-selector metadata.name=b -o name')).to.equal('configmap/b\n');
    expect(await run('get configmap/a configmap/b -o name')).to.equal('configmap/a\nconfigmap/b\n');
    await cluster().apps.createNamespacedDeployment({ namespace: namespace(), body: web({ replicas: 0 }) });
    const all = await eventually(async () => {
      const printed = await run('get all -o name');
      expect(printed).to.contain('replicaset.apps/web-');
      return printed;
    });
    expect(all).to.contain('deployment.apps/web\n');
    const everywhere = await lines('get configmaps -A');
    expect(everywhere[0]).to.match(/^NAMESPACE +NAME +DATA +AGE/);
    expect(everywhere.map((line) => line.split(/\s+/).slice(0, 2).join('/'))).to.include(`${namespace()}/a`);
  });

  it('get -L and --show-labels add columns, --sort-by sorts', async () => {
    await run('create configmap b --from-literal=a=1');
    await run('create configmap a --from-literal=a=1');
    await run('label configmap a tier=web order=2');
    await run('label configmap b order=1');
    const [header, row] = await lines('get configmap a -L tier');
    expect([columns(header)[3], columns(row)[3]]).to.deep.equal(['TIER', 'web']);
    expect(columns((await lines('get configmap a --show-labels'))[1])[3]).to.equal('order=2,tier=web');
    const sorted = await lines('get configmaps --sort-by=.metadata.labels.order -l order --no-headers');
    expect(sorted.map((line) => line.split(/\s+/)[0])).to.deep.equal(['b', 'a']);
  });

  it('get -o json, yaml and jsonpath give the object', async () => {
    await createWeb({ replicas: 1 });
    const object = JSON.parse(await run('get deploy web -o json')) as Record<string, unknown>;
    expect(object).to.include({ apiVersion: 'apps/v1', kind: 'Deployment' });
    const list = JSON.parse(await run('get deploy -o json')) as Record<string, unknown>;
    expect(list).to.include({ apiVersion: 'v1', kind: 'List' });
    expect(await run('get deploy web -o yaml')).to.match(/^apiVersion: apps\/v1\nkind: Deployment\n/);
    expect(await run("get deploy web '-o=jsonpath={.spec.replicas} of {.status.readyReplicas}'")).to.equal('1 of 1');
    expect(await run('get pods -o jsonpath={.items[*].status.phase}')).to.equal('Running');
  });

  it('get -w follows what happens', async () => {
    await createWeb({ replicas: 1 });
    const watch = start('get pods -w');
    try {
      await eventually(() => expect(watch.text()).to.match(/Running/));
      await run('scale deploy web --replicas=2');
      await eventually(() => {
        const names = watch
          .text()
          .split('\n')
          .slice(1)
          .map((line) => line.split(/\s+/)[0]!)
          .filter((name) => name !== '');
        expect(new Set(names).size).to.equal(2);
        expect(watch.text().trimEnd().split('\n').at(-1)).to.match(/1\/1 +Running/);
      });
      await run('scale deploy web --replicas=0');
      await eventually(() => expect(watch.text()).to.match(/Terminating/));
    } finally {
      await watch.stop();
    }
  });

  it('describe tells of a deployment, a pod and a node with their events', async () => {
    await createWeb({ replicas: 1 });
    const described = await eventually(async () => {
      const text = await run('describe deployment web');
      expect(text).to.match(/Events:\n.*\n.*\n.*Normal +ScalingReplicaSet/);
      return text;
    });
    for (const part of [
      /^Name: +web$/m,
      /^Selector: +app=web$/m,
      /^Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable$/m,
      /^RollingUpdateStrategy: +25% max unavailable, 25% max surge$/m,
      /^ {2}Available +True +MinimumReplicasAvailable$/m,
      /^NewReplicaSet: +web-[a-z0-9]+ \(1\/1 replicas created\)$/m,
    ]) {
      expect(described).to.match(part);
    }
    const podText = await eventually(async () => {
      const text = await run('describe pods');
      expect(text).to.match(/Normal +Scheduled/);
      return text;
    });
    expect(podText).to.match(/^Status: +Running$/m);
    expect(podText).to.match(/^Controlled By: +ReplicaSet\/web-/m);
    expect(podText).to.match(/^ {4}Image: +registry.example\/server:1$/m);
    const nodeText = await run('describe node worker-1');
    expect(nodeText).to.match(/^ {2}cpu: +64$/m);
    expect(nodeText).to.match(/Allocated resources:/);
  });

  it('is refused with a wrong token', async () => {
    const { code, stderr } = await attempt('--token=wrong get pods');
    expect(code).to.equal(1);
    expect(stderr).to.match(/Unauthorized|must be logged in/);
  });
});
