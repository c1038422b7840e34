/** Why a request is not answered. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly words: string
}

/** Its body, in the form in which the contract's own errors are written. */
export const refusalBody = ({ status, code, words }: Refusal) => ({ defined: false, code, status, message: words })
