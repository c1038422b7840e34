import type { DemoPathOptions, DemoReader, DemoScriptEntry, DemoServerOptions, DemoTracks } from './demoOptions.ts'
import { createDemoRandom, type DemoRandom } from './demoRandom.ts'

/** One path of every kind and every source that a version knows: what the recorded servers had, and more. */
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
    { name: 'multicast', mode: 'pulled', source: 'mpegtsSource', tracks: 'mpegTwo', bitrateBps: 6_000_000 },
    ...(minor >= 14 ? [{ name: 'rtp', mode: 'pulled', source: 'rtpSource', tracks: 'lpcm', bitrateBps: 1_500_000 } as const] : []),
    { name: 'pi', mode: 'pulled', source: 'rpiCameraSource', tracks: 'h264', bitrateBps: 5_000_000 },
    { name: 'old-camera', tracks: 'mjpeg', bitrateBps: 8_000_000 },
    { name: 'phone', tracks: 'h264G711', bitrateBps: 700_000 },
    { name: 'studio/vp8', source: 'webRTCSession', tracks: 'vp8Opus', bitrateBps: 900_000 },
    { name: 'radio', tracks: 'flac', bitrateBps: 900_000 },
    { name: 'ondemand', mode: 'onDemand', source: 'rtspSource', bitrateBps: 900_000 },
    { name: 'dead', mode: 'dead', source: 'rtspSource' },
    { name: 'idle', live: false },
    ...(minor >= 17 ? [{ name: 'slate', mode: 'alwaysAvailable', live: false } as const] : []),
    ...(minor >= 17 ? [{ name: 'secure/rtmps', source: 'rtmpsConn', readers: ['rtmpsConn'] } as const] : []),
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
const rooms: Readonly<Record<string, readonly string[]>> = {
  cameras: ['gate', 'yard', 'ramp', 'fence', 'parking', 'roof', 'dock', 'tower'],
  halls: ['cam', 'door', 'aisle', 'exit'],
  studios: ['pgm', 'cln', 'cam-1', 'cam-2', 'cam-3', 'multiview'],
}
const compass = ['north', 'south', 'east', 'west'] as const

function showcasePaths(seed: string, count: number, minor: number, special: readonly DemoPathOptions[]): readonly DemoPathOptions[] {
  const random = createDemoRandom(seed)
  const names = new Set(special.map((path) => path.name))
  const paths: DemoPathOptions[] = [...special]
  const viewers = (mean: number, types: readonly DemoReader[]): readonly DemoReader[] =>
    Array.from({ length: Math.floor(mean * random.between(0, 2) + random.next() * 0.6) }, () => random.pick(types))
  const add = (path: DemoPathOptions) => {
    if (names.has(path.name) || paths.length >= count) return
    names.add(path.name)
    // 8 hours to 12 days, as of something that just runs.
    paths.push({ liveForMs: random.between(8 * 3_600_000, 12 * 86_400_000), ...path })
  }
  for (let site = 1; paths.length < count; site++) {
    const letter = String.fromCharCode(96 + site)
    for (const [index, feed] of (rooms.studios ?? []).entries())
      if (site <= 4)
        add({
          name: `studio-${letter}/${feed}`,
          source: index < 2 ? 'srtConn' : 'rtspSession',
          width: 1920,
          height: 1080,
          bitrateBps: index === 0 ? 12_000_000 : 8_000_000,
          latencyMs: 250,
          rttMs: random.between(6, 30),
          readers: viewers(index === 0 ? 6 : 1, ['srtConn', 'hlsSession', 'webRTCSession']),
          record: index === 0,
        })
    if (minor >= 17 && site <= 3)
      add({
        name: `event/${['main', 'side', 'backup'][site - 1]}`,
        mode: 'alwaysAvailable',
        source: 'srtConn',
        width: 1920,
        height: 1080,
        tracks: 'h264Opus',
        bitrateBps: 9_000_000,
        live: site !== 2,
        readers: viewers(3, ['hlsSession']),
      })
    for (const side of compass)
      for (const kind of rooms.cameras ?? []) {
        const hevc = random.next() < 0.35
        add({
          name: site === 1 ? `${side}/${kind}` : `site-${site}/${side}/${kind}`,
          mode: random.next() < 0.55 ? 'pulled' : 'publisher',
          ...(random.next() < 0.5 ? {} : { source: 'rtspSource' as const, mode: 'pulled' as const }),
          tracks: hevc ? 'h265Aac' : random.next() < 0.2 ? 'h264G711' : ('h264' satisfies DemoTracks),
          width: hevc ? 2560 : 1280,
          height: hevc ? 1440 : 720,
          bitrateBps: random.between(1_200_000, 5_500_000),
          readers: viewers(0.9, ['rtspSession', 'rtspSession', 'hlsSession', 'webRTCSession']),
        })
      }
    for (let cam = 1; cam <= 12; cam++)
      add({
        name: `bridge${site === 1 ? '' : `-${site}`}/cam-${cam}`,
        source: random.next() < 0.6 ? 'srtConn' : 'rtspSession',
        mode: 'dynamic',
        width: 1920,
        height: 1080,
        bitrateBps: random.between(3_000_000, 7_000_000),
        latencyMs: 200,
        rttMs: random.between(12, 45),
        readers: viewers(0.7, ['srtConn', 'rtspSession']),
      })
    for (const kind of rooms.halls ?? [])
      add({
        name: `hall-${site}/${kind}-1`,
        source: 'rtmpConn',
        width: 1280,
        height: 720,
        bitrateBps: random.between(1_500_000, 3_500_000),
        readers: viewers(0.6, ['rtmpConn', 'hlsSession']),
      })
    add({ name: `lobby-${site}/door`, mode: 'onDemand', source: 'rtspSource', tracks: 'h264', bitrateBps: 1_800_000 })
    add({
      name: `depot/yard-${site}`,
      source: 'webRTCSession',
      mode: 'dynamic',
      tracks: 'h264Opus',
      bitrateBps: 1_600_000,
      readers: viewers(0.5, ['webRTCSession']),
    })
  }
  return paths
}

const day = 86_400_000

/** Nine servers as of a broadcaster with sites in three countries: mostly healthy, a few troubles running. */
export function showcase(seed: string): readonly DemoServerOptions[] {
  const place = (
    name: string,
    version: NonNullable<DemoServerOptions['version']>,
    count: number,
    more: Partial<DemoServerOptions>,
    special: readonly DemoPathOptions[] = [],
    script: readonly DemoScriptEntry[] = [],
  ): DemoServerOptions => ({
    name,
    version,
    paths: showcasePaths(`${seed}/${name}`, count, Number(version.slice(2)), special),
    upForMs: 9 * day + name.length * 3_700_000,
    churnEveryMs: 3_500,
    auth: { kind: 'basic', user: 'noc', password: 'demo-watch-me' },
    tags: [name.split('-')[0] ?? name],
    script,
    listens: true,
    ...more,
  })
  const camera: Partial<DemoPathOptions> = { source: 'rtspSession', width: 1280, height: 720, bitrateBps: 2_400_000, liveForMs: 14 * 3_600_000 }
  return [
    place(
      'Berlin-1',
      '1.20',
      300,
      { tags: ['Berlin', 'live'] },
      [
        { ...camera, name: 'north/gate', source: 'srtConn', readers: Array<DemoReader>(31).fill('rtspSession'), rttMs: 24 },
        { ...camera, name: 'lobby/door', mode: 'pulled', source: 'rtspSource', bitrateBps: 1_900_000, readers: ['rtspSession', 'hlsSession'] },
      ],
      [
        { atMs: 12_000, trouble: { kind: 'srtLoss', path: 'north/gate', forMs: 36_000 } },
        { atMs: 50_000, trouble: { kind: 'publisherGone', path: 'north/gate', forMs: 240_000 }, everyMs: 900_000 },
        { atMs: 20_000, trouble: { kind: 'bitrate', path: 'lobby/door', factor: 0.3, forMs: 600_000 }, everyMs: 1_200_000 },
      ],
    ),
    place('Berlin-2', '1.20', 260, { auth: { kind: 'bearer', user: 'noc', password: 'demo-watch-me' }, tags: ['Berlin', 'cameras'] }, [
      { name: 'event/opening', mode: 'alwaysAvailable', live: false, source: 'srtConn' },
    ]),
    place('Hamburg-1', '1.17', 210, { tls: true, tags: ['Hamburg', 'cameras'] }),
    place(
      'Hamburg-2',
      '1.20',
      200,
      { tags: ['Hamburg', 'live'] },
      [
        {
          ...camera,
          name: 'bridge/cam-7',
          source: 'srtConn',
          latencyMs: 120,
          rttMs: 34,
          bitrateBps: 6_000_000,
          width: 1920,
          height: 1080,
          readers: ['srtConn', 'srtConn', 'hlsSession'],
        },
      ],
      [{ atMs: 8_000, trouble: { kind: 'srtLoss', path: 'bridge/cam-7', forMs: 90_000 }, everyMs: 180_000 }],
    ),
    place(
      'Köln',
      '1.20',
      160,
      { tags: ['Köln', 'live'] },
      [
        {
          ...camera,
          name: 'studio-a/pgm',
          source: 'srtConn',
          bitrateBps: 12_000_000,
          width: 1920,
          height: 1080,
          readers: Array<DemoReader>(60).fill('hlsSession'),
          record: true,
        },
        {
          ...camera,
          name: 'event/stage',
          source: 'srtConn',
          forward: ['rtmp://10.9.0.4/live/demo-key', 'rtmp://127.0.0.1:9/live2#demo-key'],
          readers: ['hlsSession'],
        },
        { ...camera, name: 'hall-2/aisle-3', mode: 'pulled', source: 'rtspSource', readers: ['rtspSession'] },
        // Its newest segment is almost over: that the next one is missing is soon seen.
        { ...camera, name: 'studio-b/clean', source: 'srtConn', record: true, liveForMs: 6 * 3_600_000 - 75_000 },
      ],
      [
        { atMs: 25_000, trouble: { kind: 'stall', path: 'hall-2/aisle-3', forMs: 180_000 }, everyMs: 600_000 },
        { atMs: 20_000, trouble: { kind: 'recordingStops', path: 'studio-b/clean', forMs: 2_400_000 } },
        { atMs: 45_000, trouble: { kind: 'forwardFails', path: 'event/stage', forMs: 150_000 }, everyMs: 420_000 },
        { atMs: 150_000, trouble: { kind: 'pictureFrozen', path: 'studio-a/pgm', forMs: 240_000 }, everyMs: 1_200_000 },
        { atMs: 90_000, trouble: { kind: 'readerFlood', path: 'studio-a/pgm', readers: 250, forMs: 300_000 }, everyMs: 1_500_000 },
      ],
    ),
    place(
      'Wien',
      '1.15',
      142,
      { tags: ['Wien', 'cameras'] },
      [{ ...camera, name: 'depot/yard-3', source: 'rtspSession' }],
      [{ atMs: 15_000, trouble: { kind: 'flap', path: 'depot/yard-3', everyMs: 24_000, times: 10 }, everyMs: 420_000 }],
    ),
    place('Zürich', '1.21', 98, { auth: { kind: 'jwt', token: 'demo.token.zuerich' }, tags: ['Zürich'] }, [
      { name: 'gate/cam-3', mode: 'dead', source: 'rtspSource', sourceError: 'bad status code: 401 (Unauthorized)' },
    ]),
    place('Graz', '1.9', 60, { tags: ['Graz'] }),
    place('Depot-Nord', '1.5', 84, { tags: ['Depot'] }, [], [{ atMs: 40_000, trouble: { kind: 'die', forMs: 600_000 }, everyMs: 900_000 }]),
  ]
}
