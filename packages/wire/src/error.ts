/**
 * An error a person or a program can act on: a stable code, one sentence that says what happened (and to what), one that says what to do.
 * Nothing that throws it has changed any state.
 */
export class GrapevineError extends Error {
  override readonly name = 'GrapevineError';
  readonly code: string;
  readonly action: string;

  constructor(code: string, message: string, action: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.action = action;
  }
}
