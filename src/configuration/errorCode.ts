/** The system's code of an error, such as `EACCES`, which operators can look up; otherwise the error as text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
