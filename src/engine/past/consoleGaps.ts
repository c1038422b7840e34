import { type DeckEvent, type GapFacts, gapFactsSchema } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import type { Reason } from '../../shared/reasons.ts'

/** A time in which this console saw nothing. */
export interface ConsoleGap {
  readonly from: number
  readonly to: number
  readonly cause: 'notRunning' | 'slept' | 'notRecorded'
  /** Whether `from` is exact. If not, samples from behind it may be there, and they count. */
  readonly exact: boolean
  /** Why nothing is known of a moment in it. */
  readonly why: Reason
}

/** How it stood with the console itself at one moment. */
export interface ConsoleThen {
  readonly gap: ConsoleGap | null
  /** Why it could not see anybody though it ran. */
  readonly noNetwork: Reason | null
  /** Start of the launch that ran then, as far as known: whatever an earlier one told does not hold any more. */
  readonly launchedAt: number
}

interface Spell {
  readonly from: number
  /** null: it had not ended when last looked. */
  readonly to: number | null
}

const pageSize = 1000
/** The engine looks this often whether it slept. */
const sleepNoticedMs = 1000

/** When this console saw nothing, from the events that tell it. Those that are known are kept, new ones are fetched. */
export function createConsoleGaps(events: (filter: EventFilter) => Promise<readonly DeckEvent[]>) {
  const gaps: ConsoleGap[] = []
  const networks: Spell[] = []
  let newestId = 0
  let fetching: Promise<void> | null = null

  const take = (event: DeckEvent) => {
    const parsed = gapFactsSchema.safeParse(event.facts)
    if (!parsed.success) return
    const facts: GapFacts = parsed.data
    switch (facts.cause) {
      case 'notRunning':
        gaps.push({ from: facts.from, to: event.at, cause: 'notRunning', exact: facts.stopped, why: { kind: 'notRunning', from: facts.from, to: event.at } })
        return
      case 'slept': {
        // Within a second of the last sign of being awake.
        const from = event.at - facts.sleptMs + sleepNoticedMs
        if (from < event.at) gaps.push({ from, to: event.at, cause: 'slept', exact: true, why: { kind: 'slept', from, to: event.at } })
        return
      }
      case 'noNetwork': {
        const last = networks.at(-1)
        if (last && last.to === null) networks[networks.length - 1] = { ...last, to: event.at }
        if (facts.begins) networks.push({ from: event.at, to: null })
        return
      }
      default:
        facts satisfies never
    }
  }

  const fetchNew = async () => {
    const fresh: DeckEvent[] = []
    let before: number | undefined
    for (;;) {
      const page = await events({ kinds: ['consoleGap'], limit: pageSize, ...(before !== undefined && { before }) })
      fresh.push(...page.filter(({ id }) => id > newestId))
      const last = page.at(-1)
      if (page.length < pageSize || last === undefined || last.id <= newestId) break
      before = last.id
    }
    // Those of a bundle need not be numbered as they happened.
    for (const event of fresh.sort((a, b) => a.at - b.at || a.id - b.id)) {
      newestId = Math.max(newestId, event.id)
      take(event)
    }
  }

  return {
    at: async (moment: number): Promise<ConsoleThen> => {
      fetching ??= fetchNew().finally(() => {
        fetching = null
      })
      await fetching
      let gap: ConsoleGap | null = null
      let launchedAt = Number.NEGATIVE_INFINITY
      for (const one of gaps) {
        if (one.from <= moment && moment < one.to) gap = one
        if (one.cause === 'notRunning' && one.to <= moment && one.to > launchedAt) launchedAt = one.to
      }
      const cutOff = networks.some(({ from, to }) => from <= moment && (to === null || moment < to))
      return { gap, noNetwork: cutOff ? { kind: 'noNetwork' } : null, launchedAt }
    },
  }
}
