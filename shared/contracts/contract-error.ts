/** One thing that is wrong with an input: where, what stood there, and what may stand there. */
export interface ContractIssue {
  /** File name, or name of the payload. */
  source: string;
  /** For example `accelerators[3].cost`; empty for the whole document. */
  path: string;
  /** What was found, as JSON, shortened; `absent` when there was nothing. */
  value: string;
  /** What is wrong, with the allowed type or range. */
  message: string;
}

/** An input that breaks its contract; the message lists every issue, one a line. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly issues: readonly ContractIssue[];

  constructor(issues: readonly ContractIssue[], options?: ErrorOptions) {
    super(issues.map(formatIssue).join('\n'), options);
    this.issues = issues;
  }
}

export function formatIssue(issue: ContractIssue): string {
  const place = issue.path === '' ? issue.source : `${issue.source}: ${issue.path}`;
  return issue.value === '' ? `${place}: ${issue.message}` : `${place}: ${issue.value}: ${issue.message}`;
}
