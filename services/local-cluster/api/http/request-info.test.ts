import { expect } from 'chai';
import { parseApiPath } from './request-info.js';

describe('parseApiPath', () => {
  const core = { group: '', version: 'v1' };
  const apps = { group: 'apps', version: 'v1' };
  const cases: [path: string, parsed: ReturnType<typeof parseApiPath>][] = [
    ['/api', { to: 'discovery', group: '' }],
    ['/apis', { to: 'discovery' }],
    ['/apis/apps', { to: 'discovery', group: 'apps' }],
    ['/api/v1', { to: 'discovery', ...core }],
    ['/apis/apps/v1/', { to: 'discovery', ...apps }],
    ['/api/v1/pods', { to: 'resource', path: { ...core, plural: 'pods' } }],
    ['/api/v1/nodes/n1/status', { to: 'resource', path: { ...core, plural: 'nodes', name: 'n1', subresource: 'status' } }],
    ['/api/v1/namespaces', { to: 'resource', path: { ...core, plural: 'namespaces' } }],
    ['/api/v1/namespaces/a', { to: 'resource', path: { ...core, plural: 'namespaces', name: 'a' } }],
    [
      '/api/v1/namespaces/a/finalize',
      { to: 'resource', path: { ...core, plural: 'namespaces', name: 'a', subresource: 'finalize' } },
    ],
    ['/api/v1/namespaces/a/pods', { to: 'resource', path: { ...core, namespace: 'a', plural: 'pods' } }],
    [
      '/api/v1/namespaces/a/pods/p/log',
      { to: 'resource', path: { ...core, namespace: 'a', plural: 'pods', name: 'p', subresource: 'log' } },
    ],
    [
      '/apis/apps/v1/namespaces/a/deployments/d/scale',
      { to: 'resource', path: { ...apps, namespace: 'a', plural: 'deployments', name: 'd', subresource: 'scale' } },
    ],
    [
      '/apis/apps/v1/namespaces/a/deployments/x%3Ay',
      { to: 'resource', path: { ...apps, namespace: 'a', plural: 'deployments', name: 'x:y' } },
    ],
    ['/metrics', undefined],
    ['/', undefined],
  ];
  for (const [path, parsed] of cases) it(`splits ${path}`, () => expect(parseApiPath(path)).to.deep.equal(parsed));
});
