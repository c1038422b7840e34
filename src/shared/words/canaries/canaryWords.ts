import type { CanaryError } from '../../canaries.ts'
import type { Texts } from '../texts.ts'

/** `by`: the protocol by its name; `because`: in words why the media process could not. */
type More = readonly [by: string, because: string]
export interface CanaryWords {
  readonly what: Texts<CanaryError, More>
  readonly todo: Texts<CanaryError, More>
}
