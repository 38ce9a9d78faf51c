import type { Kind } from '../kinds/kind.js';
import { kinds } from '../kinds/all-kinds.js';

const wholeVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: readonly string[];
  group?: string;
  version?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
}

/** The versions of the core group: the answer to `GET /api`. */
export function coreVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** The groups besides core: the answer to `GET /apis`. */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames().map((group) => describeGroup(group)) };
}

/** One group: the answer to `GET /apis/apps`; undefined where there is none of that name. */
export function groupDocument(group: string): object | undefined {
  return groupNames().includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) } : undefined;
}

/** The resources of one version: the answer to `GET /apis/apps/v1`; undefined where there is none. */
export function resourceList(group: string, version: string): object | undefined {
  const members = kindsOf(group, version);
  if (members.length === 0) return undefined;
  const groupVersion = members[0]?.apiVersion;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: members.flatMap(describeResources) };
}

function groupNames(): string[] {
  return [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== '');
}

function versionsOf(group: string): string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).map(({ version }) => version))];
}

function kindsOf(group: string, version: string): Kind[] {
  return kinds.filter((kind) => kind.group === group && kind.version === version);
}

function describeGroup(name: string): object {
  const versions = versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function describeResources(kind: Kind): ApiResource[] {
  const { plural, singular, namespaced, shortNames, categories } = kind;
  const verbs = kind.kind === 'Namespace' ? wholeVerbs.filter((verb) => verb !== 'deletecollection') : wholeVerbs;
  const whole = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
  };
  return [whole, ...describeSubresources(kind)];
}

function describeSubresources({ plural, namespaced, kind, subresources }: Kind): ApiResource[] {
  const common = { singularName: '', namespaced };
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return [
    ...(subresources?.scale === true ? [{ name: `${plural}/scale`, ...common, ...scale, verbs: partVerbs }] : []),
    ...(subresources?.status === true ? [{ name: `${plural}/status`, ...common, kind, verbs: partVerbs }] : []),
    ...(subresources?.others ?? []).map((other) => ({ ...common, ...other, name: `${plural}/${other.name}` })),
  ];
}

/** Everything at once (`apidiscovery.k8s.io/v2`), which newer clients ask for at /api (`core`) and at /apis. */
export function aggregatedDiscovery(part: 'core' | 'groups', apiVersion: string): object {
  const groups = part === 'core' ? [''] : groupNames();
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(group).map((version) => ({
        version,
        resources: kindsOf(group, version).map(describeAggregated),
        freshness: 'Current',
      })),
    })),
  };
}

function describeAggregated(kind: Kind): object {
  const [whole, ...parts] = describeResources(kind);
  const { group, version } = kind;
  const subresources = parts.map(({ name, verbs, kind: partKind, group: partGroup = group, version: partVersion = version }) => ({
    subresource: name.slice(kind.plural.length + 1),
    responseKind: { group: partGroup, version: partVersion, kind: partKind },
    verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: whole?.verbs,
    ...(kind.shortNames === undefined ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories === undefined ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
