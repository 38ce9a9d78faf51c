import { expect } from 'chai';
import type { NameRule } from '../kinds/kind.js';
import { labelValueProblems, nameProblems, qualifiedNameProblems } from './names.js';

describe('nameProblems', () => {
  const cases: [rule: NameRule, name: string, count: number][] = [
    ['subdomain', 'web-1.example', 0],
    ['subdomain', 'a'.repeat(253), 0],
    ['subdomain', 'a'.repeat(254), 1],
    ['subdomain', 'Web', 1],
    ['subdomain', 'web_1', 1],
    ['subdomain', '-web', 1],
    ['subdomain', 'a..b', 1],
    ['label', 'web-1', 0],
    ['label', 'web.1', 1],
    ['label', 'A'.repeat(64), 2],
    ['label1035', 'web', 0],
    ['label1035', '1web', 1],
    ['pathSegment', 'system:node', 0],
    ['pathSegment', 'a/b%', 2],
    ['pathSegment', '..', 1],
  ];
  for (const [rule, name, count] of cases) {
    it(`finds ${count} with ${name.slice(0, 20)} as ${rule}`, () => expect(nameProblems(name, rule)).to.have.length(count));
  }
});

describe('qualifiedNameProblems', () => {
  for (const key of ['app', 'app.kubernetes.io/name', 'inferno.server.managed', 'A_b-c.d', `x.y/${'a'.repeat(63)}`]) {
    it(`takes ${key.slice(0, 30)}`, () => expect(qualifiedNameProblems(key)).to.deep.equal([]));
  }
  for (const key of ['', '/a', 'a/', 'a/b/c', 'Up.Case/a', 'a b', `x/${'a'.repeat(64)}`, '-a']) {
    it(`refuses ${JSON.stringify(key.slice(0, 30))}`, () => expect(qualifiedNameProblems(key)).to.not.be.empty);
  }
});

describe('labelValueProblems', () => {
  for (const value of ['', 'a', '30.5', 'granite_34b', 'A100', 'a'.repeat(63)]) {
    it(`takes ${JSON.stringify(value.slice(0, 20))}`, () => expect(labelValueProblems(value)).to.deep.equal([]));
  }
  for (const value of ['meta-llama/Llama-3.1-8B', '-1', 'a b', 'a'.repeat(64), 'é', '.5']) {
    it(`refuses ${JSON.stringify(value.slice(0, 25))}`, () => expect(labelValueProblems(value)).to.not.be.empty);
  }
});
