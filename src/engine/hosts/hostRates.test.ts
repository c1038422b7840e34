import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HostRates } from './hostRates.ts'
import { type CpuTimes, parseHost, type RawHost, type RawMedia, type RawNetwork } from './parseHost.ts'

const answersOf = (name: string) => readFileSync(join(import.meta.dirname, `../../../tests/fixtures/hosts/${name}.txt`), 'utf8').split(/== END \d+\n/)
/** Takes an answer and returns the figures. */
function follow() {
  const rates = new HostRates()
  return (raw: RawHost, taken = times) => {
    rates.take(raw, taken)
    return rates.figures()
  }
}
function readingsOf(name: string, ...indexes: readonly number[]) {
  const next = follow()
  const answers = answersOf(name)
  return indexes.map((index, round) => {
    const at = 1_795_180_000_000 + round * 2000
    return next(parseHost(answers[index] ?? '') ?? {}, { askedAtMs: at, answeredAtMs: at + 100 })
  })
}

const times = { askedAtMs: 0, answeredAtMs: 0 }
const at = (uptimeSeconds: number, rest: RawHost): RawHost => ({ uptimeSeconds, ...rest })
const network = (receivedBytes: number, rest: Partial<RawNetwork> = {}): RawNetwork => ({
  name: 'eth0',
  receivedBytes,
  sentBytes: 0,
  errors: 0,
  drops: 0,
  ...rest,
})
function cpu(busy: number, idle: number, rest: Partial<CpuTimes> = {}) {
  const total = { busy, idle, iowait: 0, steal: 0, ...rest }
  return { total, cores: [total] }
}
const media = (rest: Partial<RawMedia>): RawMedia => ({
  pid: 10,
  cpuSeconds: 1,
  memoryBytes: 1,
  threads: 1,
  startedAtUptime: 5,
  ...rest,
})

test('two answers of a Linux host make exact rates, by its own clock', () => {
  const [first, second] = readingsOf('linux-rich', 0, 1)
  expect(first).toMatchObject({ cores: 2, cpuPercent: null, perCorePercent: [null, null, null], swapUsedBytes: 256_000_000, memoryPercent: 42.2 })
  // busy 16300 → 16550, idle + 150, iowait fell (which is no reset), steal + 10.
  expect(second).toMatchObject({ cpuPercent: 61, stealPercent: 2.4, iowaitPercent: 0, cores: 3 })
  // Core 1 is not there, core 2 idled but for what was stolen, core 3 was plugged in.
  expect(second?.perCorePercent).toEqual([83.3, null, 0, null])
  expect(second?.networks).toEqual([
    // What it received was set back.
    { name: 'eth0', receivedBps: null, sentBps: 200_000_000, errors: 0, drops: 10, linkBps: 1_000_000_000, usedPercent: null },
    { name: 'eth1', receivedBps: null, sentBps: null, errors: null, drops: null, linkBps: null, usedPercent: null },
  ])
  expect(second?.disks.map(({ mount, readBps, writtenBps, usedPercent }) => ({ mount, readBps, writtenBps, usedPercent }))).toEqual([
    { mount: '/', readBps: 500 * 512 * 4, writtenBps: 2000 * 512 * 4, usedPercent: 66.7 },
    // What it read fell: set back, so nothing is known of this interval.
    { mount: '/srv/video archive', readBps: null, writtenBps: 1000 * 512 * 4, usedPercent: 95 },
    { mount: '/backup', readBps: null, writtenBps: null, usedPercent: 10 },
  ])
  expect(second).toMatchObject({ tcpRetransmits: 3.5, udpBufferErrors: 3, memoryUsedBytes: 2_000_000 * 1024, uptimeSeconds: 1002 })
  expect(second?.mediaProcesses).toMatchObject([
    { pid: 4321, cpuPercent: 150, memoryBytes: 204_900 * 1024, threads: 18, openFiles: 123, openFilesLimit: 1024, startedAt: 1_795_180_000_100 - 500_000 },
  ])
})

test.each([null, '5d3c6e2a-8b0f-4c57-9b57-0a7f5a1c2d3e'])('a clock that is set is no start (boot id %s): rates and starts of processes go on', (bootId) => {
  const next = follow()
  const read = (seconds: number, wallMs: number) =>
    next(at(seconds, { bootId, networks: [network(seconds * 1000)], media: [media({ startedAtUptime: 20, cpuSeconds: seconds / 10 })] }), {
      askedAtMs: wallMs,
      answeredAtMs: wallMs,
    })
  const [running] = read(5000, 1_795_180_000_000).mediaProcesses
  for (const [round, setBy] of [120_000, 86_400_000, -120_000].entries())
    expect(read(5010 + round * 10, 1_795_180_000_000 + setBy)).toMatchObject({
      networks: [{ receivedBps: 8000 }],
      mediaProcesses: [{ cpuPercent: 10, startedAt: running?.startedAt }],
    })
})

describe('a host that was started anew', () => {
  const before = at(5000, { networks: [network(1000)], cpu: cpu(100, 100), tcpRetransmits: 5, media: [media({ startedAtUptime: 20 })] })

  test('has no rates until its second answer, nor has its media server', () => {
    const next = follow()
    next(before, { askedAtMs: 0, answeredAtMs: 0 })
    const after = next(at(30, { networks: [network(5000)], cpu: cpu(200, 300), tcpRetransmits: 9, media: [media({ startedAtUptime: 20 })] }), {
      askedAtMs: 60_000,
      answeredAtMs: 60_000,
    })
    expect(after).toMatchObject({ cpuPercent: null, tcpRetransmits: null, networks: [{ receivedBps: null }], mediaProcesses: [{ cpuPercent: null }] })
    const later = next(at(32, { networks: [network(6000)], cpu: cpu(300, 400), tcpRetransmits: 9, media: [media({ startedAtUptime: 20, cpuSeconds: 2 })] }), {
      askedAtMs: 62_000,
      answeredAtMs: 62_000,
    })
    expect(later).toMatchObject({ cpuPercent: 50, tcpRetransmits: 0, networks: [{ receivedBps: 4000 }], mediaProcesses: [{ cpuPercent: 50 }] })
  })

  test('is noticed by the id of its boot, although it is up for as long as before', () => {
    const next = follow()
    const of = (bootId: string, seconds: number) => next({ ...before, uptimeSeconds: seconds, bootId, networks: [network(seconds * 1000)] }, times)
    of('one', 5000)
    expect(of('one', 5010)).toMatchObject({ networks: [{ receivedBps: 8000 }] })
    expect(of('other', 5020)).toMatchObject({ networks: [{ receivedBps: null }] })
  })
})

test('an interface that was set back has a gap of one interval, its errors too', () => {
  const next = follow()
  next(at(1, { networks: [network(5_000_000, { errors: 9 })] }), times)
  expect(next(at(2, { networks: [network(100, { errors: 2 })] }), times).networks[0]).toMatchObject({ receivedBps: null, errors: null })
  expect(next(at(3, { networks: [network(200, { errors: 3 })] }), times).networks[0]).toMatchObject({ receivedBps: 800, errors: 1 })
})

test('two answers of one moment say nothing of a rate', () => {
  const next = follow()
  next(at(1, { networks: [network(1)], cpu: cpu(1, 1), tcpRetransmits: 1 }), times)
  expect(next(at(1, { networks: [network(2)], cpu: cpu(2, 1), tcpRetransmits: 2 }), times)).toMatchObject({
    cpuPercent: null,
    tcpRetransmits: null,
    networks: [{ receivedBps: null }],
  })
})

test('figures of the slow part stand until the next one, but not for ever', () => {
  const next = follow()
  const slow = { hostname: 'a', temperatures: [{ name: 'cpu', celsius: 50 }], tcpRetransmits: 100 }
  next(at(1, slow), times)
  expect(next(at(20, {}), times)).toMatchObject({ hostname: 'a', temperaturesC: [{ celsius: 50 }], tcpRetransmits: null })
  // By the time between the two that told it, not since the last answer.
  expect(next(at(31, { ...slow, tcpRetransmits: 160 }), times)).toMatchObject({ tcpRetransmits: 2 })
  expect(next(at(60, {}), times)).toMatchObject({ tcpRetransmits: 2 })
  expect(next(at(200, {}), times)).toMatchObject({ hostname: null, temperaturesC: [], tcpRetransmits: null })
})

describe('the media server', () => {
  const detail = (pid: number, uid: string, ownPorts: readonly number[] | null, userPorts: readonly number[] = []) => ({
    ...{ pid, openFiles: pid, openFilesLimit: 100, uid, ownPorts, userPorts },
  })

  test('is one of several with its own figures, and details of it are wanted until they came', () => {
    const rates = new HostRates()
    const two = [media({ pid: 1, cpuSeconds: 10 }), media({ pid: 2, cpuSeconds: 20 })]
    rates.take(at(100, { media: two, mediaDetails: [detail(1, '0', [9997]), detail(2, '0', [9998])] }), times)
    expect(rates.figures().mediaProcesses).toMatchObject([
      { pid: 1, ports: [9997], openFiles: 1 },
      { pid: 2, ports: [9998], openFiles: 2 },
    ])
    expect(rates.lacksDetails()).toBe(false)
    rates.take(at(102, { media: [media({ pid: 1, cpuSeconds: 11 }), media({ pid: 3, startedAtUptime: 70 })] }), times)
    expect(rates.figures().mediaProcesses).toMatchObject([
      { pid: 1, cpuPercent: 50, ports: [9997] },
      { pid: 3, cpuPercent: null, ports: null },
    ])
    expect(rates.lacksDetails()).toBe(true)
    // The same number again, of a process that started later: what was known of it before is not its own.
    rates.take(at(104, { media: [media({ pid: 1, startedAtUptime: 103 })] }), times)
    expect(rates.figures().mediaProcesses).toMatchObject([{ pid: 1, ports: null, openFiles: null, cpuPercent: null }])
  })

  test('is found by its user where its sockets cannot be seen, if no other one is that user’s', () => {
    const ports = (one: string, other: string) =>
      follow()(
        at(10, { media: [media({ pid: 1 }), media({ pid: 2 })], mediaDetails: [detail(1, one, null, [9997]), detail(2, other, null, [9998])] }),
      ).mediaProcesses.map((process) => process.ports)
    expect(ports('1000', '1001')).toEqual([[9997], [9998]])
    expect(ports('1000', '1000')).toEqual([null, null])
  })

  test('has one start, however long answers take', () => {
    const next = follow()
    const start = (seconds: number, answeredAtMs: number) =>
      next(at(seconds, { media: [media({ startedAtUptime: 5 })] }), { askedAtMs: answeredAtMs - 10, answeredAtMs }).mediaProcesses[0]?.startedAt
    expect(start(10, 1_000_000)).toBe(995_000)
    expect(start(11, 1_001_400)).toBe(995_000)
    // Our clock was set.
    expect(start(12, 1_040_000)).toBe(995_000)
    const later = [media({ startedAtUptime: 5 }), media({ pid: 11, startedAtUptime: 13 })]
    const { mediaProcesses } = next(at(14, { media: later }), { askedAtMs: 1_041_990, answeredAtMs: 1_042_000 })
    expect(mediaProcesses.map(({ startedAt }) => startedAt)).toEqual([995_000, 1_041_000])
  })
})

describe('the skew of its clock', () => {
  const skew = (wall: RawHost['wall'], askedAtMs: number, answeredAtMs: number) => follow()(at(1, { wall }), { askedAtMs, answeredAtMs }).clockSkewMs

  test('leaves out what the host worked, and halves the way', () => {
    // 300 ms ahead: asked at 1000, heard there at 1020 of ours; it worked for 5 s; its answer took 20 ms.
    expect(skew({ firstMs: 1320, lastMs: 6320, stepMs: 1 }, 1000, 6040)).toBe(300)
  })

  test('is not known of an answer that was on its way for so long that a right clock may seem wrong', () => {
    expect(skew({ firstMs: 1_000, lastMs: 1_000, stepMs: 1 }, 1_000, 17_000)).toBeNull()
    // It worked for 15 s.
    expect(skew({ firstMs: 1_000, lastMs: 16_000, stepMs: 1 }, 500, 16_500)).toBe(0)
  })

  test('is known to the second where the host reports whole seconds', () => {
    expect(skew({ firstMs: 5000, lastMs: 5000, stepMs: 1000 }, 5700, 5800)).toBe(0)
    expect(skew({ firstMs: 65_000, lastMs: 65_000, stepMs: 1000 }, 5400, 5500)).toBe(60_000)
    expect(skew({ firstMs: 3000, lastMs: 3000, stepMs: 1000 }, 5400, 5500)).toBe(-2000)
  })

  test('is off by half of the way at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(2000), fc.nat(2000), fc.nat(30_000), (ahead, there, back, work) => {
        const askedAtMs = 1_000_000
        const firstMs = askedAtMs + there + ahead
        const found = skew({ firstMs, lastMs: firstMs + work, stepMs: 1 }, askedAtMs, askedAtMs + there + work + back) ?? Number.NaN
        expect(Math.abs(found - ahead)).toBeLessThanOrEqual((there + back) / 2 + 1)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a counter', () => {
  test('is never a rate below 0', () => {
    const steps = fc.array(
      fc.record({ seconds: fc.double({ min: -100, max: 100, noNaN: true }), bytes: fc.nat(2 ** 32 - 1), busy: fc.nat(1e6), idle: fc.nat(1e6) }),
      { minLength: 2, maxLength: 12 },
    )
    fc.assert(
      fc.property(steps, (list) => {
        const next = follow()
        let clock = 1000
        for (const { seconds, bytes, busy, idle } of list) {
          clock += seconds
          const reading = next(
            at(clock, {
              networks: [network(bytes)],
              cpu: cpu(busy, idle),
              udpBufferErrors: bytes,
              diskTraffic: new Map([['8:0', { readBytes: bytes, writtenBytes: busy }]]),
            }),
            {
              askedAtMs: clock * 1000,
              answeredAtMs: clock * 1000,
            },
          )
          for (const value of [reading.networks[0]?.receivedBps, reading.cpuPercent, reading.udpBufferErrors])
            if (value != null) expect(value).toBeGreaterThanOrEqual(0)
          if (reading.cpuPercent !== null) expect(reading.cpuPercent).toBeLessThanOrEqual(100)
        }
      }),
      { numRuns: 200 },
    )
  })
})
