import { describe, expect, it } from 'vitest'
import { retryDelayMs } from './pollServer.ts'
import type { PathReading, SessionListName } from './readings.ts'
import { affordableMs } from './serversState.ts'
import { listsDue, sessionListsIn } from './sessionTurns.ts'
import { serverCpuPercent } from './watchedServer.ts'

const path = (sourceType: string | null, readers: readonly string[] = [], available = true): PathReading => ({
  name: 'cam',
  confName: null,
  available,
  slate: false,
  availableAt: null,
  sourceType,
  sourceId: '',
  tracks: [],
  readers: readers.map((type, index) => ({ type, id: String(index) })),
  inboundBytes: 0,
  outboundBytes: 0,
  framesInError: null,
})

describe('which session lists are read', () => {
  it('reads only lists whose protocols appear, whatever the case of their types (trap 18)', () => {
    const lists = sessionListsIn([
      path('rtspSession', ['webRTCSession', 'webrtcSession', 'hlsMuxer']),
      path('srtConn'),
      path('rtspSource'),
      path('somethingNew'),
    ])
    expect([...lists]).toEqual([
      ['rtspSessions', 1],
      ['webrtcSessions', 2],
      ['hlsMuxers', 1],
      ['srtConns', 1],
    ])
  })

  it('asks for RTMPS where a server calls its connections RTMP too', () => {
    expect([...sessionListsIn([path('rtmpConn')], true)]).toEqual([
      ['rtmpConns', 1],
      ['rtmpsConns', 0],
    ])
    expect([...sessionListsIn([path('rtmpConn')])]).toEqual([['rtmpConns', 1]])
    expect([...sessionListsIn([path('srtConn')], true)]).toEqual([['srtConns', 1]])
    expect([...sessionListsIn([path('rtmpConn', ['rtmpsConn'])], true)]).toEqual([
      ['rtmpConns', 1],
      ['rtmpsConns', 1],
    ])
  })

  it('knows no list for a type that is a word of JavaScript', () => {
    expect([...sessionListsIn([path('constructor', ['__proto__', 'toString', 'srtConn'])])]).toEqual([['srtConns', 1]])
  })

  it('reads all of them each round up to 300 sessions', () => {
    const inUse = new Map<SessionListName, number>([
      ['rtspSessions', 200],
      ['srtConns', 100],
    ])
    expect(
      listsDue(
        inUse,
        new Map([
          ['rtspSessions', 999],
          ['srtConns', 999],
        ]),
        1000,
        2000,
      ),
    ).toEqual(['rtspSessions', 'srtConns'])
  })

  it.each([2000, 1000, 3000, 5000])('reads them in turns beyond 300, none older than 10 s, at an interval of %i ms', (intervalMs) => {
    const inUse = new Map<SessionListName, number>([
      ['rtspSessions', 700],
      ['srtConns', 300],
      ['webrtcSessions', 50],
      ['hlsSessions', 500],
      ['rtmpConns', 5],
    ])
    const lastReadAt = new Map<SessionListName, number>()
    let reads = 0
    let rounds = 0
    let most = 0
    for (let now = 0; now < 120_000; now += intervalMs) {
      const due = listsDue(inUse, lastReadAt, now, intervalMs)
      rounds++
      reads += due.length
      if (now > 20_000) most = Math.max(most, due.length)
      for (const list of due) lastReadAt.set(list, now)
      if (now >= 10_000)
        for (const list of inUse.keys()) expect(now - (lastReadAt.get(list) ?? Number.NEGATIVE_INFINITY), `${list} at ${now}`).toBeLessThanOrEqual(10_000)
    }
    // In turns: clearly fewer reads than all lists in all rounds, and not all at once.
    if (intervalMs <= 2000) {
      expect(reads / rounds).toBeLessThan(inUse.size * 0.6)
      expect(most).toBeLessThan(inUse.size)
    }
  })
})

describe('what polling may cost a server (trap 25)', () => {
  it('estimates 28 ms of its CPU a megabyte', () => expect(serverCpuPercent(1e6)).toBeCloseTo(2.8))
  it('keeps the interval that was asked for where it costs little', () => expect(affordableMs({ costLimitPercent: 1 }, 2000, 289_000)).toBe(2000))
  it('lengthens it for 10,000 paths so that it stays within 1 % of a core', () => {
    const intervalMs = affordableMs({ costLimitPercent: 1 }, 2000, 2_900_000)
    expect(intervalMs).toBeGreaterThan(8000)
    expect(serverCpuPercent(2_900_000 / (intervalMs / 1000))).toBeLessThanOrEqual(1)
  })
})

describe('tries after failures', () => {
  it('waits 1, 2, 4 and then 5 s', () => expect([1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([1000, 2000, 4000, 5000, 5000, 5000]))
})
