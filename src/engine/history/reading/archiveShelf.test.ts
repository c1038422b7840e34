import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import { dayMs } from '../protocol/protocol.ts'
import { type ListedArchive, planSources } from './archiveShelf.ts'

const archive = (tier: Tier, firstDay: number, lastDay = firstDay): ListedArchive => ({ name: `${tier}-${firstDay}.db`, tier, firstDay, lastDay })
const plan = (archives: readonly ListedArchive[], live: readonly number[], tier: Tier, fromDay: number, toDay: number) =>
  planSources(archives, new Set(live), tier, fromDay * dayMs, toDay * dayMs).map(({ archives: from, tier: of, firstDay, lastDay }) => [
    from.map(({ name }) => name).join('+') || 'live',
    of,
    firstDay,
    lastDay,
  ])

test('the wanted tier is taken where it is there, else the next coarser one, else what is live, else the next finer one', () => {
  const archives = [
    archive('twoHours', 1, 9),
    archive('quarterHours', 3, 9),
    archive('minutes', 6),
    archive('minutes', 7),
    archive('minutes', 8),
    archive('samples', 8),
    archive('samples', 10),
  ]
  expect(plan(archives, [9, 11, 12], 'samples', 2, 12)).toEqual([
    ['twoHours-1.db', 'twoHours', 1, 2],
    ['quarterHours-3.db', 'quarterHours', 3, 5],
    ['minutes-6.db', 'minutes', 6, 6],
    ['minutes-7.db', 'minutes', 7, 7],
    ['samples-8.db', 'samples', 8, 8],
    ['live', 'samples', 9, 9],
    ['samples-10.db', 'samples', 10, 10],
    ['live', 'samples', 11, 12],
  ])
  expect(plan(archives, [11, 12], 'minutes', 9, 12)).toEqual([
    ['minutes-8.db', 'minutes', 8, 8],
    ['quarterHours-3.db', 'quarterHours', 9, 9],
    ['samples-10.db', 'samples', 10, 10],
    ['live', 'minutes', 11, 12],
  ])
})

test('files of one day that came at different times belong together', () => {
  const later = { ...archive('samples', 8), name: 'samples-8.2.db' }
  expect(plan([archive('samples', 8), later], [], 'samples', 8, 9)).toEqual([['samples-8.db+samples-8.2.db', 'samples', 8, 8]])
})

test('a range from the beginning to the end of time is planned at once', () => {
  expect(planSources([archive('minutes', 20_000)], new Set([20_001]), 'samples', 0, 8.64e15)).toHaveLength(2)
  expect(planSources([], new Set(), 'samples', -8.64e15, 8.64e15)).toEqual([])
})

/** A seal that began on a day, and when its samples are, in hours of that day: the last ones reach over midnight. */
const momentsOfDay = [0.02, 5, 13, 23.9, 24.01]

test('whatever is kept, each day is read from one source, and no moment of it is missed or read twice', () => {
  const kept = fc.record({ samples: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), minutes: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]) })
  fc.assert(
    fc.property(
      kept,
      fc.integer({ min: 0, max: 8 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(...tiers),
      ({ samples, minutes }, archivedTo, hasQuarters, hasTwos, tier) => {
        const growing =
          archivedTo > 0
            ? [...(hasQuarters ? [archive('quarterHours', 0, archivedTo - 1)] : []), ...(hasTwos ? [archive('twoHours', 0, archivedTo - 1)] : [])]
            : []
        const archives = [
          ...samples.filter((day) => day < archivedTo).map((day) => archive('samples', day)),
          ...minutes.filter((day) => day < archivedTo).map((day) => archive('minutes', day)),
          ...growing,
        ]
        const live = [0, 1, 2, 3, 4, 5, 6, 7].filter((day) => day >= archivedTo)
        const spans = planSources(archives, new Set(live), tier, dayMs, 8 * dayMs - 1)
        for (let day = 0; day < 8; day++) {
          const holders = archives.filter(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay)
          const isKept = holders.length > 0 || live.includes(day)
          expect(spans.filter(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay)).toHaveLength(isKept ? 1 : 0)
          if (!isKept) continue
          for (const hours of momentsOfDay) {
            const at = day * dayMs + hours * 3_600_000
            const isSpill = hours >= 24
            // Each source tells of all its days; a span takes what its borders let through.
            const reaching = spans.filter((span) => {
              const holdsDay =
                span.archives.length === 0
                  ? span.firstDay <= day && day <= span.lastDay
                  : span.archives.some(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay)
              const isOfSpan = span.archives.some(({ firstDay, lastDay }) => lastDay > firstDay) || (span.firstDay <= day && day <= span.lastDay)
              const step = tierStepMs[span.tier] || 1
              const bucket = Math.floor(at / step) * step
              return holdsDay && isOfSpan && bucket >= span.after && bucket < span.before
            })
            const names = reaching.map((span) => `${span.tier} ${span.firstDay}`).join()
            if (isSpill || hours < 1) expect(reaching.length, `${day} ${hours} ${names}`).toBeLessThanOrEqual(1)
            else expect(reaching.length, `${day} ${hours} ${names}`).toBe(1)
          }
        }
      },
    ),
  )
})
