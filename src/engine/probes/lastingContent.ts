import { type Content, type Lasting, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'

/** A finding that may span several looks. */
interface LastingSince extends Lasting {
  /** Since when, epoch ms. */
  readonly since: number
}
/** Times: epoch ms. */
interface Run {
  readonly since: number
  /** End of the last look with this finding. */
  readonly seenAt: number
  /** It covered the whole last look. */
  readonly isWhole: boolean
}

/** Findings across the readings of one stream. */
export interface LastingContent {
  /** Adds a look; null: nothing was checked. `holdsMs`: for how long a reading counts. */
  readonly add: (content: Content | null, at: number, holdsMs: number) => void
  /** The findings at the end of the last look that could check for them. */
  readonly all: () => LastingSince[]
  readonly clear: () => void
}

/** Checks that compare pictures: two looks may be still with different pictures, so a run continues only if it covered the whole previous look. */
const mayDiffer: ReadonlySet<LastingCheck> = new Set(['frozen', 'noMotion'])

/**
 * Joins the findings of looks. For a stream read in turns, a finding at the end of one look and from the beginning of the next counts as lasting in
 * between, while the earlier reading still counts. A finding that a look could not check for stays for as long as its last reading counts.
 */
export function createLastingContent(): LastingContent {
  const lasting = new Map<LastingCheck, Run>()
  return {
    add: (content, at, holdsMs) => {
      if (content === null) return lasting.clear()
      for (const check of lastingChecks) {
        const before = lasting.get(check)
        const isOld = before !== undefined && at - before.seenAt > holdsMs
        if (!content.evaluated.includes(check)) {
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
