import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotsOf, thumbPx, thumbsOf } from './snapshotStrip.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayAt = Date.UTC(2026, 10, 14)
const hour = { from: dayAt, to: dayAt + hourMs }
const facts = (at: number) => ({ at, bytes: 1, widthPx: 480, heightPx: 270, isSlate: false })
const everyMinute = Array.from({ length: 61 }, (_, minute) => facts(dayAt + minute * minuteMs))

describe('the strip of snapshots', () => {
  test('has as many as fit: ten of an hour on 1,000 px, one each six minutes', () => {
    const slots = slotsOf(hour, 1_000)
    expect(slots).toMatchObject({ from: dayAt, stepMs: 6 * minuteMs })
    expect(thumbsOf(everyMinute, slots ?? expect.fail(), { from: dayAt, to: dayAt + hourMs - 1 }, 1_000)).toHaveLength(10)
  })

  test('keeps its pictures while time passes, and moves them to the left', () => {
    const shown = (laterMs: number) => {
      const window = { from: dayAt + laterMs, to: dayAt + hourMs + laterMs }
      return thumbsOf(everyMinute, slotsOf(window, 1_000) ?? expect.fail(), window, 1_000)
    }
    const [before, after] = [shown(0), shown(30_000)]
    expect(after.map(({ at }) => at)).toEqual(before.map(({ at }) => at))
    expect(after.slice(1, 9).every(({ left }, place) => left < (before[place + 1]?.left ?? 0))).toBe(true)
  })

  test('ends with the newest picture, however many its slot has', () => {
    const slots = slotsOf(hour, 1_000) ?? expect.fail()
    const kept = everyMinute.filter(({ at }) => at <= dayAt + 58 * minuteMs)
    expect(
      thumbsOf(kept, slots, hour, 1_000)
        .slice(-2)
        .map(({ at }) => (at - dayAt) / minuteMs),
    ).toEqual([48, 58])
  })

  test('leaves a gap where none was kept', () => {
    const slots = slotsOf(hour, 1_000) ?? expect.fail()
    const kept = everyMinute.filter(({ at }) => at < dayAt + 12 * minuteMs || at >= dayAt + 30 * minuteMs)
    const thumbs = thumbsOf(kept, slots, hour, 1_000)
    expect(thumbs.slice(0, 3).map(({ at }) => (at - dayAt) / minuteMs)).toEqual([0, 6, 30])
    expect((thumbs[2]?.left ?? 0) - (thumbs[1]?.left ?? 0)).toBe(400)
  })

  test('shows none that is later than the end of its charts, such as the moment of the past', () => {
    const slots = slotsOf(hour, 1_000) ?? expect.fail()
    expect(thumbsOf([facts(hour.to), facts(hour.to + 1)], slots, hour, 1_000).map(({ at }) => at)).toEqual([hour.to])
  })

  test('leaves the one before out where the newest would cover it but for a few pixels', () => {
    const slots = slotsOf(hour, 1_000) ?? expect.fail()
    const lefts = (beforeMinutes: number) => thumbsOf([facts(dayAt + beforeMinutes * minuteMs), facts(hour.to)], slots, hour, 1_000).map(({ left }) => left)
    expect(lefts(54)).toEqual([904])
    expect(lefts(48)).toEqual([800, 904])
  })

  test('has no room on a narrow page, nor in no time', () => {
    expect(slotsOf(hour, 60)).toBeNull()
    expect(slotsOf({ from: dayAt, to: dayAt }, 1_000)).toBeNull()
  })

  test('of any time and width pictures leave each other room, stay inside, and are at most a slot from their time', () => {
    const spans = fc.tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 10_000, max: 400 * 24 * hourMs }), fc.integer({ min: 98, max: 3_000 }))
    fc.assert(
      fc.property(spans, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 100 }), ([from, span, px], shares) => {
        const window = { from, to: from + span }
        const slots = slotsOf(window, px)
        if (slots === null) return
        const kept = shares.map((share) => facts(Math.round(from + share * span))).sort((a, b) => a.at - b.at)
        const thumbs = thumbsOf(kept, slots, window, px)
        expect(thumbs.length).toBeLessThanOrEqual(slots.count)
        const slotPx = (slots.stepMs / span) * px
        for (const [place, { at, left }] of thumbs.entries()) {
          const x = ((at - from) / span) * px
          expect(left).toBeLessThanOrEqual(Math.ceil(x))
          expect(x - left).toBeLessThanOrEqual(slotPx + thumbPx.width + 1)
          expect(left + thumbPx.width).toBeLessThanOrEqual(px + 1)
          const next = thumbs[place + 1]
          if (next !== undefined) expect(next.left - left).toBeGreaterThanOrEqual(place + 2 < thumbs.length ? thumbPx.width - 1 : 24)
        }
      }),
    )
  })
})
