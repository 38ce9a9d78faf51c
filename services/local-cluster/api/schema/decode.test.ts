import { expect } from 'chai';
import { DecodeError, decodeModel } from './decode.js';

const container = { name: 'c', image: 'i' };

describe('decodeModel', () => {
  it('drops nulls, empty lists, maps and texts, and plain zeros, and keeps a zero that is a wish', () => {
    const { value } = decodeModel(
      {
        metadata: { name: 'web', labels: {}, annotations: null, finalizers: [] },
        spec: { replicas: 0, minReadySeconds: 0, paused: false, template: { spec: { containers: [], nodeName: '' } } },
      },
      'V1Deployment',
    );
    expect(value).to.deep.equal({ metadata: { name: 'web' }, spec: { replicas: 0, template: { spec: {} } } });
  });

  it('keeps empty values inside maps and lists, and empty objects', () => {
    const { value } = decodeModel(
      {
        metadata: { labels: { a: '' } },
        spec: { containers: [{ ...container, args: [''] }], volumes: [{ name: 'v', emptyDir: {} }] },
      },
      'V1Pod',
    );
    expect(value).to.deep.equal({
      metadata: { labels: { a: '' } },
      spec: { containers: [{ ...container, args: [''] }], volumes: [{ name: 'v', emptyDir: {} }] },
    });
  });

  it('keeps the empty holder of a released lease', () => {
    expect(decodeModel({ spec: { holderIdentity: '' } }, 'V1Lease').value).to.deep.equal({ spec: { holderIdentity: '' } });
  });

  it('writes quantities in their canonical form, numbers too', () => {
    const resources = { limits: { cpu: 2, memory: '2048Mi' }, requests: { cpu: '0.5' } };
    const { value } = decodeModel({ spec: { containers: [{ ...container, resources }] } }, 'V1Pod');
    const canonical = { limits: { cpu: '2', memory: '2Gi' }, requests: { cpu: '500m' } };
    expect(value).to.deep.equal({ spec: { containers: [{ ...container, resources: canonical }] } });
  });

  it('names the fields that the kind does not have by their path, and drops them', () => {
    const { value, unknownFields } = decodeModel(
      { spec: { replica: 3, template: { spec: { containers: [container, { ...container, imag: 'x' }] } } } },
      'V1Deployment',
    );
    expect(unknownFields).to.deep.equal(['spec.replica', 'spec.template.spec.containers[1].imag']);
    expect(value).to.deep.equal({ spec: { template: { spec: { containers: [container, container] } } } });
  });

  it('shares nothing with what it was given', () => {
    const given = { metadata: { labels: { a: 'b' } } };
    const { value } = decodeModel(given, 'V1ConfigMap');
    given.metadata.labels.a = 'changed';
    expect(value).to.deep.equal({ metadata: { labels: { a: 'b' } } });
  });

  const mistakes: [title: string, model: string, value: unknown, message: string][] = [
    [
      'a text for a number',
      'V1Deployment',
      { spec: { replicas: 'three' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a fraction for a count',
      'V1Deployment',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a count beyond 32 bits',
      'V1Deployment',
      { spec: { replicas: 2 ** 31 } },
      'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a number for a text',
      'V1Pod',
      { spec: { containers: [{ name: 7 }] } },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      'a text for a switch',
      'V1Pod',
      { spec: { hostNetwork: 'yes' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      'an object for a list',
      'V1Pod',
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    ['a list for an object', 'V1Pod', { spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type PodSpec'],
    [
      'a number for a label',
      'V1Pod',
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels.a of type string',
    ],
    ['a list for the whole', 'V1Pod', [], 'json: cannot unmarshal array into Go value of type Pod'],
  ];
  for (const [title, model, value, message] of mistakes) {
    it(`refuses ${title}, naming struct, path and type`, () => {
      expect(() => decodeModel(value, model)).to.throw(DecodeError, message);
    });
  }

  it('refuses a quantity and a time that are none', () => {
    const resources = { limits: { cpu: 'many' } };
    expect(() => decodeModel({ spec: { containers: [{ resources }] } }, 'V1Pod')).to.throw(DecodeError, 'quantities must match');
    expect(() => decodeModel({ metadata: { creationTimestamp: 'noon' } }, 'V1Pod')).to.throw(DecodeError, 'parsing time "noon"');
  });
});
