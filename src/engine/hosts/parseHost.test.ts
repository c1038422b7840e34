import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { costOf } from '../../../tests/cpuMs.ts'
import { createHostRates } from './hostRates.ts'
import { readingAlone } from './mediaChoice.ts'
import { parseHost } from './parseHost.ts'
import { coreFields, parseNow, parseNvidia, type RawHost } from './rawHost.ts'

const fixtureNames = ['linux-dash', 'linux-bash', 'linux-busybox', 'linux-rich', 'linux-container', 'freebsd', 'darwin'] as const
const textOf = (name: (typeof fixtureNames)[number]) => readFileSync(join(import.meta.dirname, `../../../tests/fixtures/hosts/${name}.txt`), 'utf8')
/** Each answer of a recording, without its END. */
const answersOf = (name: (typeof fixtureNames)[number]) =>
  textOf(name)
    .split(/== END \d+\n/)
    .filter((text) => text !== '')
/** The numbers of the cores that are there. */
const coresOf = ({ cpu }: RawHost): number[] =>
  [...Array((cpu?.cores.length ?? 0) / coreFields).keys()].filter((core) => !Number.isNaN(cpu?.cores[core * coreFields]))
const parsed = (name: (typeof fixtureNames)[number], index: number) => parseHost(answersOf(name)[index] ?? '')

describe.each(['linux-dash', 'linux-bash', 'linux-busybox'] as const)('a recorded answer of %s', (name) => {
  test('reports all that was in the answer', () => {
    const raw = parsed(name, 0)
    expect(raw).toMatchObject({ system: 'linux', hostname: 'media-1', systemName: 'Debian GNU/Linux 12 (bookworm)', kernel: 'Linux 6.18.44-fc-v595' })
    expect(raw.coreCount).toBe(2)
    expect(coresOf(raw)).toEqual([0, 1])
    expect(raw.memory?.totalBytes).toBe(24_684_096 * 1024)
    expect(raw.networks?.map((network) => network.name)).toEqual(['eth0'])
    expect(raw.mounts?.map(({ mount, device, trafficKeys }) => ({ mount, device, trafficKeys }))).toEqual([
      { mount: '/', device: '/dev/vda', trafficKeys: ['254:0', '/dev/vda', '/dev/vda'] },
    ])
    expect(raw.diskTraffic?.has('254:0')).toBe(true)
    // eth0 of a virtual machine says -1.
    expect(raw.linkBps?.size).toBe(0)
    expect(raw.media).toMatchObject([{ by: 'name', name: 'mediamtx', threads: 7 }])
    // A script of before, which tells of one process and not of which.
    expect(raw.mediaDetails).toEqual([{ pid: null, openFiles: 16, openFilesLimit: 20_000, arguments: null, uid: null, ownPorts: null, userPorts: null }])
    expect(raw.goroutines).toBe(27)
    expect(raw.udpBufferErrors).toBe(0)
    expect(raw.wall?.stepMs).toBe(1)
    expect(raw.processes).toBeNull()
  })

  test('makes readings that are whole in the second one', () => {
    const rates = createHostRates()
    const times = { askedAtMs: 1000, answeredAtMs: 1010, monotonicMs: 1010 }
    const first = rates.next(parsed(name, 0), times)
    expect(first).toMatchObject({ cpuPercent: null, perCorePercent: [null, null], tcpRetransmits: null, udpBufferErrors: null })
    expect(first.networks[0]).toMatchObject({ receivedBps: null, sentBps: null, errors: null, drops: null })
    const second = rates.next(parsed(name, 1), times)
    expect(second.cpuPercent).toBeGreaterThan(0)
    expect(second.perCorePercent.every((percent) => percent !== null && percent >= 0 && percent <= 100)).toBe(true)
    expect(second.networks[0]?.receivedBps).toBeGreaterThanOrEqual(0)
    expect(second.disks[0]).toMatchObject({ mount: '/', readBps: expect.any(Number), writtenBps: expect.any(Number), fullAt: null })
    expect(readingAlone(second).mediaServer).toMatchObject({ by: 'name', cpuPercent: expect.any(Number), goroutines: 27, openFiles: 16, restarts: 0 })
    expect(second.system).toBe('Debian GNU/Linux 12 (bookworm)')
  })

  test('lists its processes, busiest first and with their owners', () => {
    const { processes } = parsed(name, 3)
    const server = processes?.find((process) => process.name === 'mediamtx')
    expect(server).toMatchObject({ user: 'root', cpuPercent: expect.any(Number), memoryBytes: expect.any(Number) })
    const used = processes?.map((process) => process.cpuPercent ?? -1) ?? []
    expect(used).toEqual(used.toSorted((one, other) => other - one))
    // A thread of the kernel has no memory of its own.
    expect(processes?.find((process) => process.name === 'ksoftirqd/0')?.memoryBytes).toBeNull()
  })
})

test('guests, steal, sensors, cards and odd mounts of a Linux host are read exactly', () => {
  const raw = parsed('linux-rich', 0)
  // 4000 of guest are in the 10000 of user already, 900 of guest_nice in nice.
  expect(raw.cpu?.total).toEqual({ busy: 10_000 + 1000 + 5000 + 100 + 200, idle: 80_000, iowait: 500, steal: 300 })
  expect(coresOf(raw)).toEqual([0, 2])
  // A kernel without MemAvailable, and ZFS with 512 MiB that it would give back.
  expect(raw.memory?.usedBytes).toBe((8_000_000 - (1_000_000 + 200_000 + 3_000_000 + 300_000 - 400_000)) * 1024 - 536_870_912)
  expect(raw.memory).toMatchObject({ swapTotalBytes: 1_024_000_000, swapUsedBytes: 256_000_000 })
  expect(raw.networks).toEqual([{ name: 'eth0', receivedBytes: 4_294_967_000, sentBytes: 1_000_000, errors: 4, drops: 6 }])
  expect(raw.tcpRetransmits).toBe(100)
  expect(raw.udpBufferErrors).toBe(60)
  expect(raw.mounts).toEqual([
    {
      mount: '/',
      device: '/dev/sda2',
      trafficKeys: ['8:2', '/dev/sda2', '/dev/sda2'],
      sizeBytes: 1_024_000_000,
      usedBytes: 614_400_000,
      freeBytes: 307_200_000,
    },
    {
      mount: '/srv/video archive',
      device: '/dev/mapper/vg-video',
      trafficKeys: ['253:0', '/dev/mapper/vg-video', '/dev/mapper/vg-video'],
      sizeBytes: 2_048_000_000,
      usedBytes: 1_945_600_000,
      freeBytes: 102_400_000,
    },
    { mount: '/backup', device: '/dev/sdb1', trafficKeys: ['0:45', '/dev/sdb1', '/dev/sdb1'], sizeBytes: 1_024_000, usedBytes: 102_400, freeBytes: 921_600 },
  ])
  expect([...(raw.linkBps ?? [])]).toEqual([['eth0', 1_000_000_000]])
  expect(raw.temperatures).toEqual([
    { name: 'coretemp Package id 0', celsius: 45.5 },
    { name: 'coretemp Core 0', celsius: 46 },
    { name: 'coretemp Core 0 #2', celsius: 47 },
    { name: 'Samsung SSD 980', celsius: 38.9 },
  ])
  expect(raw.gpus).toEqual([
    {
      name: 'NVIDIA L4',
      percent: 45,
      idleMs: null,
      encoderPercent: 12,
      decoderPercent: null,
      memoryUsedBytes: 1024 * 2 ** 20,
      memoryTotalBytes: 23_034 * 2 ** 20,
      celsius: 52,
    },
    {
      name: 'Tesla K80',
      percent: 7.5,
      idleMs: null,
      encoderPercent: null,
      decoderPercent: 3,
      memoryUsedBytes: 11 * 2 ** 20,
      memoryTotalBytes: 11_441 * 2 ** 20,
      celsius: 41,
    },
    {
      name: 'Intel card0',
      percent: null,
      idleMs: 900_000,
      encoderPercent: null,
      decoderPercent: null,
      memoryUsedBytes: null,
      memoryTotalBytes: null,
      celsius: null,
    },
    {
      name: 'AMD card1',
      percent: 37,
      idleMs: null,
      encoderPercent: null,
      decoderPercent: null,
      memoryUsedBytes: 2 ** 30,
      memoryTotalBytes: 8 * 2 ** 30,
      celsius: 61,
    },
  ])
  // A name with brackets and spaces does not shift the fields after it.
  expect(raw.media).toEqual([
    { pid: 4321, by: 'container', name: expect.any(String), cpuSeconds: 15, memoryBytes: 204_800 * 1024, threads: 17, startedAtUptime: 500 },
  ])
  expect(raw.mediaDetails).toMatchObject([{ pid: null, openFiles: 123, openFilesLimit: 1024 }])
  expect(raw.goroutines).toBe(512)
})

test('the limits of a container are read from both versions of cgroups', () => {
  const limits = { memoryTotalBytes: 2 ** 30, memoryUsedBytes: 512 * 2 ** 20, cores: 0.5 }
  expect(parsed('linux-container', 0).limits).toEqual({ ...limits, cpuSeconds: 10 })
  expect(parsed('linux-container', 1).limits).toEqual({ ...limits, cpuSeconds: 10.5 })
  expect(parsed('linux-container', 0).media).toEqual([])
})

test('FreeBSD reports the same facts by other commands', () => {
  const raw = parsed('freebsd', 0)
  expect(raw).toMatchObject({ system: 'freebsd', systemName: 'FreeBSD 14.1-RELEASE-p5', hostname: 'fbsd-1', kernel: 'FreeBSD 14.1-RELEASE', coreCount: 2 })
  expect(raw.cpu?.total).toEqual({ busy: 153_000 + 130_500, idle: 2_256_500, iowait: 0, steal: 0 })
  // Ticks of stathz are its clock: 1,270,000 of each core.
  expect(raw.clockSeconds).toBe(10_000)
  expect(raw.uptimeSeconds).toBe(9999.75)
  expect(raw.load).toEqual([0.43, 0.39, 0.34])
  expect(raw.memory).toEqual({ totalBytes: 2 ** 33, usedBytes: 1_100_000 * 4096 - 2 ** 30, swapTotalBytes: null, swapUsedBytes: null })
  expect(raw.swap).toEqual({ totalBytes: 2 ** 31, usedBytes: 2 ** 29 })
  expect(raw.networks).toEqual([
    { name: 'vtnet0', receivedBytes: 1_500_000_000, sentBytes: 800_000_000, errors: 3, drops: 7 },
    { name: 'ix0', receivedBytes: 0, sentBytes: 0, errors: 0, drops: 0 },
    { name: 'tun0', receivedBytes: 20_000, sentBytes: 30_000, errors: 0, drops: 0 },
  ])
  expect([...(raw.linkBps ?? [])]).toEqual([['vtnet0', 10_000_000_000]])
  expect(raw.mounts?.map(({ mount, trafficKeys, usedBytes }) => ({ mount, trafficKeys, usedBytes }))).toEqual([
    { mount: '/', trafficKeys: ['vtbd0'], usedBytes: 20 * 2 ** 30 },
    { mount: '/var/video', trafficKeys: [], usedBytes: 50 * 2 ** 30 },
  ])
  expect(raw.diskTraffic?.get('vtbd0')).toEqual({ readBytes: 400_000 * 1024, writtenBytes: 1_000_000 * 1024 })
  expect(raw.temperatures).toEqual([
    { name: 'cpu 1', celsius: 47 },
    { name: 'cpu 0', celsius: 45.5 },
    { name: 'tz0', celsius: 27.9 },
  ])
  expect([raw.tcpRetransmits, raw.udpBufferErrors]).toEqual([1234, 17])
  expect(raw.media).toEqual([{ pid: 812, by: 'name', name: null, cpuSeconds: 320.5, memoryBytes: 2 ** 26, threads: 11, startedAtUptime: 9999.75 - 9010 }])
  expect(raw.mediaDetails).toMatchObject([{ openFiles: 42, openFilesLimit: 117_099 }])
  expect(raw.goroutines).toBe(321)
  expect(raw.wall).toEqual({ firstMs: 1_795_180_000_000, lastMs: 1_795_180_001_000, stepMs: 1000 })
  expect(parsed('freebsd', 2).processes).toEqual([
    { pid: 812, name: 'mediamtx', user: 'mtx', cpuPercent: 43.2, memoryBytes: 2 ** 26 },
    { pid: 999, name: 'a name with spaces', user: 'noc', cpuPercent: 1.5, memoryBytes: 9999 * 1024 },
    { pid: 1, name: 'init', user: 'root', cpuPercent: 0, memoryBytes: 1234 * 1024 },
  ])
})

test('a Mac reports what users other than root may see, and the rest is unknown', () => {
  const raw = parsed('darwin', 0)
  expect(raw).toMatchObject({ system: 'darwin', systemName: 'macOS 15.1', hostname: 'mac-1', coreCount: 8, cpu: null, cpuPercent: 35 })
  expect(raw.clockSeconds).toBeCloseTo(10_000, 3)
  expect(raw.memory).toEqual({
    totalBytes: 2 ** 34,
    usedBytes: (400_000 - 20_000 + 100_000 + 120_000) * 16_384,
    swapTotalBytes: 2048 * 2 ** 20,
    swapUsedBytes: 512.5 * 2 ** 20,
  })
  expect(raw.networks).toEqual([{ name: 'en0', receivedBytes: 60_000_000, sentBytes: 30_000_000, errors: 1, drops: 2 }])
  expect(raw.mounts?.map((mount) => mount.mount)).toEqual(['/', '/System/Volumes/Data'])
  expect([raw.tcpRetransmits, raw.udpBufferErrors]).toEqual([99, 5])
  expect(raw.media).toMatchObject([{ pid: 501, cpuSeconds: 450.25, threads: null, memoryBytes: 80 * 2 ** 20 }])
  expect(raw.mediaDetails).toMatchObject([{ openFiles: 33, openFilesLimit: null }])
  expect(raw.goroutines).toBe(200)
})

test('files that a host does not have leave their facts unknown', () => {
  const raw = parseHost('== system Linux\n== fast\nmedia\n12.50 3.00\n')
  expect(raw).toMatchObject({ uptimeSeconds: 12.5, cpu: null, load: null, memory: null, networks: null, diskTraffic: null, tcpRetransmits: null, media: [] })
  const reading = createHostRates().next(raw, { askedAtMs: 0, answeredAtMs: 0, monotonicMs: 0 })
  expect(reading).toMatchObject({
    cpuPercent: null,
    memoryPercent: null,
    cores: null,
    disks: [],
    networks: [],
    gpus: [],
    mediaProcesses: [],
    clockSkewMs: null,
  })
  expect(parseHost('== system SunOS\n').system).toBeNull()
  expect(parseHost('').system).toBeNull()
})

test('an answer full of sensors costs no more for each than a usual one', () => {
  const answer = (sensors: number) =>
    ['== system Linux', '== fast', '== slow', '== sys', ...Array.from({ length: sensors }, (_, i) => `/sys/class/hwmon/hwmon${i}/temp1_input:40000`)].join('\n')
  const { startsWith } = String.prototype
  const comparedIn = (text: string): number => {
    let compared = 0
    const counting = vi.spyOn(String.prototype, 'startsWith').mockImplementation(function (this: string, ...given: [string, number?]) {
      compared++
      return startsWith.apply(this, given)
    })
    expect(parseHost(text).temperatures?.length).toBe(Math.min(64, text.split('temp1_input').length - 1))
    counting.mockRestore()
    return compared
  }
  expect(comparedIn(answer(4000)) / 4000).toBeLessThanOrEqual(comparedIn(answer(64)) / 64)
})

test('a clock is read as finely as it is printed', () => {
  expect(parseNow(['now 1795179601936089406'])).toEqual({ ms: 1_795_179_601_936.0894, stepMs: 1 })
  expect(parseNow(['now 1795179601.5'])).toEqual({ ms: 1_795_179_601_500, stepMs: 1 })
  expect(parseNow(['now 1795179601,25'])).toEqual({ ms: 1_795_179_601_250, stepMs: 1 })
  expect(parseNow(['now 1795179601N'])).toEqual({ ms: 1_795_179_601_000, stepMs: 1000 })
  expect(parseNow(['now 1795179601'])).toEqual({ ms: 1_795_179_601_000, stepMs: 1000 })
  expect(parseNow(['now ', 'now abc'])).toBeNull()
})

test('what nvidia-smi writes instead of figures is no card', () => {
  expect(
    parseNvidia([
      'NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.',
      'Field "utilization.encoder" is not a valid field to query.',
      '',
    ]),
  ).toEqual([])
})

test.each([
  ['a number without end', `${'1'.repeat(500_000)}x`],
  ['numbers with a point each', `${'1.'.repeat(250_000)}`],
  ['many short lines', '1\n'.repeat(250_000)],
  ['columns that never come', `/dev/sda${' '.repeat(500_000)}x`],
  ['cards without end', Array.from({ length: 5_000 }, (_, n) => `/sys/class/drm/card${n}/gpu_busy_percent:5`).join('\n')],
])('an answer of the greatest size is read at once, with %s in it', (_name, text) => {
  const parseAll = () => {
    for (const section of ['fast', 'slow', 'df', 'sys', 'media', 'nvidia', 'limits'])
      for (const system of ['Linux', 'FreeBSD', 'Darwin']) expect(parseHost(`== system ${system}\n== slow\n== ${section}\n${text}\n`).cpu).toBeNull()
  }
  // Whoever looks at a character more than a few times takes minutes here, and this thousands.
  expect(costOf(parseAll)).toBeLessThan(1_000)
})

describe('mutated answers', () => {
  const all = fixtureNames.flatMap(answersOf)
  const tokens = [
    '',
    ' ',
    '\n',
    '\r\n',
    '== fast\n',
    '== slow\n',
    '== df\n',
    '-1',
    '9'.repeat(400),
    'NaN',
    '1e999',
    ',',
    ':',
    '(',
    ')',
    '%',
    '\0',
    '"',
    '\u{1f4a5}',
    'media 1 name\n',
    '== media\npid 1\nfiles 3\nargs x\nlisten FFFF 0 1\nsocket:[1]\n',
    'cpu',
  ]
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat({ max: 60 }),
    put: fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 12 })),
  })

  test('never make the parsers throw, and never make a reading with figures that cannot be', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.array(edit, { minLength: 1, maxLength: 8 }), fc.constantFrom(...all), (text, edits, before) => {
        let mutated = text
        for (const { at, cut, put } of edits) {
          const from = Math.floor(at * mutated.length)
          mutated = mutated.slice(0, from) + put + mutated.slice(from + cut)
        }
        const rates = createHostRates()
        rates.next(parseHost(before), { askedAtMs: 0, answeredAtMs: 5, monotonicMs: 5 })
        const reading = rates.next(parseHost(mutated), { askedAtMs: 2000, answeredAtMs: 2005, monotonicMs: 2005 })
        const percents = [
          reading.cpuPercent,
          reading.stealPercent,
          reading.iowaitPercent,
          reading.memoryPercent,
          ...reading.perCorePercent,
          ...reading.networks.map((network) => network.usedPercent),
        ]
        for (const percent of percents) if (percent !== null && !(percent >= 0 && percent <= 100)) throw new Error(`${percent} %`)
        const rates2 = [
          reading.tcpRetransmits,
          reading.udpBufferErrors,
          ...reading.networks.flatMap((network) => [network.receivedBps, network.sentBps, network.errors, network.drops]),
          ...reading.disks.flatMap((disk) => [disk.readBps, disk.writtenBps]),
        ]
        for (const rate of rates2) if (rate !== null && !(rate >= 0 && Number.isFinite(rate))) throw new Error(`${rate} a second`)
      }),
      { numRuns: 400 },
    )
  })
})
