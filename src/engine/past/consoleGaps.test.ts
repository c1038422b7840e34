import { expect, test } from 'vitest'
import type { DeckEvent, GapFacts } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import { createConsoleGaps } from './consoleGaps.ts'

const hour = 3_600_000
const startAt = Date.UTC(2026, 10, 14)

/** Events as the store gives them: newest first, by page. */
function createLog() {
  const all: DeckEvent[] = []
  let asked = 0
  return {
    add: (at: number, facts: GapFacts | Record<string, never>, text = 'words') =>
      void all.unshift({ id: all.length + 1, at, kind: 'consoleGap', subject: null, ownerName: null, text, facts }),
    events: async ({ before = Number.POSITIVE_INFINITY, limit }: EventFilter) => {
      asked++
      return all.filter(({ id }) => id < before).slice(0, limit)
    },
    asked: () => asked,
  }
}

test('a moment while mtxdeck was not running lies in a gap, with its span; after it a new launch counts', async () => {
  const log = createLog()
  log.add(startAt + 2 * hour, { cause: 'notRunning', from: startAt + hour, stopped: true })
  const gaps = createConsoleGaps(log.events)
  expect(await gaps.at(startAt + hour - 1)).toEqual({ gap: null, noNetwork: null, launchedAt: Number.NEGATIVE_INFINITY })
  expect(await gaps.at(startAt + hour)).toMatchObject({
    gap: {
      exact: true,
      why: { kind: 'notRunning', from: Date.parse('2026-11-14T01:00:00Z'), to: Date.parse('2026-11-14T02:00:00Z') },
    },
  })
  expect(await gaps.at(startAt + 2 * hour)).toEqual({ gap: null, noNetwork: null, launchedAt: startAt + 2 * hour })
})

test('a sleep is a gap but no launch, and a time without network is neither', async () => {
  const log = createLog()
  log.add(startAt + hour, { cause: 'slept', sleptMs: 60_000 })
  log.add(startAt + 2 * hour, { cause: 'noNetwork', begins: true }, 'This console has no network.')
  log.add(startAt + 3 * hour, { cause: 'noNetwork', begins: false })
  const gaps = createConsoleGaps(log.events)
  expect((await gaps.at(startAt + hour - 1)).gap).toMatchObject({ from: startAt + hour - 59_000, cause: 'slept' })
  expect(await gaps.at(startAt + 2.5 * hour)).toEqual({ gap: null, noNetwork: { kind: 'noNetwork' }, launchedAt: Number.NEGATIVE_INFINITY })
  expect((await gaps.at(startAt + 3 * hour)).noNetwork).toBeNull()
})

test('events are read once, by page, and new ones as they come; those of older versions say nothing', async () => {
  const log = createLog()
  for (let i = 1; i <= 2_500; i++) log.add(startAt + i * hour, i % 2 ? { cause: 'slept', sleptMs: 2000 } : {})
  const gaps = createConsoleGaps(log.events)
  expect((await gaps.at(startAt + hour - 500)).gap).not.toBeNull()
  expect(log.asked()).toBe(3)
  log.add(startAt + 3_000 * hour, { cause: 'slept', sleptMs: 2000 })
  expect((await gaps.at(startAt + 3_000 * hour - 500)).gap).not.toBeNull()
  expect((await gaps.at(startAt + hour - 500)).gap).not.toBeNull()
  expect(log.asked()).toBe(5)
})
