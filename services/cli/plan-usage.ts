const whatIf = `  --what-if PATH=VALUE
      the same data with another value; repeatable, all at once, in their order. VALUE is a number, or
      +N, -N, *N of what it is. A path's names are those of the data, * stands for all of them, and a
      name with dots in it may stand in double quotes:
        capacity.H100=+8
        servers.vllm-001.load.arrivalRate=*2       also minNumReplicas, maxBatchSize, keepAccelerator, class, ...
        serviceclasses.Premium.slo-itl=30          all models of the class
        serviceclasses.Premium.llama_7b.slo-itl=30
        accelerators.H100.cost=*0.8
        models.llama_7b.H100.perfParms.alpha=*0.9
        optimizer.saturationPolicy=RoundRobin`;

const common = `  --solver auto|greedy|milp|unlimited
      instead of what optimizer-data.json says`;

const ending = `DATA-DIR holds accelerator-data.json, capacity-data.json, model-data.json, serviceclass-data.json,
server-data.json and optimizer-data.json. The optimizer's variables (README.md, Settings) count here too.
Exit codes: 0; 2 for bad input, with a message that names file, path, value and range`;

export const PLAN_USAGE = `usage: npm run --silent inferno -- plan DATA-DIR [options]

What each server would get, without any service: accelerator, replicas, max batch, cost and latency.

Options:
  -h, --help
      print this and exit
${common}
  --output table|json|csv
      table (the default), the optimizer's whole answer, or one record for each server and accelerator;
      with --what-if the difference: base and what-if side by side
${whatIf}
  --fail-unserved
      exit with 3 where a server is not known to get all that its targets ask for

${ending}; 3 see above.`;

export const EXPLAIN_USAGE = `usage: npm run --silent inferno -- explain DATA-DIR SERVER [options]

What one server would get and why, and of each other accelerator why not.

Options:
  -h, --help
      print this and exit
${common}
  --output table|json|csv
      table (the default), the optimizer's explanation, or one record for each accelerator;
      with --what-if as it would be
${whatIf}

${ending}.`;
