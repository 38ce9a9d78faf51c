import type { Column, Kind } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';

/** What comes with each row: the whole object, its metadata (the default), or nothing. */
export type RowObject = 'None' | 'Metadata' | 'Object';

interface TableOptions {
  metaVersion: string;
  includeObject: RowObject;
  nowMs: number;
  /** Later events of a watch leave the columns out. */
  withoutColumns?: boolean;
}

interface ColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: { resourceVersion?: string };
  columnDefinitions: ColumnDefinition[];
  rows: { cells: (string | number)[]; object?: object }[];
}

/** Objects as the `meta.k8s.io` Table that kubectl prints. */
export function tableOf(kind: Kind, objects: readonly KubeObject[], options: TableOptions): Table {
  const { metaVersion, includeObject, nowMs, withoutColumns = false } = options;
  const apiVersion = `meta.k8s.io/${metaVersion}`;
  const resourceVersion = objects.length === 1 ? objects[0]?.metadata.resourceVersion : undefined;
  return {
    kind: 'Table',
    apiVersion,
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: withoutColumns ? [] : kind.columns.map(columnDefinition),
    rows: objects.map((object) => ({
      cells: kind.row(object, nowMs),
      ...rowObject(object, includeObject, apiVersion),
    })),
  };
}

function columnDefinition({ name, type, format, wide = false }: Column): ColumnDefinition {
  return { name, type, format: format ?? '', description: '', priority: wide ? 1 : 0 };
}

function rowObject(object: KubeObject, include: RowObject, apiVersion: string): { object?: object } {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata } };
}
