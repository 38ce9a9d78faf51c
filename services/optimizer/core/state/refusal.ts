/** A change, or a question, that the state does not allow: the name is not there, or is there already. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly why: 'unknown' | 'duplicate';

  constructor(why: 'unknown' | 'duplicate', message: string) {
    super(message);
    this.why = why;
  }
}
