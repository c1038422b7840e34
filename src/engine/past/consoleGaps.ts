import { type DeckEvent, type GapFacts, gapFactsSchema } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { Reason } from '../../shared/reasons.ts'

/** A period in which this console collected no data. */
interface ConsoleGap {
  readonly from: number
  readonly to: number
  readonly cause: 'notRunning' | 'slept' | 'notRecorded'
  /** Whether `from` is exact. If not, there may be samples after it, and they are valid. */
  readonly exact: boolean
  /** The reason shown for any moment within the gap. */
  readonly why: Reason
}

/** The state of the console itself at one past moment. */
export interface ConsoleThen {
  readonly gap: ConsoleGap | null
  /** Why it could reach no server although it was running. */
  readonly noNetwork: Reason | null
  /** Start of the launch that was running, as far as known: facts stored by earlier launches no longer hold. */
  readonly launchedAt: number
}

interface Offline {
  readonly from: number
  /** null: not over yet. */
  readonly to: number | null
}

const pageSize = 1000
/** The engine checks this often whether the machine slept. */
const sleepNoticedMs = 1000

/** Finds the periods without data from `consoleGap` events. Events already read are cached; only newer ones are fetched. */
export function createConsoleGaps(events: (filter: EventFilter) => Promise<readonly DeckEvent[]>) {
  const gaps: ConsoleGap[] = []
  const offline: Offline[] = []
  let newestId = 0
  let fetching: Promise<void> | null = null

  const addEvent = (event: DeckEvent) => {
    const parsed = gapFactsSchema.safeParse(event.facts)
    if (!parsed.success) return
    const facts: GapFacts = parsed.data
    switch (facts.cause) {
      case 'notRunning':
        gaps.push({ from: facts.from, to: event.at, cause: 'notRunning', exact: facts.stopped, why: { kind: 'notRunning', from: facts.from, to: event.at } })
        return
      case 'slept': {
        // The machine was last seen awake at most one check before it slept.
        const from = event.at - facts.sleptMs + sleepNoticedMs
        if (from < event.at) gaps.push({ from, to: event.at, cause: 'slept', exact: true, why: { kind: 'slept', from, to: event.at } })
        return
      }
      case 'noNetwork': {
        const last = offline.at(-1)
        if (last && last.to === null) offline[offline.length - 1] = { ...last, to: event.at }
        if (facts.begins) offline.push({ from: event.at, to: null })
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
    // In a bundle the order of ids may differ from the order of times.
    for (const event of fresh.sort((a, b) => a.at - b.at || a.id - b.id)) {
      newestId = Math.max(newestId, event.id)
      addEvent(event)
    }
  }

  const fetched = () => {
    fetching ??= fetchNew().finally(() => {
      fetching = null
    })
    return fetching
  }

  return {
    /** When it had no network, in order; where that lasts, `to` is `until`. */
    offlineWithin: async (from: number, until: number): Promise<readonly Span[]> => {
      await fetched()
      return offline.flatMap((one) => (one.from < until && (one.to ?? until) > from ? [{ from: one.from, to: one.to ?? until }] : []))
    },
    /** When it did not run or slept. */
    within: async (from: number, until: number): Promise<readonly Span[]> => {
      await fetched()
      return gaps.filter((gap) => gap.from < until && gap.to > from)
    },
    at: async (moment: number): Promise<ConsoleThen> => {
      await fetched()
      let gap: ConsoleGap | null = null
      let launchedAt = Number.NEGATIVE_INFINITY
      for (const one of gaps) {
        if (one.from <= moment && moment < one.to) gap = one
        if (one.cause === 'notRunning' && one.to <= moment && one.to > launchedAt) launchedAt = one.to
      }
      const isOffline = offline.some(({ from, to }) => from <= moment && (to === null || moment < to))
      return { gap, noNetwork: isOffline ? { kind: 'noNetwork' } : null, launchedAt }
    },
  }
}
