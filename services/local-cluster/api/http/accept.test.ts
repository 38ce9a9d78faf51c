import { expect } from 'chai';
import { StatusError } from '../status-error.js';
import { parseAccept } from './accept.js';

describe('parseAccept', () => {
  const object = { form: 'object', format: 'json', metaVersion: 'v1' };
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const cases: [header: string | undefined, accepted: object][] = [
    [undefined, object],
    ['*/*', object],
    ['application/json', object],
    ['application/vnd.kubernetes.protobuf,application/json', object],
    ['application/yaml', { ...object, format: 'yaml' }],
    [`${table},application/json`, { ...object, form: 'table' }],
    ['application/json;as=Table;g=meta.k8s.io;v=v1beta1', { ...object, form: 'table', metaVersion: 'v1beta1' }],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', { ...object, form: 'metadata' }],
    ['application/json;as=Other;g=meta.k8s.io;v=v1, application/json', object],
  ];
  for (const [header, accepted] of cases) {
    it(`takes ${header ?? 'no header'}`, () => expect(parseAccept(header)).to.deep.equal(accepted));
  }

  it('refuses what is served in no form, with 406', () => {
    expect(() => parseAccept('application/vnd.kubernetes.protobuf'))
      .to.throw(StatusError)
      .with.nested.property('status.code', 406);
    expect(() => parseAccept('text/html'))
      .to.throw(StatusError)
      .with.nested.property('status.code', 406);
  });
});
