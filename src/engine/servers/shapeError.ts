/** A form that is not the API's; `message` says where, and never what stood there. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}
