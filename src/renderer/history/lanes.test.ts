import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metrics } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, partOf } from '../../shared/subjectNames.ts'
import { isLeftOut, type Lane, laneHeights, laneKey, lanesOfHost, mediaPart, streamLanes } from './lanes.ts'

const hostId = 'host-abcd1234'
const subjectOf = (path: string) => (path === '' ? hostSubject(hostId) : deviceSubject(hostId, path))
const of = (path: string) => lanesOfHost(subjectOf(path)).map(({ metric, of: whose }) => `${whose === undefined ? '' : partOf(whose)} ${metric}`)

it('draws a host and its parts from the series that history keeps of them', () => {
  expect(of('')).toContain(' host.cpu')
  expect(of('disk:/srv')).toEqual(['disk:/srv device.used', 'disk:/srv device.read', 'disk:/srv device.written'])
  expect(of('net:eth0')).toEqual(expect.arrayContaining(['net:eth0 device.received', 'net:eth0 device.sent', ' host.udpBufferErrors']))
  expect(of('gpu:0')).toContain('gpu:0 device.encoder')
  expect(of(mediaPart)).toContain(' host.mediaThreads')
})
it.each(['', 'disk:/', 'net:eth0', 'gpu:1', mediaPart])('asks for figures of the machine under its own id, of a part under its name: %s', (path) => {
  const lanes: readonly Lane[] = lanesOfHost(subjectOf(path))
  for (const { metric, of: whose } of lanes) {
    expect(metrics[metric].of).toBe(whose === undefined ? 'host' : 'device')
    expect(whose).toEqual(whose === undefined ? undefined : subjectOf(path))
  }
  expect(new Set(lanes.map(laneKey)).size).toBe(lanes.length)
})

it('are not drawn without values, and of a trouble that never was not at all: no "Not recorded 0 ms"', () => {
  const isDrawn = (metric: string, max: readonly number[]) => !isLeftOut(streamLanes.find((lane) => lane.metric === metric) ?? expect.fail(), { max })
  expect([isDrawn('path.notRecorded', [0, 0]), isDrawn('path.notRecorded', [0, 9_000])]).toEqual([false, true])
  expect([isDrawn('path.packetsLost', []), isDrawn('path.packetsLost', [0])]).toEqual([false, true])
  expect(isDrawn('path.readers', []), 'this one is always there').toBe(true)
})

describe('heights of lanes', () => {
  it('are shared by weight', () => expect(laneHeights([1, 2, 1], 400, 46)).toEqual([100, 200, 100]))
  it('leave none so small that its value is cut off: the others make room', () => expect(laneHeights([0.5, 1, 1], 200, 46)).toEqual([46, 77, 77]))
  it('are higher than their room where that is too little for all', () => expect(laneHeights([1, 2], 60, 46)).toEqual([46, 46]))
  it('of nothing are none', () => expect(laneHeights([], 300, 46)).toEqual([]))
  it('fill their room but for a pixel each, and never more of it, where there is enough', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 2000 }),
        (weights, more) => {
          const px = weights.length * 46 + more
          const heights = laneHeights(weights, px, 46)
          const sum = heights.reduce((one, other) => one + other, 0)
          expect(Math.min(...heights)).toBeGreaterThanOrEqual(46)
          expect(sum).toBeLessThanOrEqual(px)
          expect(sum).toBeGreaterThanOrEqual(px - weights.length)
        },
      ),
    )
  })
})
