import { expect, it } from 'vitest'
import { metrics } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, partOf } from '../../shared/subjectNames.ts'
import { isLeftOut, type Lane, laneKey, lanesOfHost, mediaPart, streamLanes } from './lanes.ts'

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
