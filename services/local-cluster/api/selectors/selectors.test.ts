import { expect } from 'chai';
import { StatusError } from '../status-error.js';
import { parseFieldSelector } from './field-selector.js';
import { matchesSelector, parseLabelSelector, selectorText } from './label-selector.js';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', size: '3', empty: '' };
  const cases: [text: string, matches: boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app=api', false],
    ['app!=api', true],
    ['none!=x', true],
    ['app', true],
    ['none', false],
    ['!none', true],
    ['! app', false],
    ['app in (api, web)', true],
    ['app in (api)', false],
    ['none in (a)', false],
    ['app notin (api,web)', false],
    ['none notin (a)', true],
    ['app=web,tier in (front,back),!none', true],
    ['app=web,tier=back', false],
    ['empty=', true],
    ['size>2', true],
    ['size<2', false],
    ['none>2', false],
    ['kubernetes.io/name=x', false],
  ];
  for (const [text, matches] of cases) {
    it(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'}`, () => {
      expect(parseLabelSelector(text)(labels)).to.equal(matches);
    });
  }

  for (const text of ['a in', 'a in (b', '=b', 'a=b=c', 'a b', '(a)']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseLabelSelector(text)).to.throw(StatusError, 'unable to parse'));
  }

  it('do not take what every object inherits for a label', () => {
    expect(parseLabelSelector('constructor')(labels)).to.equal(false);
  });
});

describe('selector objects', () => {
  const labels = { app: 'web', tier: 'front' };
  const rule = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });
  const cases: [title: string, selector: Parameters<typeof matchesSelector>[0], matches: boolean][] = [
    ['none at all', {}, true],
    ['equal labels', { matchLabels: { app: 'web' } }, true],
    ['another value', { matchLabels: { app: 'api' } }, false],
    ['In', rule('app', 'In', 'web', 'api'), true],
    ['NotIn of a listed value', rule('app', 'NotIn', 'web'), false],
    ['NotIn of an absent key', rule('none', 'NotIn', 'web'), true],
    ['Exists', rule('tier', 'Exists'), true],
    ['DoesNotExist', rule('tier', 'DoesNotExist'), false],
  ];
  for (const [title, selector, matches] of cases) {
    it(`with ${title} ${matches ? 'match' : 'do not match'}`, () => expect(matchesSelector(selector, labels)).to.equal(matches));
  }

  it('have a text form that means the same', () => {
    const selector = { matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }] };
    expect(selectorText(selector)).to.equal('a in (x,y),b=1');
    const more = [
      { key: 'c', operator: 'Exists' },
      { key: 'd', operator: 'DoesNotExist' },
      { key: 'e', operator: 'NotIn', values: ['z'] },
    ];
    expect(selectorText({ matchExpressions: more })).to.equal('c,!d,e notin (z)');
  });
});

describe('field selectors', () => {
  const fields = { 'metadata.name': 'a', 'spec.nodeName': '' };
  const matches = (text: string) => parseFieldSelector(text, ['metadata.name', 'spec.nodeName', 'status.phase'])(fields);

  it('compare, negate and combine', () => {
    expect(matches('metadata.name=a')).to.equal(true);
    expect(matches('metadata.name==a,spec.nodeName=')).to.equal(true);
    expect(matches('metadata.name!=a')).to.equal(false);
    expect(matches('status.phase!=Failed,status.phase!=Succeeded')).to.equal(true);
  });

  it('refuse fields that are not selectable, and what is no selector', () => {
    expect(() => matches('data.x=1')).to.throw(
      StatusError,
      '"data.x" is not a known field selector: only "metadata.name", "spec.nodeName", "status.phase"',
    );
    expect(() => matches('metadata.name')).to.throw(StatusError, 'invalid selector');
  });
});
