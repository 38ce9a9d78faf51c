import type { Column } from '../kinds/kind.js';
import { selectorText } from '../selectors/label-selector.js';

export const nameColumn: Column = { name: 'Name', type: 'string', format: 'name' };
export const ageColumn: Column = { name: 'Age', type: 'string' };

/** Columns that `kubectl get` always shows. */
export function textColumns(...names: string[]): Column[] {
  return names.map((name) => ({ name, type: 'string' }));
}

export function countColumns(...names: string[]): Column[] {
  return names.map((name) => ({ name, type: 'integer' }));
}

/** Columns that only `-o wide` shows. */
export function wideColumns(...names: string[]): Column[] {
  return names.map((name) => ({ name, type: 'string', wide: true }));
}

type Selector = Parameters<typeof selectorText>[0];

/** A selector as the wide columns show it. */
export function selectorCell(selector: Selector | undefined): string {
  const text = selector === undefined ? '' : selectorText(selector);
  return text === '' ? '<none>' : text;
}

interface ContainerFace {
  name?: string;
  image?: string;
}

/** Names and images of a template's containers. */
export function containerCells(containers: readonly ContainerFace[] = []): [string, string] {
  return [containers.map(({ name = '' }) => name).join(','), containers.map(({ image = '' }) => image).join(',')];
}
