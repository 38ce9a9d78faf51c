import type { V1Lifecycle, V1Probe } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { Container } from '../kinds/pod-template.js';
import type { FieldErrors } from './field-error.js';
import { checkName } from './names.js';
import { checkChoice, checkNonNegative, checkPort, checkPortOrName } from './numbers.js';
import { checkResources } from './resources.js';

type Probe = Loose<V1Probe>;
type Handler = NonNullable<Loose<V1Lifecycle>['preStop']>;

/** Checks one container; `names` are those seen so far in the pod, `volumes` those that the pod has. */
export function checkContainer(
  container: Container,
  field: string,
  context: { names: Set<string>; volumes: ReadonlySet<string>; isInit: boolean },
  errors: FieldErrors,
): void {
  const { name, image } = container;
  checkName(name, 'label', `${field}.name`, errors);
  if (name !== undefined && context.names.has(name)) errors.duplicate(`${field}.name`, name);
  context.names.add(name ?? '');
  checkImage(image, `${field}.image`, errors);
  checkLifecycle(container, field, context.isInit, errors);
  checkPorts(container.ports ?? [], `${field}.ports`, errors);
  checkEnv(container.env ?? [], `${field}.env`, errors);
  checkVolumeMounts(container.volumeMounts ?? [], context.volumes, `${field}.volumeMounts`, errors);
  checkChoice(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${field}.imagePullPolicy`, errors);
  checkResources(container.resources, `${field}.resources`, errors);
}

function checkImage(image: string | undefined, field: string, errors: FieldErrors): void {
  if (image === undefined) errors.required(field);
  else if (image.trim() !== image) errors.invalid(field, image, 'must not have leading or trailing whitespace');
}

function checkLifecycle(container: Container, field: string, isInit: boolean, errors: FieldErrors): void {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const isOneShot = isInit && container.restartPolicy !== 'Always';
  const probes = { livenessProbe, readinessProbe, startupProbe };
  for (const [name, probe] of Object.entries(probes)) {
    if (probe === undefined) continue;
    if (isOneShot) errors.forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always');
    else checkProbe(probe, `${field}.${name}`, name !== 'readinessProbe', errors);
  }
  if (isOneShot && lifecycle !== undefined) {
    errors.forbidden(`${field}.lifecycle`, 'may not be set for init containers without restartPolicy=Always');
    return;
  }
  for (const [name, handler] of Object.entries({ preStop: lifecycle?.preStop, postStart: lifecycle?.postStart })) {
    if (handler !== undefined) checkHandler(handler, `${field}.lifecycle.${name}`, errors);
  }
}

function checkProbe(probe: Probe, field: string, successOnce: boolean, errors: FieldErrors): void {
  checkHandler(probe, field, errors);
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    checkNonNegative(probe[name], `${field}.${name}`, errors);
  }
  if (successOnce && probe.successThreshold !== 1)
    errors.invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1');
}

function checkHandler(handler: Probe & Handler, field: string, errors: FieldErrors): void {
  const { httpGet, tcpSocket, exec, grpc, sleep } = handler;
  const given = Object.entries({ exec, httpGet, tcpSocket, grpc, sleep }).filter(([, one]) => one !== undefined);
  if (given.length === 0) errors.required(field, 'must specify a handler type');
  for (const [extra] of given.slice(1)) errors.forbidden(`${field}.${extra}`, 'may not specify more than 1 handler type');
  if (httpGet !== undefined) {
    checkPortOrName(httpGet.port, `${field}.httpGet.port`, errors);
    checkChoice(httpGet.scheme, ['HTTP', 'HTTPS'], `${field}.httpGet.scheme`, errors);
  }
  if (tcpSocket !== undefined) checkPortOrName(tcpSocket.port, `${field}.tcpSocket.port`, errors);
  if (exec !== undefined && exec.command === undefined) errors.required(`${field}.exec.command`);
}

function checkPorts(ports: NonNullable<Container['ports']>, field: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${field}[${index}]`;
    if (port.name !== undefined) {
      checkPortOrName(port.name, `${at}.name`, errors);
      if (names.has(port.name)) errors.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (port.containerPort === undefined) errors.required(`${at}.containerPort`);
    else checkPort(port.containerPort, `${at}.containerPort`, errors);
    if (port.hostPort !== undefined) checkPort(port.hostPort, `${at}.hostPort`, errors);
    checkChoice(port.protocol, ['TCP', 'UDP', 'SCTP'], `${at}.protocol`, errors);
  }
}

function checkEnv(env: NonNullable<Container['env']>, field: string, errors: FieldErrors): void {
  for (const [index, variable] of env.entries()) {
    const at = `${field}[${index}]`;
    if (variable.name === undefined) errors.required(`${at}.name`);
    else if (!/^[ -<>-~]+$/.test(variable.name)) {
      errors.invalid(
        `${at}.name`,
        variable.name,
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      );
    }
    if (variable.value !== undefined && variable.valueFrom !== undefined) {
      errors.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  }
}

function checkVolumeMounts(
  mounts: NonNullable<Container['volumeMounts']>,
  volumes: ReadonlySet<string>,
  field: string,
  errors: FieldErrors,
): void {
  const paths = new Set<string>();
  for (const [index, { name, mountPath }] of mounts.entries()) {
    const at = `${field}[${index}]`;
    if (name === undefined) errors.required(`${at}.name`);
    if (!volumes.has(name ?? '')) errors.notFound(`${at}.name`, name ?? '');
    if (mountPath === undefined) errors.required(`${at}.mountPath`);
    else if (paths.has(mountPath)) errors.invalid(`${at}.mountPath`, mountPath, 'must be unique');
    paths.add(mountPath ?? '');
  }
}
