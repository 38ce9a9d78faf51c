import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import { deployment, pod } from './support/manifests.js';
import { columns, onEachKubectl } from './support/on-each-kubectl.js';
import { refusal } from './support/refusal.js';

const web = (spec: Partial<V1DeploymentSpec> = {}) => deployment('web', { replicas: 2, ...spec });

onEachKubectl('changes', ({ cluster, namespace, run, lines, attempt, createWeb, webIsReady }) => {
  it('scale changes the replicas, also from an expected number only', async () => {
    await createWeb();
    expect(await run('scale deployment web --replicas=3')).to.equal('deployment.apps/web scaled\n');
    const { code } = await attempt('scale deployment web --current-replicas=9 --replicas=1');
    expect(code).to.equal(1);
    expect((await cluster().apps.readNamespacedDeployment({ namespace: namespace(), name: 'web' })).spec?.replicas).to.equal(3);
  });

  it('label and annotate set, overwrite and remove', async () => {
    await run('create configmap a');
    expect(await run('label configmap a load=60')).to.equal('configmap/a labeled\n');
    const { code } = await attempt('label configmap a load=180');
    expect(code).to.equal(1);
    await run('label --overwrite configmap a load=180 other=x');
    await run('label configmap a other-');
    await run("annotate configmap a 'note=two words'");
    const { metadata } = await cluster().core.readNamespacedConfigMap({ namespace: namespace(), name: 'a' });
    expect(metadata).to.deep.include({ labels: { load: '180' } });
    expect(metadata?.annotations).to.include({ note: 'two words' });
  });

  it('patch takes all three kinds', async () => {
    await run('create configmap a --from-literal=x=1');
    await run(`patch configmap a -p '{"data":{"y":"2"}}'`);
    await run(`patch configmap a --type=merge -p '{"data":{"x":null}}'`);
    await run(`patch configmap a --type=json -p '[{"op":"add","path":"/data/z","value":"3"}]'`);
    expect((await cluster().core.readNamespacedConfigMap({ namespace: namespace(), name: 'a' })).data).to.deep.equal({
      y: '2',
      z: '3',
    });
  });

  it('set image rolls out, and rollout status waits for it', async () => {
    await createWeb();
    expect(await run('set image deployment/web server=server:2')).to.equal('deployment.apps/web image updated\n');
    const status = await run('rollout status deployment/web --timeout=60s');
    expect(status.trimEnd().split('\n').at(-1)).to.equal('deployment "web" successfully rolled out');
    const { items } = await cluster().core.listNamespacedPod({ namespace: namespace() });
    const images = items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map(({ spec }) => spec?.containers[0]?.image);
    expect(new Set(images)).to.deep.equal(new Set(['server:2']));
  });

  it('rollout history, undo, restart, pause and resume', async () => {
    await createWeb({ replicas: 1 });
    await run('set image deployment/web server=server:2');
    await webIsReady();
    const history = await lines('rollout history deployment/web');
    expect(history.map((line) => line.split(/\s+/)[0])).to.deep.equal(['deployment.apps/web', 'REVISION', '1', '2']);
    expect(await run('rollout undo deployment/web')).to.equal('deployment.apps/web rolled back\n');
    await webIsReady();
    const { spec } = await cluster().apps.readNamespacedDeployment({ namespace: namespace(), name: 'web' });
    expect(spec?.template.spec?.containers[0]?.image).to.equal('registry.example/server:1');
    expect(await run('rollout restart deployment/web')).to.equal('deployment.apps/web restarted\n');
    await webIsReady();
    expect((await cluster().apps.listNamespacedReplicaSet({ namespace: namespace() })).items).to.have.length(3);
    expect(await run('rollout pause deployment/web')).to.equal('deployment.apps/web paused\n');
    expect(await run('rollout resume deployment/web')).to.equal('deployment.apps/web resumed\n');
  });

  it('delete removes what the file names, and waits until it is gone', async () => {
    await run('apply -f -', web());
    await webIsReady();
    expect(await run('delete -f -', web())).to.match(/^deployment.apps "web" deleted/);
    expect((await cluster().apps.listNamespacedDeployment({ namespace: namespace() })).items).to.deep.equal([]);
    const { code, stderr } = await attempt('delete -f -', web());
    expect({ code, notFound: stderr.includes('NotFound') }).to.deep.equal({ code: 1, notFound: true });
    expect(await run('delete --ignore-not-found -f -', web())).to.equal('');
  });

  it('delete takes pods by selector, and gives them the grace that it is told', async () => {
    const { core } = cluster();
    await core.createNamespacedPod({ namespace: namespace(), body: pod('a', { nodeName: 'worker-1' }, { tier: 'web' }) });
    await core.createNamespacedPod({ namespace: namespace(), body: pod('b', { nodeName: 'worker-1' }) });
    await run('delete pods -l tier=web --grace-period=1');
    expect((await core.listNamespacedPod({ namespace: namespace() })).items.map(({ metadata }) => metadata?.name)).to.deep.equal([
      'b',
    ]);
    await run('delete pod b --grace-period=0 --force');
    expect((await core.listNamespacedPod({ namespace: namespace() })).items).to.deep.equal([]);
  });

  it('delete of a namespace waits until it and all in it are gone', async () => {
    const doomed = `${namespace()}-doomed`;
    await run(`create namespace ${doomed}`);
    await cluster().apps.createNamespacedDeployment({ namespace: doomed, body: web() });
    await run(`delete namespace ${doomed}`);
    expect((await refusal(cluster().core.readNamespace({ name: doomed }))).code).to.equal(404);
    const { items } = await cluster().core.listPodForAllNamespaces();
    expect(items.map(({ metadata }) => metadata?.namespace)).to.not.include(doomed);
  });

  it('wait ends when a condition holds', async () => {
    await cluster().apps.createNamespacedDeployment({ namespace: namespace(), body: web() });
    expect(await run('wait --for=condition=Available deployment/web --timeout=60s')).to.equal(
      'deployment.apps/web condition met\n',
    );
  });

  it('expose and edit-like replace work on what exists', async () => {
    await createWeb({ replicas: 1 });
    expect(await run('expose deployment web --port=80 --cluster-ip=None')).to.equal('service/web exposed\n');
    const current = JSON.parse(await run('get configmap -o json')) as object;
    expect(current).to.include({ kind: 'List' });
    await run('create configmap a --from-literal=x=1');
    const object = JSON.parse(await run('get configmap a -o json')) as { data: Record<string, string> };
    object.data['x'] = '2';
    expect(await run('replace -f -', object)).to.equal('configmap/a replaced\n');
    expect((await cluster().core.readNamespacedConfigMap({ namespace: namespace(), name: 'a' })).data).to.deep.equal({ x: '2' });
  });

  it('cordon and uncordon mark a node', async () => {
    await cluster().node(namespace(), { cpu: '1' });
    try {
      expect(await run(`cordon ${namespace()}`)).to.equal(`node/${namespace()} cordoned\n`);
      expect(columns((await lines(`get node ${namespace()} --no-headers`))[0])[1]).to.equal('Ready,SchedulingDisabled');
      expect(await run(`uncordon ${namespace()}`)).to.equal(`node/${namespace()} uncordoned\n`);
    } finally {
      await cluster().core.deleteNode({ name: namespace() });
    }
  });
});
