/** The code of a failed request, of the error itself or of its cause. It may be anything that the other side could make of it. */
export function failureCode(error: unknown): string {
  const code: unknown = Object(error).code ?? Object(Object(error).cause).code
  return typeof code === 'string' ? code.slice(0, 60) : 'UNKNOWN'
}
