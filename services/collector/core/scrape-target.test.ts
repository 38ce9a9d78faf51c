import { expect } from 'chai';
import type { Pod } from '#shared/kube/wire.js';
import { readyAt, scrapeTarget, startedAt } from './scrape-target.js';

function podOf(options: {
  annotations?: Record<string, string>;
  podIP?: string;
  ports?: { name?: string; containerPort: number }[];
}): Pod {
  const { annotations = {}, podIP = '10.0.0.7', ports = [] } = options;
  return {
    metadata: { annotations },
    spec: {
      containers: [
        { name: 'sidecar', ports: [{ containerPort: 15000 }] },
        { name: 'vllm', args: ['--max-num-seqs=8'], ports },
      ],
    },
    status: { podIP, containerStatuses: [] },
  };
}

describe('scrapeTarget', () => {
  const cases = [
    { name: 'the only port of the model server', pod: podOf({ ports: [{ containerPort: 9000 }] }), at: '10.0.0.7:9000/metrics' },
    {
      name: 'a port called http',
      pod: podOf({ ports: [{ containerPort: 1 }, { name: 'http', containerPort: 2 }] }),
      at: '10.0.0.7:2/metrics',
    },
    { name: 'port 8000', pod: podOf({ ports: [{ containerPort: 1 }, { containerPort: 8000 }] }), at: '10.0.0.7:8000/metrics' },
    { name: 'no port at all', pod: podOf({}), at: '10.0.0.7:8000/metrics' },
    { name: 'an IPv6 address', pod: podOf({ podIP: 'fd00::1' }), at: '[fd00::1]:8000/metrics' },
    {
      name: 'annotations of Prometheus',
      pod: podOf({ annotations: { 'prometheus.io/port': '9', 'prometheus.io/path': 'm' }, ports: [{ containerPort: 1 }] }),
      at: '10.0.0.7:9/m',
    },
    {
      name: 'the port on a host with one address',
      pod: podOf({ podIP: '127.0.0.1', annotations: { 'prometheus.io/port': '9', 'inferno.local-cluster/port': '41234' } }),
      at: '127.0.0.1:41234/metrics',
    },
  ];
  for (const { name, pod, at } of cases) {
    it(`follows ${name}`, () => {
      expect(scrapeTarget(pod)).to.deep.equal({ url: `http://${at}` });
    });
  }

  it('says why there is none', () => {
    expect(scrapeTarget(podOf({ podIP: '' }))).to.deep.equal({ missing: 'the pod has no address yet' });
    expect(scrapeTarget(podOf({ annotations: { 'prometheus.io/scrape': 'false' } }))).to.have.property('missing');
    expect(scrapeTarget(podOf({ annotations: { 'prometheus.io/port': 'http' } }))).to.deep.equal({
      missing: 'annotation prometheus.io/port: "http": must be a port',
    });
  });
});

describe('startedAt', () => {
  it('is when the container of the model server started', () => {
    const pod = podOf({});
    const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    const status = { ready: true, restartCount: 0, image: '', imageID: '', state: running };
    pod.status!.containerStatuses = [{ ...status, name: 'vllm' }];
    expect(startedAt(pod)).to.equal(Date.UTC(2026, 0, 1));
    pod.status!.containerStatuses = [{ ...status, name: 'sidecar' }];
    expect(startedAt(pod)).to.equal(undefined);
  });
});

describe('readyAt', () => {
  it('is when the pod last became ready', () => {
    const pod = podOf({});
    pod.status!.conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    expect(readyAt(pod)).to.equal(Date.UTC(2026, 0, 1));
    pod.status!.conditions = [{ type: 'Ready', status: 'True' }];
    expect(readyAt(pod)).to.equal(undefined);
  });
});
