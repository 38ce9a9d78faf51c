import { expect } from 'chai';
import { deployment, pod } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';

onEachTarget('what is left out', (cluster) => {
  it('a pod gets the defaults of its kind', async () => {
    const namespace = await cluster().namespace();
    const container = {
      name: 'server',
      image: 'registry.example/server:1',
      ports: [{ containerPort: 8000 }],
      resources: { limits: { cpu: '500m' } },
    };
    const { spec, status } = await cluster().core.createNamespacedPod({ namespace, body: pod('a', { containers: [container] }) });
    expect(spec).to.deep.include({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      securityContext: {},
    });
    expect(spec?.containers[0]).to.deep.equal({
      name: 'server',
      image: 'registry.example/server:1',
      ports: [{ containerPort: 8000, protocol: 'TCP' }],
      resources: { limits: { cpu: '500m' }, requests: { cpu: '500m' } },
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    });
    expect(status).to.deep.include({ phase: 'Pending', qosClass: 'Burstable' });
  });

  it('a deployment gets the defaults of its kind, its template those of a pod', async () => {
    const namespace = await cluster().namespace();
    const { spec } = await cluster().apps.createNamespacedDeployment({ namespace, body: deployment('web', { paused: true }) });
    expect(spec).to.deep.include({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(spec?.template.spec).to.deep.include({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
    });
    expect(spec?.template.spec?.containers[0]).to.include({ imagePullPolicy: 'IfNotPresent' });
  });

  it('an image without a tag, or with the tag latest, is always pulled', async () => {
    const namespace = await cluster().namespace();
    const images = ['server', 'server:latest', 'server:1'];
    const containers = images.map((image, index) => ({ name: `c${index}`, image }));
    const { spec } = await cluster().core.createNamespacedPod({ namespace, body: pod('a', { containers }) });
    expect(spec?.containers.map(({ imagePullPolicy }) => imagePullPolicy)).to.deep.equal(['Always', 'Always', 'IfNotPresent']);
  });

  it('a service gets a type, a protocol and a target port', async () => {
    const namespace = await cluster().namespace();
    const { spec } = await cluster().core.createNamespacedService({
      namespace,
      body: { metadata: { name: 'web' }, spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] } },
    });
    expect(spec).to.deep.include({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      clusterIP: 'None',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });
});
