import { expect } from 'chai';
import { acceleratorDataSchema, modelDataSchema } from '#shared/contracts/system-data.js';
import type { Deployment, Pod } from '#shared/kube/wire.js';
import type { Container } from '../kube-types.js';
import { ContainerStartError } from './container-runtime.js';
import { isModelServer, modelServerParameters } from './model-server-parameters.js';

const data = {
  accelerators: acceleratorDataSchema.parse({
    accelerators: [
      { name: 'A100', type: 'A100', cost: 40, memSize: 80 },
      { name: 'L4', type: 'L4', cost: 6, memSize: 24 },
    ],
  }),
  models: modelDataSchema.parse({
    models: [
      { name: 'llama', acc: 'A100', accCount: 2, maxBatchSize: 32, atTokens: 512, perfParms: { alpha: 20, beta: 0.1, gamma: 0 } },
      { name: 'bare', acc: 'A100' },
    ],
  }),
};

const serving: Container = { name: 'vllm', ports: [{ containerPort: 8080 }] };
const labels = { 'inferno.server.model': 'llama', 'inferno.server.allocation.accelerator': 'A100' };

function pod(metadata: Pod['metadata'] = {}, containers: Container[] = [serving]): Pod {
  return { metadata: { uid: 'uid-1', labels, ...metadata }, spec: { containers } };
}

function read(options: { metadata?: Pod['metadata']; container?: Partial<Container>; deployment?: Deployment } = {}) {
  return modelServerParameters(pod(options.metadata), { ...serving, ...options.container }, options.deployment, data);
}

function failure(options: Parameters<typeof read>[0]): string {
  try {
    read(options);
  } catch (error) {
    expect(error).to.be.instanceOf(ContainerStartError);
    expect((error as ContainerStartError).reason).to.equal('CreateContainerConfigError');
    return (error as Error).message;
  }
  throw new Error('no failure');
}

describe('isModelServer', () => {
  it('is the container with a port, in a pod that names a model', () => {
    const sidecar: Container = { name: 'sidecar' };
    const both = pod({}, [sidecar, serving]);
    expect(isModelServer(both, serving)).to.equal(true);
    expect(isModelServer(both, sidecar)).to.equal(false);
  });

  it('is none in a pod without a model', () => {
    expect(isModelServer(pod({ labels: {} }), serving)).to.equal(false);
  });
});

describe('modelServerParameters', () => {
  it('come from the labels, the data and the defaults', () => {
    expect(read()).to.deep.include({
      port: 8080,
      modelName: 'llama',
      accelerator: 'A100',
      maxBatch: 32,
      memSizeGb: 160,
      startupDelayMs: 20_000,
      errorFactor: 1,
      noise: 0,
      prefixHitRate: 0,
      avgInTokens: 0,
      avgOutTokens: 512,
    });
  });

  it('take port, batch and name from the arguments', () => {
    const args = ['--model', 'meta/llama', '--max-num-seqs=17', '--port', '9000'];
    expect(read({ container: { args } })).to.include({ port: 9000, maxBatch: 17, modelName: 'meta/llama' });
    expect(read({ container: { args: [...args, '--served-model-name', 'short'] } }).modelName).to.equal('short');
  });

  it('fall back to the Deployment for what the pod does not say', () => {
    const deployment: Deployment = {
      metadata: {
        labels: {
          'inferno.server.allocation.accelerator': 'L4',
          'inferno.server.allocation.maxbatchsize': '9',
          'inferno.simulated.startup-seconds': '5',
          'inferno.simulated.error-factor': '1.2',
          'inferno.server.load.rpm': '60',
          'inferno.server.load.intokens': '100',
          'inferno.server.load.outtokens': '200',
        },
      },
    };
    expect(read({ deployment })).to.include({
      accelerator: 'A100',
      maxBatch: 9,
      startupDelayMs: 5_000,
      errorFactor: 1.2,
      avgInTokens: 100,
      avgOutTokens: 200,
    });
  });

  it('prefer an annotation to a label of the same key', () => {
    const annotations = { 'inferno.server.model': 'bare' };
    expect(failure({ metadata: { annotations } })).to.contain('"bare"');
  });

  it('give replicas of one seed different random numbers, and one pod always the same', () => {
    expect(read().seed).to.equal(read().seed);
    expect(read({ metadata: { uid: 'uid-2' } }).seed).to.not.equal(read().seed);
  });

  const cases: [string, Parameters<typeof read>[0], RegExp][] = [
    [
      'a model that is not in the data',
      { metadata: { labels: { ...labels, 'inferno.server.model': 'unknown' } } },
      /^model "unknown" on accelerator "A100" is not in model-data\.json$/,
    ],
    [
      'an accelerator that is not in the data',
      { metadata: { labels: { ...labels, 'inferno.server.allocation.accelerator': 'TPU' } } },
      /^model "llama": accelerator "TPU" is not in accelerator-data\.json$/,
    ],
    [
      'a model that is not measured on the accelerator',
      { metadata: { labels: { ...labels, 'inferno.server.allocation.accelerator': 'L4' } } },
      /^model "llama" on accelerator "L4"/,
    ],
    ['no accelerator', { metadata: { labels: { 'inferno.server.model': 'llama' } } }, /inferno\.server\.allocation\.accelerator/],
    [
      'no performance parameters',
      { metadata: { labels: { ...labels, 'inferno.server.model': 'bare' } } },
      /neither perfParms nor decodeParms/,
    ],
    [
      'a batch that is no number',
      { container: { args: ['--max-num-seqs', 'many'] } },
      /--max-num-seqs: "many": must be a number from 1/,
    ],
    ['a batch of zero', { container: { args: ['--max-num-seqs', '0'] } }, /--max-num-seqs: "0"/],
    ['half a sequence', { container: { args: ['--max-num-seqs', '1.5'] } }, /must be an integer/],
    ['a port out of range', { container: { args: ['--port', '70000'] } }, /--port: "70000"/],
    [
      'a negative start-up',
      { metadata: { annotations: { 'inferno.simulated.startup-seconds': '-1' } } },
      /inferno\.simulated\.startup-seconds: "-1": must be a number from 0 to 86400/,
    ],
    ['an error factor of NaN', { metadata: { annotations: { 'inferno.simulated.error-factor': 'NaN' } } }, /error-factor: "NaN"/],
  ];
  for (const [name, options, message] of cases) {
    it(`refuse ${name}`, () => {
      expect(failure(options)).to.match(message);
    });
  }
});
