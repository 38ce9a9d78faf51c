/** What a stateful optimizer should answer, in the plainest way: a Map a list, a Set of names, no sharing of code with the real one. */

export type Json = Readonly<Record<string, unknown>>;

export type Command =
  | { kind: 'set'; of: ListName; items: readonly Json[] }
  | { kind: 'add'; of: ListName; item: Json }
  | { kind: 'all'; of: ListName }
  | { kind: 'get' | 'remove'; of: ListName; key: string }
  | { kind: 'addModel' | 'getModel' | 'removeModel'; model: string }
  | { kind: 'addPerf'; item: Json }
  | { kind: 'getPerf' | 'removePerf'; model: string; acc: string }
  | { kind: 'addTarget'; class: string; item: Json }
  | { kind: 'getTarget' | 'removeTarget'; class: string; model: string };

export type ListName = 'Accelerator' | 'Capacity' | 'Server' | 'ServiceClass' | 'Model';

export const lists = {
  Accelerator: { plural: 'Accelerators', root: 'accelerators', keyOf: (item: Json) => String(item['name']) },
  Capacity: { plural: 'Capacities', root: 'count', keyOf: (item: Json) => String(item['type']) },
  Server: { plural: 'Servers', root: 'servers', keyOf: (item: Json) => String(item['name']) },
  ServiceClass: { plural: 'ServiceClasses', root: 'serviceClasses', keyOf: (item: Json) => String(item['name']) },
  Model: { plural: 'Models', root: 'models', keyOf: (item: Json) => perfKey(String(item['name']), String(item['acc'])) },
} as const;

export interface Expected {
  status: 200 | 400 | 404 | 409;
  /** Of a 200, warnings apart. */
  answer?: unknown;
}

const unknown: Expected = { status: 404 };
const duplicate: Expected = { status: 409 };
const bad: Expected = { status: 400 };

const perfKey = (model: string, acc: string): string => `${model} on ${acc}`;

export class StatefulModel {
  private readonly maps: Record<ListName, Map<string, Json>> = {
    Accelerator: new Map(),
    Capacity: new Map(),
    Server: new Map(),
    ServiceClass: new Map(),
    Model: new Map(),
  };
  private models = new Set<string>();

  answerTo(command: Command): Expected {
    switch (command.kind) {
      case 'set':
        return this.set(command.of, command.items);
      case 'add':
        return this.add(command.of, command.item);
      case 'all':
        return this.document(command.of);
      case 'get':
      case 'remove':
        return this.take(command.of, command.key, command.kind === 'remove');
      case 'addModel':
        if (this.models.has(command.model)) return duplicate;
        this.models.add(command.model);
        return { status: 200, answer: { models: [] } };
      case 'getModel':
      case 'removeModel':
        return this.takeModel(command.model, command.kind === 'removeModel');
      case 'addPerf':
        if (isBad(command.item)) return bad;
        if (!this.models.has(String(command.item['name']))) return unknown;
        return this.add('Model', command.item);
      case 'getPerf':
      case 'removePerf':
        return this.take('Model', perfKey(command.model, command.acc), command.kind === 'removePerf');
      case 'addTarget':
        return this.addTarget(command.class, command.item);
      case 'getTarget':
      case 'removeTarget':
        return this.takeTarget(command.class, command.model, command.kind === 'removeTarget');
    }
  }

  private document(of: ListName): Expected {
    return { status: 200, answer: { [lists[of].root]: [...this.maps[of].values()] } };
  }

  private set(of: ListName, items: readonly Json[]): Expected {
    const entries = new Map(items.map((item) => [lists[of].keyOf(item), item]));
    if (entries.size < items.length || items.some(isBad)) return bad;
    this.maps[of] = entries;
    if (of === 'Model') this.models = new Set(items.map((item) => String(item['name'])));
    return this.document(of);
  }

  private add(of: ListName, item: Json): Expected {
    const key = lists[of].keyOf(item);
    if (isBad(item)) return bad;
    if (this.maps[of].has(key)) return duplicate;
    this.maps[of].set(key, item);
    return { status: 200, answer: item };
  }

  private take(of: ListName, key: string, remove: boolean): Expected {
    const item = this.maps[of].get(key);
    if (item === undefined) return unknown;
    if (remove) this.maps[of].delete(key);
    return { status: 200, answer: item };
  }

  private takeModel(model: string, remove: boolean): Expected {
    if (!this.models.has(model)) return unknown;
    const perfs = [...this.maps.Model].filter(([, item]) => item['name'] === model);
    if (remove) {
      this.models.delete(model);
      for (const [key] of perfs) this.maps.Model.delete(key);
    }
    return { status: 200, answer: { models: perfs.map(([, item]) => item) } };
  }

  private addTarget(name: string, item: Json): Expected {
    const targets = this.targetsOf(name);
    if (isBad(item)) return bad;
    if (targets === undefined) return unknown;
    if (targets.has(String(item['model']))) return duplicate;
    return { status: 200, answer: this.withTargets(name, [...targets.values(), item]) };
  }

  private takeTarget(name: string, model: string, remove: boolean): Expected {
    const targets = this.targetsOf(name);
    const target = targets?.get(model);
    if (targets === undefined || target === undefined) return unknown;
    targets.delete(model);
    if (remove) this.withTargets(name, [...targets.values()]);
    return { status: 200, answer: target };
  }

  private targetsOf(name: string): Map<string, Json> | undefined {
    const item = this.maps.ServiceClass.get(name);
    const targets = (item?.['modelTargets'] ?? []) as Json[];
    return item && new Map(targets.map((target) => [String(target['model']), target]));
  }

  private withTargets(name: string, modelTargets: Json[]): Json {
    const changed = { ...this.maps.ServiceClass.get(name), modelTargets };
    this.maps.ServiceClass.set(name, changed);
    return changed;
  }
}

/** The generators write a bad item in one way only: a figure below zero. */
function isBad(item: Json): boolean {
  return JSON.stringify(item).includes(':-1');
}
