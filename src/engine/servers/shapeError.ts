import type { ReplyFault } from '../../shared/errors.ts'

/** An answer that is not in the API's form. `fault` gives the position or the limit, never the content. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  readonly fault: ReplyFault
  constructor(fault: ReplyFault) {
    super(fault.kind)
    this.fault = fault
  }
}
