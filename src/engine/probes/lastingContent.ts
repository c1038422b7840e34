import { type Content, contentFaultMs, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'

/** Something in a stream's pictures or sound that lasts, epoch ms: from when on, and the last look that saw it. */
export interface Lasting {
  readonly check: LastingCheck
  readonly since: number
  readonly seenAt: number
}
/** For how long it has lasted as far as it was seen, ms. */
export const lastedMs = ({ since, seenAt }: Lasting): number => seenAt - since
export const isFault = (lasting: Lasting): boolean => lastedMs(lasting) > contentFaultMs[lasting.check]

/** What lasts over the readings of one stream. */
export interface LastingContent {
  /** null: nothing was looked for. */
  readonly add: (content: Content | null, at: number) => void
  readonly all: () => readonly Lasting[]
  readonly clear: () => void
}

/**
 * Joins what looks found. Of a stream that is read in turns, what was so at the end of a look and is so from the beginning of the next one counts as
 * lasting in between. What a look could not judge stays as it was seen last.
 */
export function createLastingContent(): LastingContent {
  const lasting = new Map<LastingCheck, Lasting>()
  return {
    add: (content, at) => {
      if (content === null) return lasting.clear()
      for (const check of lastingChecks) {
        if (!content.judged.includes(check)) continue
        const found = content.findings.find((finding) => finding.check === check)
        if (found === undefined) {
          lasting.delete(check)
          continue
        }
        const began = at - found.seconds * 1_000
        const before = lasting.get(check)
        const goesOn = before !== undefined && (found.isFromStart || began <= before.seenAt)
        lasting.set(check, { check, since: goesOn ? before.since : began, seenAt: at })
      }
    },
    all: () => [...lasting.values()],
    clear: () => lasting.clear(),
  }
}
