import { expect } from 'chai';
import { kinds } from '../kinds/all-kinds.js';
import { modelOf } from '../schema/model.js';
import { decodeProtobuf } from './decode-protobuf.js';
import { fieldNumbers } from './field-numbers.js';
import { WireError, writeField } from './wire.js';

const number = (field: number, value: number): Buffer => Buffer.from([field << 3, value]);

function envelope(apiVersion: string, kind: string, message: readonly Buffer[]): Buffer {
  const type = writeField(1, [writeField(1, apiVersion), writeField(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), type, writeField(2, message)]);
}

describe('decodeProtobuf', () => {
  it('reads a config map', () => {
    const entry = (key: string, value: string) => writeField(2, [writeField(1, key), writeField(2, value)]);
    const body = envelope('v1', 'ConfigMap', [writeField(1, [writeField(1, 'settings')]), entry('a', '1'), entry('b', '')]);
    expect(decodeProtobuf(body, 'V1ConfigMap')).to.deep.equal({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { a: '1', b: '' },
    });
  });

  it('reads lists, numbers, switches, quantities, ports by name or number, bytes and times', () => {
    const probe = writeField(1, [
      writeField(2, [writeField(1, '/health'), writeField(2, [number(1, 1), writeField(3, 'http')])]),
    ]);
    const limits = writeField(8, [writeField(1, [writeField(1, 'cpu'), writeField(2, [writeField(1, '500m')])])]);
    const container = writeField(2, [
      writeField(1, 'c'),
      writeField(3, 'one'),
      writeField(3, 'two'),
      writeField(6, [number(3, 80)]),
      limits,
      writeField(11, [probe, number(2, 5)]),
    ]);
    const metadata = writeField(1, [writeField(8, [number(1, 60)])]);
    const body = envelope('v1', 'Pod', [metadata, writeField(2, [container, number(11, 1)])]);
    expect(decodeProtobuf(body, 'V1Pod')).to.deep.include({
      metadata: { creationTimestamp: '1970-01-01T00:01:00Z' },
      spec: {
        hostNetwork: true,
        containers: [
          {
            name: 'c',
            command: ['one', 'two'],
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '500m' } },
            readinessProbe: { httpGet: { path: '/health', port: 'http' }, initialDelaySeconds: 5 },
          },
        ],
      },
    });
    const secret = envelope('v1', 'Secret', [writeField(2, [writeField(1, 'k'), writeField(2, 'hi')])]);
    expect(decodeProtobuf(secret, 'V1Secret')).to.deep.include({ data: { k: 'aGk=' } });
  });

  it('reads negative numbers', () => {
    const minusOne = Buffer.from([1 << 3, ...Array<number>(9).fill(0xff), 0x01]);
    const body = envelope('apps/v1', 'Deployment', [writeField(2, [minusOne])]);
    expect(decodeProtobuf(body, 'V1Deployment')).to.deep.include({ spec: { replicas: -1 } });
  });

  const broken: [title: string, body: Buffer][] = [
    ['without the magic bytes', Buffer.from('{}')],
    ['cut off', envelope('v1', 'ConfigMap', [writeField(1, [writeField(1, 'settings')])]).subarray(0, -3)],
    ['with a number where a message belongs', envelope('v1', 'ConfigMap', [number(1, 1)])],
    ['with an unknown wire type', envelope('v1', 'ConfigMap', [Buffer.from([0x0f])])],
  ];
  for (const [title, body] of broken) {
    it(`refuses a body ${title}`, () => expect(() => decodeProtobuf(body, 'V1ConfigMap')).to.throw(WireError));
  }

  it('knows where the fields of every kind stand', () => {
    for (const { model } of kinds) {
      const names = new Set(fieldNumbers[model]?.split(' '));
      const fields = [...modelOf(model).keys()].filter((name) => name !== 'apiVersion' && name !== 'kind');
      expect([...names], model).to.include.members(fields);
    }
  });
});
