import { notAcceptable } from '../status-error.js';

/** The form in which a client wants its objects. */
export type Form = 'object' | 'table' | 'metadata';

export interface Accepted {
  form: Form;
  format: 'json' | 'yaml';
  /** The version of meta.k8s.io that a table is wanted in. */
  metaVersion: string;
}

const whole: Accepted = { form: 'object', format: 'json', metaVersion: 'v1' };

const forms: Readonly<Record<string, Form>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/**
 * Picks the first form of an Accept header that is served: JSON or YAML, as objects, tables or bare metadata.
 * @throws StatusError 406 when none is, for instance protobuf alone
 */
export function parseAccept(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '') return whole;
  for (const range of header.split(',')) {
    const accepted = parseRange(range);
    if (accepted !== undefined) return accepted;
  }
  throw notAcceptable(['application/json', 'application/yaml']);
}

function parseRange(range: string): Accepted | undefined {
  const [type = '', ...texts] = range.split(';').map((part) => part.trim());
  const parameters = new Map(texts.map((text) => [text.split('=')[0] ?? '', text.split('=')[1] ?? '']));
  const as = parameters.get('as');
  if (type === 'application/yaml' && as === undefined) return { ...whole, format: 'yaml' };
  if (!['application/json', 'application/*', '*/*'].includes(type)) return undefined;
  if (as === undefined) return whole;
  const form = forms[as];
  const metaVersion = parameters.get('v') ?? 'v1';
  const isServed = form !== undefined && parameters.get('g') === 'meta.k8s.io' && ['v1', 'v1beta1'].includes(metaVersion);
  return isServed ? { form, format: 'json', metaVersion } : undefined;
}
