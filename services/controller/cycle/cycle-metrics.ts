import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CycleRecord, ServerDecision } from '#shared/contracts/controller.js';
import { valueOf } from '../core/server-view.js';
import type { ControlLoop } from './control-loop.js';
import { enteredStages } from './entered-stages.js';

interface ServerGauge {
  name: string;
  help: string;
  /** Undefined: no series. No data is not zero here either. */
  value: (decision: ServerDecision) => number | undefined;
}

const serverGauges: readonly ServerGauge[] = [
  {
    name: 'inferno_desired_replicas',
    help: 'Replicas that the last cycle decided on.',
    value: ({ planned }) => planned.numReplicas,
  },
  {
    name: 'inferno_current_replicas',
    help: 'Replicas that the Deployment asked for when the last cycle looked.',
    value: ({ current }) => current.numReplicas,
  },
  {
    name: 'inferno_ready_replicas',
    help: 'Replicas that were ready when the last cycle looked.',
    value: ({ readyReplicas }) => readyReplicas,
  },
  { name: 'inferno_cost_cents_per_hour', help: 'Cost of the decided replicas.', value: ({ planned }) => planned.cost },
  {
    name: 'inferno_arrival_rate_per_minute',
    help: 'Offered requests per minute.',
    value: ({ load }) => valueOf(load.arrivalRate),
  },
  { name: 'inferno_slo_itl_ms', help: 'Target of the time per output token.', value: ({ targets }) => target(targets?.itl) },
  { name: 'inferno_slo_ttft_ms', help: 'Target of the time to first token.', value: ({ targets }) => target(targets?.ttft) },
  {
    name: 'inferno_measured_itl_ms',
    help: 'Measured mean time per output token.',
    value: ({ measured }) => valueOf(measured.itl),
  },
  {
    name: 'inferno_measured_ttft_ms',
    help: 'Measured mean time to first token.',
    value: ({ measured }) => valueOf(measured.ttft),
  },
  {
    name: 'inferno_predicted_itl_ms',
    help: 'Time per output token predicted for the decided replicas.',
    value: ({ predicted }) => predicted?.itl,
  },
  {
    name: 'inferno_predicted_ttft_ms',
    help: 'Time to first token predicted for the decided replicas.',
    value: ({ predicted }) => predicted?.ttft,
  },
];

/** Keeps the controller's series in step with its cycles; series of servers that are gone go with them. */
export function observeCycles(loop: ControlLoop, registry: Registry): void {
  const registers = [registry];
  const gauges = serverGauges.map(({ name, help, value }) => ({
    gauge: new Gauge({ name, help, labelNames: ['server'], registers }),
    value,
  }));
  const held = new Gauge({
    name: 'inferno_held',
    help: '1 for a server that is held, wholly or in part, by this reason.',
    labelNames: ['server', 'reason'],
    registers,
  });
  const cards = new Gauge({
    name: 'inferno_capacity_cards',
    help: 'Cards by accelerator type: total in the data, used now, planned by the last cycle.',
    labelNames: ['type', 'kind'],
    registers,
  });
  const duration = new Histogram({
    name: 'inferno_cycle_duration_seconds',
    help: 'Time that a cycle spent in a stage; stage="total" is the whole cycle.',
    labelNames: ['stage'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const cycles = new Counter({ name: 'inferno_cycles_total', help: 'Finished cycles.', labelNames: ['outcome'], registers });
  const skipped = new Counter({
    name: 'inferno_ticks_skipped_total',
    help: 'Ticks that fell into a running cycle.',
    registers,
  });

  loop.onSkippedTick(() => skipped.inc());
  loop.onCycle((record) => {
    cycles.inc({ outcome: record.outcome });
    for (const stage of [...enteredStages(record), 'total'] as const) duration.observe({ stage }, record.timingsMs[stage] / 1000);
    // A cycle that saw nothing leaves the series as they are: they then tell the last that was known.
    if (loop.decided?.record !== record) return;
    showServers(record);
    cards.reset();
    for (const [type, share] of Object.entries(record.capacity)) {
      for (const kind of ['total', 'used', 'planned'] as const) cards.set({ type, kind }, share[kind]);
    }
  });

  function showServers({ servers }: CycleRecord): void {
    held.reset();
    for (const [server, { verdict }] of Object.entries(servers)) {
      if (verdict.hold !== null) held.set({ server, reason: verdict.hold }, 1);
    }
    for (const { gauge, value } of gauges) {
      gauge.reset();
      for (const [server, decision] of Object.entries(servers)) {
        const current = value(decision);
        if (current !== undefined) gauge.set({ server }, current);
      }
    }
  }
}

function target(valueMs = 0): number | undefined {
  return valueMs > 0 ? valueMs : undefined;
}
