import type { SendFailure } from '../../sendFailures.ts'
import type { Texts } from '../texts.ts'

/** Why a channel did not accept a message, in one language. */
export type SendFailureWords = Texts<SendFailure>
