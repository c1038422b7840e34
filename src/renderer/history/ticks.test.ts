import { describe, expect, it } from 'vitest'
import { tickLabels, timeTicks, valueScale, writeOnAxis } from './ticks.ts'

describe('valueScale', () => {
  it.each([4.12e6, 12.3e6, 61, 0.7, 999, 1000, 1.01, 8.9e9, 37, 3])('holds %d with three or four round ticks from zero', (max) => {
    const scale = valueScale(max)
    expect(scale.ticks.length).toBeGreaterThanOrEqual(3)
    expect(scale.ticks.length).toBeLessThanOrEqual(4)
    expect(scale.ticks[0]).toBe(0)
    expect(scale.ticks.at(-1)).toBeCloseTo(scale.top, 6)
    expect(scale.top).toBeGreaterThanOrEqual(max)
    expect(scale.top).toBeLessThan(max * 2.2)
  })
  it.each([1, 2, 3, 4, 5, 7, 11, 30, 1411])('never has a fraction of a reader: %d', (max) => {
    const scale = valueScale(max, true)
    expect(scale.ticks.every(Number.isInteger)).toBe(true)
    expect(scale.top).toBeGreaterThan(max - 0.001)
    expect(scale.ticks.length).toBeLessThanOrEqual(4)
  })
  it('gives a series of zeros an axis', () => expect(valueScale(0).ticks).toEqual([0, 0.5, 1]))
})

describe('tickLabels', () => {
  it('writes all ticks in the unit of the top', () => {
    expect(tickLabels({ top: 1.5e6, ticks: [0, 0.5e6, 1e6, 1.5e6] }, 'bps')).toEqual({ labels: ['0', '0.5', '1', '1.5'], unit: 'Mbit/s', factor: 1e-6 })
    expect(tickLabels({ top: 90, ticks: [0, 30, 60, 90] }, 'ms')).toEqual({ labels: ['0', '30', '60', '90'], unit: 'ms', factor: 1 })
  })
  it('names the unit of what is drawn, not of the round end above it', () => {
    expect(tickLabels({ top: 1e9, ticks: [0, 0.5e9, 1e9] }, 'bps', 0.844e9)).toMatchObject({ labels: ['0', '500', '1,000'], unit: 'Mbit/s' })
    expect(tickLabels({ top: 1, ticks: [0, 0.5, 1] }, 'bps', 0)).toMatchObject({ labels: ['0', '0.5', '1'] })
  })
  it('writes figures in the unit of their axis', () => {
    const axis = tickLabels({ top: 1e6, ticks: [0, 0.5e6, 1e6] }, 'bps', 0.95e6)
    expect(axis.unit).toBe('kbit/s')
    const megabits = tickLabels({ top: 1.5e6, ticks: [0, 1e6] }, 'bps', 1.2e6)
    expect(writeOnAxis(582_300, 'bps', megabits)).toEqual({ number: '0.582', unit: 'Mbit/s' })
    expect(writeOnAxis(1.1e6, 'bps', megabits)).toEqual({ number: '1.10', unit: 'Mbit/s' })
    expect(writeOnAxis(16_900, 'bps', megabits).number).toBe('0.017')
    expect(writeOnAxis(90, 'bps', megabits).number).toBe('< 0.001')
    expect(writeOnAxis(0, 'bps', megabits).number).toBe('0')
    expect(writeOnAxis(null, 'bps', megabits)).toEqual({ number: '–', unit: 'Mbit/s' })
  })
})

describe('timeTicks', () => {
  const noon = Date.UTC(2026, 10, 20, 12, 0, 0)
  it('are full minutes within an hour', () => {
    expect(timeTicks(noon - 3_600_000 + 1234, noon + 1234, 6, 'utc').map((tick) => tick.label)).toEqual(['11:10', '11:20', '11:30', '11:40', '11:50', '12:00'])
  })
  it('are days within a week, named', () => {
    const labels = timeTicks(noon - 7 * 86_400_000, noon, 8, 'utc').map((tick) => tick.label)
    expect(labels).toHaveLength(7)
    expect(labels.at(-1)).toBe('Fri 20')
  })
  it('show seconds where steps are shorter than a minute', () => {
    expect(timeTicks(noon, noon + 60_000, 4, 'utc').map((tick) => tick.label)).toEqual(['12:00:00', '12:00:15', '12:00:30', '12:00:45', '12:01:00'].slice(0, 5))
  })
  it('never more than asked for, but one at each end', () => {
    for (const span of [10_000, 61_000, 3_600_000, 86_400_000, 604_800_000, 7.7e9]) expect(timeTicks(noon, noon + span, 6, 'utc').length).toBeLessThanOrEqual(7)
  })
  it('are none in an empty stretch', () => expect(timeTicks(noon, noon, 6, 'utc')).toEqual([]))
})
