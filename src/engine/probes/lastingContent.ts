import { type Content, type Lasting, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'

/** Something that lasts over more than one look. */
export interface LastingSince extends Lasting {
  /** Since when, epoch ms. */
  readonly since: number
}
/** Times: epoch ms. */
interface Run {
  readonly since: number
  /** When the last look that had it ended. */
  readonly seenAt: number
  /** The last look had it from its beginning to its end. */
  readonly isWhole: boolean
}

/** What lasts over the readings of one stream. */
export interface LastingContent {
  /** null: nothing was looked for. `holdsMs`: for how long a reading counts. */
  readonly add: (content: Content | null, at: number, holdsMs: number) => void
  /** What lasted at the end of the last look that could judge it. */
  readonly all: () => LastingSince[]
  readonly clear: () => void
}

/** Two still pictures may be two pictures: only what a look has from its beginning to its end goes on in the next one. */
const mayDiffer: ReadonlySet<LastingCheck> = new Set(['frozen', 'noMotion'])

/**
 * Joins what looks found. Of a stream that is read in turns, what was so at the end of a look and is so from the beginning of the next one counts as
 * lasting in between, if that is not too long ago to count. What a look could not judge stays as it was seen last, for as long as that counts.
 */
export function createLastingContent(): LastingContent {
  const lasting = new Map<LastingCheck, Run>()
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
        lasting.set(check, { since: goesOn ? before.since : began, seenAt: at, isWhole: found.isFromStart })
      }
    },
    all: () => [...lasting].map(([check, { since, seenAt }]) => ({ check, since, lastedMs: seenAt - since })),
    clear: () => lasting.clear(),
  }
}
