import { commonSettings, dataPathSetting, kubeconfigSetting } from '#shared/config/common-settings.js';
import { booleanSetting, portSetting, textSetting } from '#shared/config/settings.js';
import { rooms, type Room } from './local-cluster.js';

/** Settings of the embedded cluster. */
export const settings = {
  ...commonSettings,
  kubeconfig: kubeconfigSetting,
  dataPath: dataPathSetting,
  port: portSetting({
    variable: 'LOCAL_CLUSTER_PORT',
    argument: '--port',
    default: 3320,
    about: 'port of the embedded Kubernetes API',
  }),
  dataDir: textSetting({
    variable: 'LOCAL_CLUSTER_DIR',
    argument: '--data-dir',
    default: '.local-cluster',
    range: 'path of a folder',
    about: 'folder of the embedded cluster: its objects, keys and kubeconfig',
    accepts: (text) => text.trim() !== '',
  }),
  fresh: booleanSetting({
    variable: 'LOCAL_CLUSTER_FRESH',
    argument: '--fresh',
    default: false,
    about: 'forget the objects of the embedded cluster and begin anew',
  }),
  rooms: textSetting({
    variable: 'LOCAL_CLUSTER_ROOMS',
    argument: '--rooms',
    default: rooms.join(','),
    range: `one or more of ${rooms.join(', ')}, separated by commas`,
    about: 'parts of the cluster to run; without api they work on the cluster of KUBECONFIG',
    accepts: (text) => parseRooms(text) !== undefined,
  }),
} as const;

/** The rooms that a list names; undefined when it names something else, or nothing. */
export function parseRooms(text: string): ReadonlySet<Room> | undefined {
  const names = text.split(',').map((name) => name.trim());
  const known = names.map((name) => rooms.find((room) => room === name));
  return known.includes(undefined) ? undefined : new Set(known.filter((room) => room !== undefined));
}
