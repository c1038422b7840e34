import { type Content, contentFaultMs, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'

/** Something in a stream's pictures or sound that lasts, epoch ms: from when on, and the last look that saw it. */
export interface Lasting {
  readonly check: LastingCheck
  readonly since: number
  readonly seenAt: number
  /** The last look had it from its beginning to its end. */
  readonly isWhole: boolean
}
/** For how long it has lasted as far as it was seen, ms. */
export const lastedMs = ({ since, seenAt }: Lasting): number => seenAt - since
export const isFault = (lasting: Lasting): boolean => lastedMs(lasting) > contentFaultMs[lasting.check]

/** What lasts over the readings of one stream. */
export interface LastingContent {
  /** null: nothing was looked for. `holdsMs`: for how long a reading counts. */
  readonly add: (content: Content | null, at: number, holdsMs: number) => void
  readonly all: () => readonly Lasting[]
  readonly clear: () => void
}

/** Two still pictures may be two pictures: only what a look has from its beginning to its end goes on in the next one. */
const mayDiffer: ReadonlySet<LastingCheck> = new Set(['frozen', 'noMotion'])

/**
 * Joins what looks found. Of a stream that is read in turns, what was so at the end of a look and is so from the beginning of the next one counts as
 * lasting in between, if that is not too long ago to count. What a look could not judge stays as it was seen last, for as long as that counts.
 */
export function createLastingContent(): LastingContent {
  const lasting = new Map<LastingCheck, Lasting>()
  return {
    add: (content, at, holdsMs) => {
      if (content === null) return lasting.clear()
      for (const check of lastingChecks) {
        const before = lasting.get(check)
        const isOld = before !== undefined && at - before.seenAt > holdsMs
        if (!content.judged.includes(check)) {
          if (isOld) lasting.delete(check)
          continue
        }
        const found = content.findings.find((finding) => finding.check === check)
        if (found === undefined) {
          lasting.delete(check)
          continue
        }
        const began = at - found.seconds * 1_000
        const isNext = before !== undefined && found.isFromStart && !isOld && (before.isWhole || !mayDiffer.has(check))
        const goesOn = before !== undefined && (isNext || began <= before.seenAt)
        lasting.set(check, { check, since: goesOn ? before.since : began, seenAt: at, isWhole: found.isFromStart })
      }
    },
    all: () => [...lasting.values()],
    clear: () => lasting.clear(),
  }
}
