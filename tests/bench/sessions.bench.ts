import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createSlices } from '../../src/clock/slices.ts'
import { createTestClock } from '../../src/clock/testClock.ts'
import type { SessionReading } from '../../src/engine/servers/readings.ts'
import { createSessionLog } from '../../src/engine/sessions/sessionLog.ts'
import { createSessions } from '../../src/engine/sessions/sessions.ts'
import { openSessionsDatabase } from '../../src/engine/sessions/sessionsDatabase.ts'
import { audienceOf } from '../../src/engine/streams/linkSessions.ts'
import { type SessionRecord, type ShownSession, sessionOf } from '../../src/engine/streams/sessions.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { networkOf } from '../../src/shared/ipAddresses.ts'
import { type Bench, percentile, rounded } from './figures.ts'

const servers = Array.from({ length: 10 }, (_, n) => ({ id: `00000000-0000-4000-8000-00000000000${n}`, name: `Hamburg-${n}` }))
const agents = ['Lavf/60.16.100', 'GStreamer/1.22.0', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0', 'LibVLC/3.0.20', null]
const started = Date.UTC(2026, 9, 1)

/** The same each time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
const hex = (random: (below: number) => number, digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('')

/** Viewers from some 30,000 addresses of 1,000 streams, one publisher each, as lists have them. */
function reading(random: (below: number) => number, createdAt: number): SessionReading {
  const role = random(20) === 0 ? 'publisher' : 'reader'
  const bytes = random(2_000_000_000)
  return {
    list: 'rtspSessions',
    id: `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`,
    protocol: 'rtsp',
    role,
    path: `site-${random(10)}/hall-${random(10)}/cam-${random(10)}`,
    remoteAddr: `10.${random(4)}.${random(30)}.${random(250)}:${32_768 + random(28_000)}`,
    user: random(3) === 0 ? `user-${random(200)}` : null,
    userAgent: agents[random(agents.length)] ?? null,
    transport: 'UDP',
    own: false,
    createdAt,
    inboundBytes: bytes,
    outboundBytes: bytes,
    framesDiscarded: null,
    rtp: {
      packets: random(1e6),
      lost: random(10) === 0 ? random(100) : 0,
      inError: 0,
      jitter: 0,
      reportedLost: random(10) === 0 ? random(100) : 0,
      discarded: 0,
    },
    srt: null,
  }
}
const shownOf = (of: SessionReading): ShownSession => ({ reading: of, bitrateInBps: 4e6, bitrateOutBps: 4e6, unrecovered: Number.NaN, readAt: 0 })
const recordOf = (of: SessionReading): SessionRecord => ({
  reading: of,
  list: { sessions: new Map(), round: 1, shownRound: 1, goesOnAt: 0, arrivedAt: 0, readAt: 0 },
  round: 1,
  bitrateInBps: 4e6,
  bitrateOutBps: 4e6,
  srtLoss: null,
  ended: false,
  shown: shownOf(of),
})
const never = new AbortController().signal

/** 100,000 sessions that go on: found, ordered and grouped. */
const live = async (report: Parameters<Bench>[0], quick: boolean): Promise<void> => {
  const clock = createSystemClock()
  const random = createRandom(7)
  const count = quick ? 20_000 : 100_000
  const byServer = servers.map(() => Array.from({ length: count / servers.length }, () => shownOf(reading(random, started + random(1e9)))))
  const sessions = createSessions({
    clock,
    slices: createSlices(clock),
    streams: {
      kicked: () => undefined,
      audienceOf: (session) => audienceOf(session, () => false),
      sessionOf,
      eachSessions: () => servers.map((server, n) => ({ server, isUnknown: false, hlsUncounted: 0, sessions: byServer[n] ?? [] })),
    },
    kickerOf: () => null,
    networkOf,
    record: () => undefined,
    signal: never,
  })
  const page = { sort: 'since', offset: 0, limit: 500 } as const
  const asked = {
    'all, the newest first': () => sessions.list(page, never),
    'one address': () => sessions.list({ ...page, address: '10.1.2.3' }, never),
    'a network': () => sessions.list({ ...page, address: '10.1.0.0/16' }, never),
    'the most lost first': () => sessions.list({ ...page, sort: 'lost' }, never),
    'any text': () => sessions.list({ ...page, q: 'hall-3', sort: 'rate' }, never),
    'grouped by network': () => sessions.groups({ by: 'network', limit: 500 }, never),
  }
  for (const [what, ask] of Object.entries(asked)) {
    const times: number[] = []
    for (let run = 0; run < 9; run++) {
      const began = clock.monotonic()
      await ask()
      times.push(clock.monotonic() - began)
    }
    report({
      figure: `sessions: ${what}`,
      value: rounded(percentile(times, 50)),
      unit: 'ms',
      goal: '<= 100',
      limit: null,
      note: `median of 9; ${count} sessions on ${servers.length} servers`,
    })
  }
}

/** A month of sessions: what they take on disk, and how long it takes to find some. */
const past = async (report: Parameters<Bench>[0], quick: boolean): Promise<void> => {
  const real = createSystemClock()
  const clock = createTestClock(started)
  const random = createRandom(11)
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const opened = openSessionsDatabase({ clock, log: createTestLog(), dataDir })
  if (!opened.ok) throw new Error(opened.error.words)
  const log = createSessionLog({
    clock,
    log: createTestLog(),
    slices: createSlices(clock),
    db: opened.value.db,
    sessionOf,
    bundleEnd: null,
    nameOf: () => null,
    kept: { read: () => null, write: () => undefined },
    onNoneKept: () => {},
  })
  const count = quick ? 100_000 : 1_000_000
  const perStep = 1_000
  const stepMs = (28 * 86_400_000) / (count / perStep)
  try {
    // Some watch for minutes, some for hours, a few for days.
    const waiting: { readonly record: SessionRecord; readonly server: (typeof servers)[number]; readonly until: number }[] = []
    const began = process.cpuUsage()
    for (let made = 0; made < count; made += perStep) {
      await clock.advance(stepMs)
      const at = clock.now()
      for (const server of servers) {
        const fresh = Array.from({ length: perStep / servers.length }, () => recordOf(reading(random, at - random(2_000))))
        const lasting = () => (random(100) < 80 ? 60_000 + random(1_800_000) : random(100) < 90 ? random(10 * 3_600_000) : random(5 * 86_400_000))
        for (const record of fresh) waiting.push({ record, server, until: at + lasting() })
        log.changed(server, { began: fresh, ended: [], firstRead: [], isInUse: () => true })
      }
      const over = Map.groupBy(waiting, ({ until }) => until <= at)
      for (const server of servers)
        log.changed(server, {
          began: [],
          ended: (over.get(true) ?? []).filter((one) => one.server === server).map(({ record }) => record),
          firstRead: [],
          isInUse: () => true,
        })
      waiting.splice(0, waiting.length, ...(over.get(false) ?? []))
    }
    for (let turn = 0; turn < 20; turn++) await clock.advance(5_000)
    const cpu = process.cpuUsage(began)
    opened.value.db.pragma('wal_checkpoint(TRUNCATE)')
    const ended = count - waiting.length
    const note = `${ended} that ended within 28 days, ${waiting.length} that go on`
    report({ figure: 'sessions: kept', value: rounded(statSync(opened.value.db.name).size / ended), unit: 'bytes each', goal: null, limit: null, note })
    report({
      figure: 'sessions: keeping one',
      value: rounded((cpu.user + cpu.system) / count),
      unit: 'µs of CPU',
      goal: null,
      limit: null,
      note: 'with the making of it by the bench',
    })
    const to = clock.now()
    const moment = to - 10 * 86_400_000
    const asked = {
      'who was connected at a moment': () => log.past({ from: moment, to: moment, limit: 500 }, never),
      'the last hour': () => log.past({ from: to - 3_600_000, to, limit: 500 }, never),
      'one address in 28 days': () => log.past({ from: 0, to, limit: 500, address: '10.1.2.3' }, never),
    }
    for (const [what, ask] of Object.entries(asked)) {
      const times: number[] = []
      for (let run = 0; run < 3; run++) {
        const at = real.monotonic()
        await ask()
        times.push(real.monotonic() - at)
      }
      report({ figure: `sessions: ${what}`, value: rounded(percentile(times, 50)), unit: 'ms', goal: null, limit: null, note: `median of 3; ${note}` })
    }
  } finally {
    await log[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export const bench: Bench = async (report, { quick }) => {
  await live(report, quick)
  await past(report, quick)
}
