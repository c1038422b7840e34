import { z } from 'zod'
import { enteredText } from './entered.ts'
import type { RemedyAct } from './remedyActs.ts'
import { invalid } from './validationErrors.ts'

function between(least: number, most: number) {
  const wrong = invalid({ kind: 'notACount', least, most })
  return z.number().int(wrong).min(least, wrong).max(most, wrong)
}
const guards = {
  /** The alarm has to last, unacknowledged, for this long first. */
  afterSeconds: between(0, 86_400).default(30),
  /** The same stream or host is not acted on again before this time, and within it an act must have helped. */
  againSeconds: between(60, 86_400).default(600),
  /** Most acts of the rule within any hour, on all streams and hosts together. */
  mostAnHour: between(1, 60).default(4),
}
const acting = <Act extends RemedyAct>(act: Act) => z.strictObject({ act: z.literal(act), ...guards })

/** What a rule does about its alarms, and how often at most. Nothing is done before somebody has armed it. */
export const remedySchema = z.discriminatedUnion('act', [
  acting('kickPublisher'),
  acting('restartSource'),
  acting('restartPath'),
  /** `keyFile`: a private key without passphrase, on the engine's machine. */
  acting('runCommand').extend({ keyFile: enteredText(1_000) }),
])
export type Remedy = z.infer<typeof remedySchema>
