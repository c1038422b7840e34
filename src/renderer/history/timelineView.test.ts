import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Timeline } from '../../shared/history.ts'
import {
  downShare,
  eventClusters,
  longestViewMs,
  panView,
  rangeOfView,
  spanOf,
  timelineInputOf,
  timelineShape,
  viewAround,
  viewOfDrag,
  viewWith,
  zoomView,
} from './timelineView.ts'
import { shortestSpanMs } from './timeRange.ts'

const hour = 3_600_000
const day = 24 * hour
const now = Date.UTC(2026, 10, 20, 12)
const bounds = { from: now - 90 * day, to: now }

describe('zooming', () => {
  it('keeps the moment under the pointer where it is', () => {
    const view = { from: now - 10 * day, to: now - 9 * day }
    const anchor = view.from + 6 * hour
    expect(zoomView(view, 0.5, anchor, bounds)).toEqual({ from: anchor - 3 * hour, to: anchor + 9 * hour })
  })
  it('goes from three months to ten seconds, and no further', () => {
    const view = { from: now - 50 * day, to: now - 49 * day }
    const deep = zoomView(view, 1e-9, now - 49.5 * day, bounds)
    expect(deep.to - deep.from).toBe(shortestSpanMs)
    const wide = zoomView(view, 1e9, now - 49.5 * day, bounds)
    expect(wide.to - wide.from).toBe(longestViewMs)
    expect(wide.to).toBe(now)
  })
  it('never leaves its bounds and never moves the anchor by more than it must', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: shortestSpanMs, max: 60 * day }),
        (place, factor, share, span) => {
          const view = panView({ from: 0, to: span }, bounds.from + place * (bounds.to - bounds.from - span), bounds)
          const anchor = view.from + share * span
          const next = zoomView(view, factor, anchor, bounds)
          const length = next.to - next.from
          expect(next.to).toBeLessThanOrEqual(bounds.to + 1)
          expect(length).toBeGreaterThanOrEqual(shortestSpanMs - 1)
          expect(length).toBeLessThanOrEqual(longestViewMs + 1)
          if (length < bounds.to - bounds.from) expect(next.from).toBeGreaterThanOrEqual(bounds.from - 1)
          const free = next.from > bounds.from + 1 && next.to < bounds.to - 1
          if (free) expect(Math.abs(next.from + share * length - anchor)).toBeLessThanOrEqual(2)
        },
      ),
    ))
})

describe('moving', () => {
  it('ends at now and at the oldest that is kept', () => {
    const view = { from: now - 2 * day, to: now - day }
    expect(panView(view, 9 * day, bounds)).toEqual({ from: now - day, to: now })
    expect(panView(view, -900 * day, bounds)).toEqual({ from: bounds.from, to: bounds.from + day })
  })
  it('shows a view that is longer than what is kept up to now', () =>
    expect(panView({ from: 0, to: 91 * day }, 5, bounds)).toEqual({ from: now - 91 * day, to: now }))
  it('puts a moment into the middle', () => expect(viewAround(now - 5 * day, day, bounds)).toEqual({ from: now - 5.5 * day, to: now - 4.5 * day }))
})

describe('a drag over the timeline', () => {
  const view = { from: now - 2 * day, to: now - day }
  it('zooms to what it covers, from either side', () => {
    expect(viewOfDrag(view, 0.25, 0.5, bounds)).toEqual({ from: view.from + 6 * hour, to: view.from + 12 * hour })
    expect(viewOfDrag(view, 0.5, 0.25, bounds)).toEqual(viewOfDrag(view, 0.25, 0.5, bounds))
  })
  it('is a click where it is too short', () => expect(viewOfDrag(view, 0.5, 0.501, bounds)).toBeNull())
})

describe('a view that follows a moment', () => {
  const view = { from: now - 2 * day, to: now - day }
  it('stays while it shows it', () => expect(viewWith(view, now - 1.5 * day, bounds)).toBe(view))
  it('is turned like a page when it leaves', () => {
    const next = viewWith(view, view.to + 1, bounds)
    expect(next.from).toBeLessThan(view.to)
    expect(next.to - next.from).toBe(day)
    expect(viewWith(view, view.from - hour, bounds).to).toBeGreaterThan(view.from - hour)
  })
  it('stays at now', () => expect(viewWith({ from: now - day, to: now }, now, bounds)).toEqual({ from: now - day, to: now }))
})

describe('what is asked for', () => {
  it('covers the view and round ends, in at most 5,000 buckets of round width', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90 * day }),
        fc.integer({ min: shortestSpanMs, max: longestViewMs }),
        fc.integer({ min: 200, max: 3800 }),
        (back, span, width) => {
          const view = { from: now - back - span, to: now - back }
          const input = timelineInputOf(view, width)
          expect(input.from).toBeLessThanOrEqual(view.from)
          expect(input.to).toBeGreaterThanOrEqual(view.to)
          expect(input.points).toBeLessThanOrEqual(5000)
          expect(((input.to - input.from) / input.points) % 1000).toBe(0)
        },
      ),
    ))
  it('stays the same while the view moves a little', () => {
    const view = { from: now - day + 12_345, to: now + 12_345 - hour }
    expect(timelineInputOf({ from: view.from + 60_000, to: view.to + 60_000 }, 1200)).toEqual(timelineInputOf(view, 1200))
  })
})

const timeline = (change: Partial<Timeline>): Timeline => ({
  at: [0, 10, 20, 30],
  widthMs: 10,
  troubled: [0, 3, null, 1],
  down: [0, 1, null, null],
  events: [{}, { streamOff: 2 }, {}, { serverDown: 1 }],
  tier: 'minutes',
  ...change,
})

describe('the shape of trouble', () => {
  it('has a bar for each bucket and says where nothing is known', () =>
    expect(timelineShape(timeline({}), { from: 0, to: 40 }, 400, 1000)).toEqual({
      bars: [
        { x: 0, width: 100, troubled: 0, down: 0 },
        { x: 100, width: 100, troubled: 3, down: 1 },
        { x: 300, width: 100, troubled: 1, down: 0 },
      ],
      unknown: [[200, 300]],
      most: 3,
    }))
  it('says nothing of what has not been yet', () => {
    const shape = timelineShape(timeline({ troubled: [0, null, null, null], down: [0, null, null, null] }), { from: 0, to: 40 }, 400, 15)
    expect(shape.unknown).toEqual([[100, 150]])
    const coming = (comingMs: number) =>
      timelineShape(timeline({ troubled: [0, null, null, null], down: [0, null, null, null] }), { from: 0, to: 40 }, 400, 15, comingMs).unknown
    expect([coming(3), coming(5)]).toEqual([[[100, 120]], []])
  })
  it('leaves out what the view does not show', () => expect(timelineShape(timeline({}), { from: 10, to: 20 }, 100, 1000).bars).toHaveLength(1))
})

describe('events on the timeline', () => {
  it('share a mark where they are near, and are counted by kind', () => {
    expect(eventClusters(timeline({}), { from: 0, to: 40 }, 400).map(({ x, kinds }) => [x, kinds])).toEqual([
      [150, [['streamOff', 2]]],
      [350, [['serverDown', 1]]],
    ])
    expect(eventClusters(timeline({}), { from: 0, to: 40 }, 20)).toEqual([
      {
        x: 7.5,
        from: 10,
        to: 40,
        kinds: [
          ['streamOff', 2],
          ['serverDown', 1],
        ],
        count: 3,
      },
    ])
  })
})

describe('a view in the address', () => {
  it('is a span while it ends with now, else two ends', () => {
    expect(rangeOfView({ from: now - day, to: now }, true)).toEqual({ kind: 'last', id: '24h' })
    expect(rangeOfView({ from: now - day, to: now }, false)).toEqual({ kind: 'between', from: now - day, to: now })
    expect(rangeOfView({ from: now - 2 * day, to: now }, true)).toEqual({ kind: 'between', from: now - 2 * day, to: now })
    expect(spanOf({ from: 0, to: 7 * day })?.id).toBe('7d')
  })
})

describe('an outage of servers on the timeline', () => {
  it('has full weight: two fifths of the height at least, all of it where no server answered, whatever else was wrong', () => {
    expect(downShare(0, 9)).toBe(0)
    expect(downShare(1, 300)).toBeCloseTo(0.4)
    expect(downShare(6, 9)).toBeCloseTo(2 / 3)
    expect(downShare(9, 9)).toBe(1)
    expect(downShare(2, 0)).toBe(1)
  })
  it('does not shrink what streams in trouble are measured by', () => {
    const timeline: Timeline = {
      at: [0, 10],
      widthMs: 10,
      tier: 'samples',
      troubled: [3, 5],
      down: [2, 0],
      events: [{}, {}],
    }
    expect(timelineShape(timeline, { from: 0, to: 20 }, 100, 20).most).toBe(5)
  })
})
