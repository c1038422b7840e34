import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { costOf } from '../../../tests/cpuMs.ts'
import { HostRates } from './hostRates.ts'
import { parseHost, parseProcesses, type RawHost } from './parseHost.ts'

const fixtureNames = ['linux-dash', 'linux-bash', 'linux-busybox', 'linux-rich'] as const
const textOf = (name: (typeof fixtureNames)[number]) => readFileSync(join(import.meta.dirname, `../../../tests/fixtures/hosts/${name}.txt`), 'utf8')
/** Each answer of a recording, without its END. */
const answersOf = (name: (typeof fixtureNames)[number]) =>
  textOf(name)
    .split(/== END \d+\n/)
    .filter((text) => text !== '')
/** The numbers of the cores that are there. */
const coresOf = ({ cpu }: RawHost): number[] => (cpu?.cores ?? []).flatMap((core, number) => (core === undefined ? [] : number))
const parse = (text: string): RawHost => {
  const raw = parseHost(text)
  if (raw === null) throw new Error(text)
  return raw
}
const parsed = (name: (typeof fixtureNames)[number], index: number) => parse(answersOf(name)[index] ?? '')

describe.each(['linux-dash', 'linux-bash', 'linux-busybox'] as const)('a recorded answer of %s', (name) => {
  test('reports all that was in the answer', () => {
    const raw = parsed(name, 0)
    expect(raw).toMatchObject({ hostname: 'media-1', systemName: 'Debian GNU/Linux 12 (bookworm)', kernel: 'Linux 6.18.44-fc-v595' })
    expect(coresOf(raw)).toEqual([0, 1])
    expect(raw.memory?.totalBytes).toBe(24_684_096 * 1024)
    expect(raw.networks?.map((network) => network.name)).toEqual(['eth0'])
    expect(raw.mounts?.map(({ mount, device, trafficKeys }) => ({ mount, device, trafficKeys }))).toEqual([
      { mount: '/', device: '/dev/vda', trafficKeys: ['254:0', '/dev/vda', '/dev/vda'] },
    ])
    expect(raw.diskTraffic?.has('254:0')).toBe(true)
    // eth0 of a virtual machine says -1.
    expect(raw.linkBps?.size).toBe(0)
    expect(raw.media).toMatchObject([{ threads: 7 }])
    expect(raw.mediaDetails).toMatchObject([{ pid: raw.media?.[0]?.pid, openFiles: 16, openFilesLimit: 20_000 }])
    expect(raw.udpBufferErrors).toBe(0)
    expect(raw.wall?.stepMs).toBe(1)
  })

  test('makes readings that are whole in the second one', () => {
    const rates = new HostRates()
    const times = { askedAtMs: 1000, answeredAtMs: 1010 }
    rates.take(parsed(name, 0), times)
    const first = rates.figures()
    expect(first).toMatchObject({ cpuPercent: null, perCorePercent: [null, null], tcpRetransmits: null, udpBufferErrors: null })
    expect(first.networks[0]).toMatchObject({ receivedBps: null, sentBps: null, errors: null, drops: null })
    rates.take(parsed(name, 1), times)
    const second = rates.figures()
    expect(second.cpuPercent).toBeGreaterThan(0)
    expect(second.perCorePercent.every((percent) => percent !== null && percent >= 0 && percent <= 100)).toBe(true)
    expect(second.networks[0]?.receivedBps).toBeGreaterThanOrEqual(0)
    expect(second.disks[0]).toMatchObject({ mount: '/', readBps: expect.any(Number), writtenBps: expect.any(Number), fullAt: null })
    expect(second.mediaProcesses).toMatchObject([{ cpuPercent: expect.any(Number), openFiles: 16 }])
    expect(second.system).toBe('Debian GNU/Linux 12 (bookworm)')
  })

  test('lists its processes, busiest first and with their owners', () => {
    const processes = parseProcesses(answersOf(name)[3] ?? '')
    const server = processes.find((process) => process.name === 'mediamtx')
    expect(server).toMatchObject({ user: 'root', cpuPercent: expect.any(Number), memoryBytes: expect.any(Number) })
    const used = processes.map((process) => process.cpuPercent ?? -1)
    expect(used).toEqual(used.toSorted((one, other) => other - one))
    // A thread of the kernel has no memory of its own.
    expect(processes.find((process) => process.name === 'ksoftirqd/0')?.memoryBytes).toBeNull()
  })
})

test('guests, steal, sensors, cards and odd mounts of a Linux host are read exactly', () => {
  const raw = parsed('linux-rich', 0)
  // 4000 of guest are in the 10000 of user already, 900 of guest_nice in nice.
  expect(raw.cpu?.total).toEqual({ busy: 10_000 + 1000 + 5000 + 100 + 200, idle: 80_000, iowait: 500, steal: 300 })
  expect(coresOf(raw)).toEqual([0, 2])
  // ZFS has 512 MiB that it would give back.
  expect(raw.memory?.usedBytes).toBe((8_000_000 - 4_100_000) * 1024 - 536_870_912)
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
    { name: 'coretemp Core 0', celsius: 47 },
    { name: 'Samsung SSD 980', celsius: 38.9 },
  ])
  expect(raw.gpus).toEqual([
    {
      name: 'NVIDIA L4',
      percent: 45,
      encoderPercent: 12,
      memoryUsedBytes: 1024 * 2 ** 20,
      memoryTotalBytes: 23_034 * 2 ** 20,
      celsius: 52,
    },
    {
      name: 'Tesla K80',
      percent: 7.5,
      encoderPercent: null,
      memoryUsedBytes: 11 * 2 ** 20,
      memoryTotalBytes: 11_441 * 2 ** 20,
      celsius: 41,
    },
  ])
  // A name with brackets and spaces does not shift the fields after it.
  expect(raw.media).toEqual([{ pid: 4321, cpuSeconds: 15, memoryBytes: 204_800 * 1024, threads: 17, startedAtUptime: 500 }])
  expect(raw.mediaDetails).toMatchObject([{ pid: 4321, openFiles: 123, openFilesLimit: 1024 }])
})

test('files that a host does not have leave their facts unknown', () => {
  const raw = parse('== system Linux\n== fast\nmedia\n12.50 3.00\n')
  const { uptimeSeconds, media, cpu, load, memory, networks, diskTraffic, tcpRetransmits } = raw
  expect({ uptimeSeconds, media }).toEqual({ uptimeSeconds: 12.5, media: [] })
  for (const unknown of [cpu, load, memory, networks, diskTraffic, tcpRetransmits]) expect(unknown ?? null).toBeNull()
  const rates = new HostRates()
  rates.take(raw, { askedAtMs: 0, answeredAtMs: 0 })
  expect(rates.figures()).toMatchObject({
    cpuPercent: null,
    memoryPercent: null,
    cores: null,
    disks: [],
    networks: [],
    gpus: [],
    mediaProcesses: [],
    clockSkewMs: null,
  })
  expect(parseHost('== system SunOS\n')).toBeNull()
  expect(parseHost('')).toBeNull()
})

test('a clock is read as finely as it is printed', () => {
  const wallOf = (now: string) => parse(`== system Linux\n== first\n${now}\n== slow\n== last\n${now}\n`).wall
  expect(wallOf('now 1795179601936089406')?.firstMs).toBeCloseTo(1_795_179_601_936.0894, 2)
  expect(wallOf('now 1795179601.5')).toMatchObject({ firstMs: 1_795_179_601_500, stepMs: 1 })
  expect(wallOf('now 1795179601N')).toMatchObject({ firstMs: 1_795_179_601_000, stepMs: 1000 })
  expect(wallOf('now abc')).toBeUndefined()
})

test('details without a number are of the only media server, as older scripts have them', () => {
  const detailsOf = (...pids: readonly number[]) => {
    const stats = pids.map((pid) => `${pid} (mediamtx) ${Array.from({ length: 22 }, (_, index) => index).join(' ')}\n`)
    return parse(`== system Linux\n== fast\nmedia\n${stats.join('')}== media\nfiles 3\nUid: 1000\nlisten 270D 1000 5\nsocket:[5]\n`).mediaDetails
  }
  expect(detailsOf(4321)).toMatchObject([{ pid: 4321, openFiles: 3, ownPorts: [9997] }])
  expect(detailsOf(4321, 4322)).toEqual([])
})

test('what cannot be is unknown', () => {
  const card = 'NVIDIA L4, 4294967295, 1024, 23034, 52, 101'
  const stat = `4321 (mediamtx) ${Array.from({ length: 22 }, (_, index) => index).join(' ')}`
  const raw = parse(`== system Linux\n== fast\nmedia\n${stat}\nVmRSS:\t? kB\n== slow\n== nvidia\n${card}\n`)
  expect(raw.gpus).toMatchObject([{ percent: null, encoderPercent: null, memoryUsedBytes: 1024 * 2 ** 20, celsius: 52 }])
  expect(raw.media).toMatchObject([{ pid: 4321, memoryBytes: null }])
})

test('what nvidia-smi writes instead of figures is no card', () => {
  const said = ['NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.', 'Field "utilization.encoder" is not a valid field to query.']
  expect(parse(`== system Linux\n== slow\n== nvidia\n${said.join('\n')}\n`).gpus).toEqual([])
})

test.each([
  ['a number without end', `${'1'.repeat(500_000)}x`],
  ['numbers with a point each', `${'1.'.repeat(250_000)}`],
  ['many short lines', '1\n'.repeat(250_000)],
  ['columns that never come', `/dev/sda${' '.repeat(500_000)}x`],
])('an answer of the greatest size is read at once, with %s in it', (_name, text) => {
  const parseAll = () => {
    for (const section of ['fast', 'slow', 'df', 'sys', 'media', 'nvidia'])
      expect(parse(`== system Linux\n== slow\n== ${section}\n${text}\n`).cpu).toBeUndefined()
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
    'media\n',
    '== media\npid 1\nfiles 3\nlisten FFFF 0 1\nsocket:[1]\n',
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
        const rates = new HostRates()
        for (const [answer, askedAtMs] of [
          [before, 0],
          [mutated, 2000],
        ] as const) {
          const raw = parseHost(answer)
          if (raw !== null) rates.take(raw, { askedAtMs, answeredAtMs: askedAtMs + 5 })
        }
        const reading = rates.figures()
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
