import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createSlices } from '../../src/clock/slices.ts'
import { createDailyChecks } from '../../src/engine/dailyChecks/dailyChecks.ts'
import { dailyWindows } from '../../src/engine/maintenance/windows.ts'
import { createSnapshotFiles, openSnapshots, snapshotsFile } from '../../src/engine/snapshots/snapshotFiles.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { dailyLimits, mostDailyCameras } from '../../src/shared/dailyChecks.ts'
import type { Content } from '../../src/shared/probeContent.ts'
import { goodReading } from '../../src/shared/probeReadings.fixture.ts'
import { err, ok } from '../../src/shared/result.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import type { Stream } from '../../src/shared/streams.ts'
import { type Bench, rounded } from './figures.ts'

const servers = 100
const paths = 100
/** A picture of 320 px. */
const pictureBytes = 8_000
/** One camera in so many is black. */
const faultyEach = 50

/** Daily checks of 10,000 cameras whose streams answer at once: planning, judging, storing with a picture each, and reading. Nothing is decoded. */
export const bench: Bench = async (report, { quick }) => {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-daily-bench-'))
  const clock = createSystemClock()
  const log = createTestLog((facts, text) => console.error(text, facts))
  const opened = openSnapshots({ clock, log, dataDir: folder })
  if (!opened.ok) throw new Error(opened.error.words)
  const { db } = opened.value
  const files = createSnapshotFiles({ db, dataDir: folder })
  const fleet = new Map(
    Array.from({ length: servers }, (_, n) => someServer(`server-${n}`)).map((server) => [
      server.id,
      { ...server, state: 'up', lastAnswerAt: clock.now() } as const,
    ]),
  )
  const stream = {
    state: 'live',
    outageSince: null,
    lastLiveAt: null,
    figures: { readers: 0, bitrateInBps: 2_000_000 },
    tracks: [],
    onDemand: false,
  } as unknown as Stream
  const picture = { jpeg: Buffer.alloc(pictureBytes, 7), widthPx: 320, heightPx: 180 }
  const content = (isBlack: boolean): Content => ({
    ...{ pictures: 3, undecoded: [], darkPercent: isBlack ? 100 : 3, motionPercent: 2, peakDbfs: null, clippedPercent: null, loudnessLufs: null },
    findings: isBlack ? [{ check: 'black', seconds: 6, isFromStart: true }] : [],
    evaluated: ['black', 'frozen'],
  })
  const none = new Map<string, never>()
  let looked = 0
  const look = async () => ok({ reading: { ...goodReading, content: content(looked++ % faultyEach === 0) }, picture, protocol: 'rtsp' } as const)
  const kept = new Map<string, string>()
  const ended = new AbortController()
  const checks = createDailyChecks({
    clock,
    log,
    db,
    slices: createSlices(clock),
    servers: { all: () => [...fleet.values()], get: (id) => fleet.get(id) ?? null, consoleWhy: () => null },
    streams: {
      get: () => stream,
      eachCamera: (visit) => {
        for (const id of fleet.keys()) for (let n = 0; n < paths; n++) visit(id, `site-${n % 10}/cam-${n}`)
      },
    },
    probes: { all: () => [], get: () => null, addresses: () => [], pictureOf: () => null },
    maintenance: { of: () => null },
    probed: () => none,
    sourceAt: () => null,
    pulledFrom: () => null,
    streamPictures: { check: look, take: async () => err({ kind: 'noPictureNow' }) },
    windowsOf: dailyWindows,
    snapshots: {
      keepPicture: async (ownerId, path, at, one) => {
        await files.add({ ownerId, path, at, ...one, isSlate: false, lasts: true })
        return true
      },
      pictureAt: (ownerId, path, at) => files.at(ownerId, path, at),
    },
    notifications: { sendReport: () => true, noReportsTo: () => [] },
    kept: { read: (key) => kept.get(key) ?? null, write: (key, value) => void kept.set(key, value), note: (key, value) => void kept.set(key, value) },
    usual: { atOnce: dailyLimits.atOnce[1], megabitsPerSecond: dailyLimits.megabitsPerSecond[1], keepDays: 3_650 },
    configured: null,
    signal: ended.signal,
  })
  const cameras = servers * paths
  try {
    const sizeOf = () => {
      db.pragma('wal_checkpoint(TRUNCATE)')
      return statSync(snapshotsFile(folder)).size
    }
    const planned: number[] = []
    const reports = quick ? 2 : 5
    const sizes = [sizeOf()]
    let cpuMs = 0
    let wallMs = 0
    const delay = monitorEventLoopDelay({ resolution: 5 })
    for (let n = 0; n < reports; n++) {
      const began = performance.now()
      const cpu = process.cpuUsage()
      const begun = checks.run({ wakes: false }, 'bench')
      planned.push(performance.now() - began)
      if (!begun.ok) throw new Error(begun.error)
      delay.enable()
      while (checks.status().running !== null) await new Promise((resolve) => setTimeout(resolve, 20))
      delay.disable()
      const { user, system } = process.cpuUsage(cpu)
      cpuMs += (user + system) / 1_000
      wallMs += performance.now() - began
      sizes.push(sizeOf())
    }
    const timed = (run: () => void): number => {
      const began = performance.now()
      run()
      return performance.now() - began
    }
    const id = checks.list(Number.MAX_SAFE_INTEGER, 1)[0]?.id ?? 0
    let bytes = 0
    const pages: number[] = []
    for (let offset = 0; offset < cameras; offset += mostDailyCameras)
      pages.push(
        timed(() => {
          bytes += JSON.stringify(checks.get(id, { limit: mostDailyCameras, offset })?.cameras).length
        }),
      )
    const faults = timed(() => void checks.get(id, { verdict: 'fault', limit: mostDailyCameras, offset: 0 }))
    const listing = timed(() => void checks.list(Number.MAX_SAFE_INTEGER, 100))
    const nothingDecoded = 'streams that answer at once; nothing is decoded'
    const put = (figure: string, value: number, unit: string, note: string | null) =>
      report({ figure, value: rounded(value), unit, goal: null, limit: null, note })
    put('planning a report of 10,000 cameras, in one piece', Math.max(...planned), 'ms', `the longest of ${reports}`)
    put('judging and storing 10,000 cameras with their pictures', cpuMs / reports / 1_000, 'CPU s', `${rounded(wallMs / reports / 1_000)} s; ${nothingDecoded}`)
    put('longest block of the event loop meanwhile', delay.max / 1e6, 'ms', 'after planning')
    // The index of its pictures is in the same file.
    put(
      'bytes of a camera in a report',
      ((sizes.at(-1) ?? 0) - (sizes[1] ?? 0)) / (reports - 1) / cameras,
      'bytes',
      'with the row of its picture in the index; without the picture',
    )
    put('the whole report over REST', bytes / 1e6, 'MB', `${pages.length} pages of ${mostDailyCameras}`)
    put(
      'a page of 1,000 cameras beside the report before',
      Math.max(...pages),
      'ms',
      `the slowest of ${pages.length}; the mean ${rounded(pages.reduce((sum, ms) => sum + ms, 0) / pages.length)} ms`,
    )
    put('only its faults', faults, 'ms', `${cameras / faultyEach} cameras`)
    put('the list of reports', listing, 'ms', `${reports} reports`)
  } finally {
    ended.abort()
    await checks[Symbol.asyncDispose]()
    db.close()
    rmSync(folder, { recursive: true })
  }
}
