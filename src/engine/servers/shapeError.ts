/** An answer that is not in the API's form; `message` gives the position, never the content. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}
