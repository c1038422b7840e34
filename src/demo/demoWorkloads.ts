import { createDemoRandom, type DemoRandom } from './demoFlow.ts'
import {
  type DemoPathOptions,
  type DemoReader,
  type DemoScriptEntry,
  type DemoServerOptions,
  type DemoTrouble,
  type DemoVersion,
  minorOf,
} from './demoOptions.ts'

/** One path of every kind that a version knows: what the recorded servers had, and more. */
export function everyKind(minor: number): readonly DemoPathOptions[] {
  return [
    { name: 'cam1', record: true, width: 640, height: 360, bitrateBps: 900_000, readers: ['rtspSession', 'rtspSession', 'hlsSession', 'webRTCSession'] },
    { name: 'cam2', source: 'rtmpConn', width: 640, height: 360, bitrateBps: 900_000, readers: ['rtmpConn'] },
    { name: 'site/berlin', confName: '~^site/(.+)$', mode: 'dynamic', source: 'srtConn', bitrateBps: 900_000, readers: ['srtConn'] },
    { name: 'site/north/gate', confName: '~^site/(.+)$', mode: 'dynamic', tracks: 'h265Opus', bitrateBps: 1_700_000 },
    { name: 'webcam', mode: 'dynamic', source: 'webRTCSession', tracks: 'opusAv1', bitrateBps: 600_000, readers: ['webRTCSession'] },
    { name: 'lobby/door', mode: 'pulled', source: 'rtspSource', bitrateBps: 900_000 },
    { name: 'hls-pull', mode: 'pulled', source: 'hlsSource', bitrateBps: 900_000 },
    { name: 'srt-pull', mode: 'pulled', source: 'srtSource', bitrateBps: 3_000_000 },
    { name: 'rtmp-pull', mode: 'pulled', source: 'rtmpSource', tracks: 'h264', bitrateBps: 2_000_000 },
    { name: 'whep-pull', mode: 'pulled', source: 'webRTCSource', tracks: 'h264Opus', bitrateBps: 1_200_000 },
    { name: 'pi', mode: 'pulled', source: 'rpiCameraSource', tracks: 'h264', bitrateBps: 5_000_000 },
    { name: 'phone', tracks: 'h264G711', bitrateBps: 700_000 },
    { name: 'ondemand', mode: 'onDemand', source: 'rtspSource', bitrateBps: 900_000 },
    { name: 'dead', mode: 'dead', source: 'rtspSource' },
    { name: 'idle', live: false },
    ...(minor >= 17 ? [{ name: 'slate', mode: 'alwaysAvailable', live: false } as const] : []),
    { name: 'secure/rtmps', source: 'rtmpsConn', readers: ['rtmpsConn'] },
    { name: 'secure/rtsps', source: 'rtspsSession', readers: ['rtspsSession'] },
    ...(minor >= 19 ? [{ name: 'moq', source: 'moqSession', readers: ['moqSession'] } as const] : []),
    ...(minor >= 20 ? [{ name: 'fwd', forward: ['rtsp://127.0.0.1:8554/forwarded', 'rtmp://127.0.0.1:9/live#streamkey'] }] : []),
  ]
}

/** The load benches' workload: each path with a publisher and half a reader on average; RTSP and SRT 70 to 30. */
export function ordinaryPaths(random: DemoRandom, count: number): readonly DemoPathOptions[] {
  return Array.from({ length: count }, (_, index): DemoPathOptions => {
    const srt = index % 10 >= 7
    const type = srt ? 'srtConn' : 'rtspSession'
    return {
      name: `site-${String(1 + Math.floor(index / 50)).padStart(2, '0')}/cam-${String(index).padStart(4, '0')}`,
      confName: '~^site-(.+)$',
      mode: 'dynamic',
      source: type,
      width: 1920,
      height: 1080,
      bitrateBps: random.between(2_000_000, 8_000_000),
      readers: index % 2 === 0 ? [type] : [],
      liveForMs: random.between(3_600_000, 86_400_000),
      rttMs: random.between(8, 45),
    }
  })
}

/** A place's streams: what an operator would find in its names. */
const cameras = ['gate', 'yard', 'ramp', 'fence', 'parking', 'roof', 'dock', 'tower']
const halls = ['cam', 'door', 'aisle', 'exit']
const studios = ['pgm', 'cln', 'cam-1', 'cam-2', 'cam-3', 'multiview']
const fullHd = { width: 1920, height: 1080 } as const

function showcasePaths(seed: string, count: number, minor: number, special: readonly DemoPathOptions[]): readonly DemoPathOptions[] {
  const random = createDemoRandom(seed)
  const names = new Set(special.map((path) => path.name))
  const paths: DemoPathOptions[] = [...special]
  const viewers = (mean: number, ...types: readonly DemoReader[]): readonly DemoReader[] =>
    Array.from({ length: Math.floor(mean * random.between(0, 2) + random.next() * 0.6) }, () => random.pick(types))
  const megabits = (from: number, to: number) => random.between(from * 1e6, to * 1e6)
  const add = (name: string, path: Omit<DemoPathOptions, 'name'>) => {
    if (names.has(name) || paths.length >= count) return
    names.add(name)
    // 8 hours to 12 days, as of something that just runs.
    paths.push({ name, liveForMs: random.between(8 * 3_600_000, 12 * 86_400_000), ...path })
  }
  for (let site = 1; paths.length < count; site++) {
    const letter = String.fromCharCode(96 + site)
    for (const [index, feed] of (site <= 4 ? studios : []).entries()) {
      const isProgramme = index === 0
      const readers = viewers(isProgramme ? 6 : 1, 'srtConn', 'hlsSession', 'webRTCSession')
      const sent = { bitrateBps: isProgramme ? 12_000_000 : 8_000_000, latencyMs: 250, rttMs: random.between(6, 30), record: isProgramme }
      add(`studio-${letter}/${feed}`, { source: index < 2 ? 'srtConn' : 'rtspSession', ...fullHd, ...sent, readers })
    }
    if (minor >= 17 && site <= 3) {
      const sent = { ...fullHd, tracks: 'h264Opus', bitrateBps: 9_000_000, live: site !== 2 } as const
      add(`event/${['main', 'side', 'backup'][site - 1]}`, { mode: 'alwaysAvailable', source: 'srtConn', ...sent, readers: viewers(3, 'hlsSession') })
    }
    for (const side of ['north', 'south', 'east', 'west'])
      for (const kind of cameras) {
        const hevc = random.next() < 0.35
        add(site === 1 ? `${side}/${kind}` : `site-${site}/${side}/${kind}`, {
          mode: random.next() < 0.75 ? 'pulled' : 'publisher',
          tracks: hevc ? 'h265Aac' : random.next() < 0.2 ? 'h264G711' : 'h264',
          width: hevc ? 2560 : 1280,
          height: hevc ? 1440 : 720,
          bitrateBps: megabits(1.2, 5.5),
          readers: viewers(0.9, 'rtspSession', 'rtspSession', 'hlsSession', 'webRTCSession'),
        })
      }
    for (let cam = 1; cam <= 12; cam++) {
      const source = random.next() < 0.6 ? 'srtConn' : 'rtspSession'
      const sent = { bitrateBps: megabits(3, 7), latencyMs: 200, rttMs: random.between(12, 45), readers: viewers(0.7, 'srtConn', 'rtspSession') }
      add(`bridge${site === 1 ? '' : `-${site}`}/cam-${cam}`, { source, mode: 'dynamic', ...fullHd, ...sent })
    }
    for (const kind of halls)
      add(`hall-${site}/${kind}-1`, { source: 'rtmpConn', bitrateBps: megabits(1.5, 3.5), readers: viewers(0.6, 'rtmpConn', 'hlsSession') })
    add(`lobby-${site}/door`, { mode: 'onDemand', source: 'rtspSource', tracks: 'h264', bitrateBps: 1_800_000 })
    const phone = { mode: 'dynamic', tracks: 'h264Opus', bitrateBps: 1_600_000 } as const
    add(`depot/yard-${site}`, { source: 'webRTCSession', ...phone, readers: viewers(0.5, 'webRTCSession') })
  }
  return paths
}

const day = 86_400_000

const camera = { source: 'rtspSession', width: 1280, height: 720, bitrateBps: 2_400_000, liveForMs: 14 * 3_600_000 } as const
/** From so many seconds after the start on, for so many, and again every so many. */
const during = (at: number, lasts: number, again: number | null, trouble: DemoTrouble): DemoScriptEntry => ({
  atMs: at * 1_000,
  trouble: { ...trouble, forMs: lasts * 1_000 } as DemoTrouble,
  ...(again !== null && { everyMs: again * 1_000 }),
})

/** Nine servers as of a broadcaster with sites in three countries: mostly healthy, a few troubles running. */
export function showcase(seed: string): readonly DemoServerOptions[] {
  const place = (
    [name, version, count, ...tags]: readonly [name: string, version: DemoVersion, paths: number, ...tags: string[]],
    more: Partial<DemoServerOptions> = {},
    special: readonly DemoPathOptions[] = [],
    ...script: readonly DemoScriptEntry[]
  ): DemoServerOptions => ({
    ...{ name, version, tags, script, churnEveryMs: 3_500, listens: true },
    paths: showcasePaths(`${seed}/${name}`, count, minorOf(version), special),
    upForMs: 9 * day + name.length * 3_700_000,
    auth: { kind: 'basic', user: 'noc', password: 'demo-watch-me' },
    ...more,
  })
  const srt = { ...camera, source: 'srtConn' } as const
  return [
    place(
      ['Berlin-1', '1.20', 300, 'Berlin', 'live'],
      {},
      [
        { ...srt, name: 'north/gate', readers: Array<DemoReader>(31).fill('rtspSession'), rttMs: 24 },
        { ...camera, name: 'lobby/door', mode: 'pulled', source: 'rtspSource', bitrateBps: 1_900_000, readers: ['rtspSession', 'hlsSession'] },
      ],
      during(12, 36, null, { kind: 'srtLoss', path: 'north/gate' }),
      during(50, 240, 900, { kind: 'publisherGone', path: 'north/gate' }),
      during(20, 600, 1_200, { kind: 'bitrate', path: 'lobby/door', factor: 0.3 }),
    ),
    place(['Berlin-2', '1.20', 260, 'Berlin', 'cameras'], { auth: { kind: 'bearer', user: 'noc', password: 'demo-watch-me' } }, [
      { name: 'event/opening', mode: 'alwaysAvailable', live: false, source: 'srtConn' },
    ]),
    place(['Hamburg-1', '1.17', 210, 'Hamburg', 'cameras']),
    place(
      ['Hamburg-2', '1.20', 200, 'Hamburg', 'live'],
      {},
      [{ ...srt, ...fullHd, name: 'bridge/cam-7', latencyMs: 120, rttMs: 34, bitrateBps: 6_000_000, readers: ['srtConn', 'srtConn', 'hlsSession'] }],
      during(8, 90, 180, { kind: 'srtLoss', path: 'bridge/cam-7' }),
    ),
    place(
      ['Köln', '1.20', 160, 'Köln', 'live'],
      {},
      [
        { ...srt, ...fullHd, name: 'studio-a/pgm', bitrateBps: 12_000_000, readers: Array<DemoReader>(60).fill('hlsSession'), record: true },
        { ...srt, name: 'event/stage', forward: ['rtmp://10.9.0.4/live/demo-key', 'rtmp://127.0.0.1:9/live2#demo-key'], readers: ['hlsSession'] },
        { ...camera, name: 'hall-2/aisle-3', mode: 'pulled', source: 'rtspSource', readers: ['rtspSession'] },
        // Its newest segment is almost over: that the next one is missing is soon seen.
        { ...srt, name: 'studio-b/clean', record: true, liveForMs: 6 * 3_600_000 - 75_000 },
      ],
      during(25, 180, 600, { kind: 'stall', path: 'hall-2/aisle-3' }),
      during(20, 2_400, null, { kind: 'recordingStops', path: 'studio-b/clean' }),
      during(45, 150, 420, { kind: 'forwardFails', path: 'event/stage' }),
      during(150, 240, 1_200, { kind: 'pictureFrozen', path: 'studio-a/pgm' }),
      during(90, 300, 1_500, { kind: 'readerFlood', path: 'studio-a/pgm', readers: 250 }),
    ),
    place(['Wien', '1.15', 142, 'Wien', 'cameras'], {}, [{ ...camera, name: 'depot/yard-3' }], {
      ...{ atMs: 15_000, everyMs: 420_000 },
      trouble: { kind: 'flap', path: 'depot/yard-3', everyMs: 24_000, times: 10 },
    }),
    place(['Zürich', '1.21', 98, 'Zürich'], { auth: { kind: 'jwt', token: 'demo.token.zuerich' } }, [
      { name: 'gate/cam-3', mode: 'dead', source: 'rtspSource', sourceError: 'bad status code: 401 (Unauthorized)' },
    ]),
    place(['Graz', '1.9', 60, 'Graz']),
    place(['Depot-Nord', '1.5', 84, 'Depot'], {}, [], during(40, 600, 900, { kind: 'die' })),
  ]
}

export const machine = {
  cores: 8,
  memoryBytes: 32 * 1024 ** 3,
  diskBytes: 3_840_000_000_000,
  linkMbps: 10_000,
} as const

/** Recordings until this day fill part of the disk; from then on old ones are deleted as new ones come, but slightly slower. */
const epoch = Date.UTC(2026, 0, 1)
const recordedShare = 0.35
const keptShare = 0.04

export interface MachineLoad {
  readonly streams: number
  readonly inBps: number
  readonly outBps: number
  readonly recordBps: number
}
export type MachineFigures = ReturnType<typeof machineFigures>

/** Figures of a server's host by the load that the media server puts on it. Equal loads give equal figures, so that generated history matches current measurements. */
export function machineFigures(load: MachineLoad, at: number) {
  const mediaPercent = 4 + load.streams * 0.25 + (load.inBps * 25 + load.outBps * 45) / 1e9
  const mediaBytes = 90e6 + load.streams * 1.4e6
  const recorded = (((load.recordBps / 8) * (at - epoch)) / 1000) * keptShare
  return {
    mediaPercent,
    mediaBytes,
    /** Percent of all cores. */
    cpuPercent: 2.5 + mediaPercent / machine.cores,
    memoryUsedBytes: 3.2e9 + mediaBytes,
    receivedBps: load.inBps * 1.03,
    udpErrorsPerSecond: 0,
    celsius: 48,
    diskUsedBytes: 210e9 + (load.recordBps > 0 ? machine.diskBytes * recordedShare + (recorded % (machine.diskBytes * 0.3)) : 0),
  }
}

export function machineName(serverName: string): string {
  return `srv-${serverName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()}`
}
