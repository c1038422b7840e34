import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellAt, cellPlace, layoutFleetMap, markSide, stepFrom } from './layoutFleetMap.ts'

const fleetOf = (...counts: number[]) => counts.map((count, place) => ({ id: `s${place}`, count }))

describe('layoutFleetMap', () => {
  it('shows 10,000 streams without scrolling, of few servers and of many', () => {
    for (const sizes of [fleetOf(...Array<number>(100).fill(100)), fleetOf(...Array<number>(10).fill(1000)), fleetOf(10_000)]) {
      for (const [width, height] of [
        [1020, 380],
        [640, 300],
      ] as const) {
        const layout = layoutFleetMap(width, height, sizes)
        expect(layout.groups.length).toBe(sizes.length)
        for (const group of layout.groups) {
          const last = cellPlace(layout, group, group.count - 1)
          expect(last.x + layout.cell).toBeLessThanOrEqual(width)
          expect(last.y + layout.cell).toBeLessThanOrEqual(height)
        }
      }
    }
  })
  it('gives a small fleet large cells and whole names', () => {
    const layout = layoutFleetMap(1020, 380, fleetOf(12, 30, 4))
    expect(layout.cell).toBe(28)
    expect(layout.labelWidth).toBe(200)
  })
  it('never lets two cells lie on one another, whatever the fleet', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 300, max: 1600 }),
        fc.integer({ min: 120, max: 900 }),
        (counts, width, height) => {
          const layout = layoutFleetMap(width, height, fleetOf(...counts))
          const seen = new Set<string>()
          for (const group of layout.groups)
            for (let index = 0; index < group.count; index++) {
              const { x, y } = cellPlace(layout, group, index)
              expect(seen.has(`${x},${y}`)).toBe(false)
              seen.add(`${x},${y}`)
            }
          expect(seen.size).toBe(counts.reduce((sum, count) => sum + count, 0))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('cellAt', () => {
  it('finds every cell at its middle', () => {
    const layout = layoutFleetMap(800, 400, fleetOf(250, 3, 90, 0, 41))
    layout.groups.forEach((group, place) => {
      for (let index = 0; index < group.count; index++) {
        const { x, y } = cellPlace(layout, group, index)
        expect(cellAt(layout, x + layout.cell / 2, y + layout.cell / 2)).toEqual({ group: place, index })
      }
    })
  })
  it('finds nothing on labels and behind the last cell', () => {
    const layout = layoutFleetMap(800, 400, fleetOf(5))
    expect(cellAt(layout, 10, 5)).toBeNull()
    const last = cellPlace(layout, layout.groups[0] ?? expect.fail(), 4)
    expect(cellAt(layout, last.x + layout.pitch + 1, last.y + 2)).toBeNull()
  })
})

describe('stepFrom', () => {
  const layout = layoutFleetMap(800, 400, fleetOf(100, 0, 10))
  it('goes on into the next server that has streams, and back', () => {
    expect(stepFrom(layout, { group: 0, index: 99 }, 'right')).toEqual({ group: 2, index: 0 })
    expect(stepFrom(layout, { group: 2, index: 0 }, 'left')).toEqual({ group: 0, index: 99 })
  })
  it('keeps its column going down and stays at the ends', () => {
    expect(stepFrom(layout, { group: 0, index: 3 }, 'down')).toEqual({ group: 0, index: 3 + layout.perRow })
    expect(stepFrom(layout, { group: 2, index: 4 }, 'down')).toEqual({ group: 2, index: 4 })
    expect(stepFrom(layout, { group: 0, index: 3 }, 'up')).toEqual({ group: 0, index: 3 })
  })
  it('reaches every stream with one key', () => {
    let at = { group: 0, index: 0 }
    let steps = 1
    for (;;) {
      const next = stepFrom(layout, at, 'right')
      if (next.group === at.group && next.index === at.index) break
      at = next
      steps++
    }
    expect(steps).toBe(110)
  })
})

describe('names beside the cells', () => {
  it('have the room that the longest needs', () => {
    expect(layoutFleetMap(1020, 500, fleetOf(100, 100, 0, 100), 160).labelWidth).toBe(160)
  })
  it('are cut, and then left out, before the cells get too small', () => {
    const widthOf = (width: number, height: number) => layoutFleetMap(width, height, fleetOf(...Array<number>(100).fill(100)), 200).labelWidth
    expect([widthOf(3840, 1600), widthOf(1400, 500), widthOf(640, 300)]).toEqual([200, 92, 0])
  })
})

describe('markSide', () => {
  it('draws trouble larger than small cells, but not when all is in trouble', () => {
    expect(markSide(5, 6, 20, 10_000)).toBe(12)
    expect(markSide(5, 6, 9000, 10_000)).toBe(5)
    expect(markSide(14, 16, 3, 100)).toBe(16)
  })
})
