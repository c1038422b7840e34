import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { playbackAddress } from '../../src/shared/recordings.ts'
import { freePort } from '../freePort.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { startPublisher } from './realServer.ts'

/** Nobody plays recordings but the console's user. */
const guarded = `authInternalUsers:
- user: any
  permissions: [{ action: publish }, { action: read }]
- user: noc
  pass: watch-me
  permissions: [{ action: api }, { action: playback }]
`
const segmentMs = 4_000

describe.skipIf(binary === null)('recordings of a real server', () => {
  let lab: Lab
  let publisher: ReturnType<typeof startPublisher>
  let folder: string
  beforeAll(async () => {
    const configuration = `playback: yes
playbackAddress: 127.0.0.1:${await freePort()}
pathDefaults:
  record: yes
  recordPath: ./recordings/%path/%Y-%m-%d_%H-%M-%S-%f
  recordPartDuration: 500ms
  recordSegmentDuration: ${segmentMs / 1_000}s
paths:
  gate:
`
    folder = await mkdtemp(join(tmpdir(), 'mtxdeck-played-'))
    lab = await startLab(configuration, {}, undefined, guarded)
    publisher = startPublisher(lab.clip, lab.rtsp('gate'), 'rtsp', 'tcp')
    await lab.live('gate')
  }, 120_000)
  afterAll(async () => {
    await publisher[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** The starts of what is listed, once there are at least so many. */
  const starts = (least: number): Promise<readonly number[]> =>
    until(`${least} segments are listed`, 150, async () => {
      const { segments } = await lab.client().recordings.lane({ server: 'real', path: 'gate' })
      return segments.length >= least && segments
    })
  const relay = (address: string) => lab.engine().relay(new Request(`http://console${address}`))

  it('are listed as they are written, with nothing missing', async () => {
    await starts(3)
    const { paths } = await lab.client().recordings.list({ server: 'real' })
    expect(paths).toMatchObject([{ path: 'gate', plan: { format: 'fmp4', segmentMs }, sums: { gaps: 0 } }])
  }, 200_000)

  it('are played and downloaded over borders of segments, as long as they were asked for', async () => {
    const [first = 0] = await starts(3)
    for (const download of [false, true]) {
      const answer = await relay(playbackAddress({ server: 'real', path: 'gate', since: first, until: first + 7_000, download }))
      expect(answer.status).toBe(200)
      const file = join(folder, 'piece.mp4')
      await writeFile(file, new Uint8Array(await answer.arrayBuffer()))
      const { stdout } = await promisify(execFile)('ffprobe', [
        '-v',
        'error',
        '-count_frames',
        '-show_entries',
        'stream=codec_name,nb_read_frames',
        '-of',
        'json',
        file,
      ])
      const { streams } = JSON.parse(stdout) as { readonly streams: readonly { readonly codec_name: string; readonly nb_read_frames: string }[] }
      const video = streams.find((one) => one.codec_name === 'h264')
      // 25 a second; it may begin at the key frame before.
      expect(Number(video?.nb_read_frames)).toBeGreaterThan(5 * 25)
      expect(Number(video?.nb_read_frames)).toBeLessThan(9 * 25)
    }
    const answer = await relay(playbackAddress({ server: 'real', path: 'gate', since: first - 3_600_000, until: first - 3_599_000, download: false }))
    expect([answer.status, await answer.json()]).toMatchObject([404, { why: { kind: 'nothingRecorded' } }])
  }, 200_000)

  it('are deleted as they were named, and can not be played then', async () => {
    const [first = 0] = await starts(3)
    const client = lab.client()
    // Its clock is measured anew with each answer, so the same start is told a little otherwise.
    const { segments } = await client.recordings.deletable({ server: 'real', path: 'gate', since: first - segmentMs / 2, until: first + segmentMs / 2 })
    expect(segments).toHaveLength(1)
    expect(await client.recordings.delete({ server: 'real', path: 'gate', segments, reason: 'a test' })).toMatchObject({ deleted: 1, failed: 0 })
    const answer = await relay(playbackAddress({ server: 'real', path: 'gate', since: first, until: first + 1_000, download: false }))
    expect(answer.status).toBe(404)
  }, 200_000)
})

interface Told {
  readonly start: string
  readonly duration: number
}
/** Start and length of each file, ms. */
async function probed(folder: string): Promise<readonly (readonly [start: number, ms: number])[]> {
  const files = (await readdir(folder)).sort()
  return Promise.all(
    files.map(async (file) => {
      const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', join(folder, file)])
      const [, day = '', hour, minute, second, micros = ''] = /^(\S+)_(\d+)-(\d+)-(\d+)-(\d+)\.mp4$/.exec(file) ?? []
      return [new Date(`${day}T${hour}:${minute}:${second}.${micros.slice(0, 3)}`).getTime(), Number(stdout) * 1_000] as const
    }),
  )
}

describe.skipIf(binary === null).each([true, false])('a gap in recordings of a real server (playback: %s)', (isPlayed) => {
  let lab: Lab
  let publisher: ReturnType<typeof startPublisher>
  let folder: string
  let playback: number
  beforeAll(async () => {
    playback = await freePort()
    folder = await mkdtemp(join(tmpdir(), 'mtxdeck-recorded-'))
    lab = await startLab(`playback: ${isPlayed}
playbackAddress: 127.0.0.1:${playback}
paths:
  gate:
    record: yes
    recordPath: ${folder}/%path/%Y-%m-%d_%H-%M-%S-%f
    recordSegmentDuration: 20s
`)
    publisher = startPublisher(lab.clip, lab.rtsp('gate'), 'rtsp', 'tcp')
    await lab.live('gate')
  }, 120_000)
  afterAll(async () => {
    await publisher[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('is as long as its files and its playback server say, and unknown where nothing says it', async () => {
    // A whole segment, and a few seconds of the next.
    await sleep(27_000)
    await lab.server.ask('PATCH', '/v3/config/paths/patch/gate', { record: false })
    await sleep(45_000)
    await lab.server.ask('PATCH', '/v3/config/paths/patch/gate', { record: true })
    const resumedAt = Date.now()
    // The console has to read the configuration again, and what is recorded after the gap.
    const { pieces, sums, readAt } = await until('what was recorded since', 400, async () => {
      const lane = await lab.client().recordings.lane({ server: 'real', path: 'gate' })
      await sleep(2_000)
      return lane.plan !== null && (lane.readAt ?? 0) > resumedAt + 25_000 && lane
    })
    const files = await probed(join(folder, 'gate'))
    const holes = files.flatMap(([start, ms], index) => {
      const next = files[index + 1]?.[0]
      return next !== undefined && next - start - ms > 5_000 ? [{ from: start + ms, to: next }] : []
    })
    const [hole = { from: 0, to: 0 }] = holes
    expect(holes).toHaveLength(1)
    const gaps = pieces.filter(({ is }) => is === 'gap')
    const isNear = (a: number | undefined, b: number, within = 1_500) => expect(Math.abs((a ?? 0) - b)).toBeLessThan(within)
    console.log(`${lab.server.version} playback ${isPlayed}: hole of files ${(hole.to - hole.from) / 1_000} s, shown ${JSON.stringify(sums)}`)
    if (isPlayed) {
      const told = (await (await fetch(`http://127.0.0.1:${playback}/list?path=gate`)).json()) as readonly Told[]
      expect(told).toHaveLength(2)
      expect(gaps).toHaveLength(1)
      const [before = { start: '', duration: 0 }, after = before] = told
      isNear(gaps[0]?.from, Date.parse(before.start) + before.duration * 1_000)
      isNear(gaps[0]?.to, Date.parse(after.start))
      isNear(gaps[0]?.from, hole.from)
      isNear(gaps[0]?.to, hole.to)
      isNear(sums.recordedMs, before.duration * 1_000 + (readAt ?? 0) - Date.parse(after.start), 4_000)
      expect(sums.unknownMs).toBeLessThan(1_000)
    } else {
      // No more is told to be missing than is, and none of it to be recorded.
      expect(sums.gapMs).toBeLessThanOrEqual(hole.to - hole.from + 1_500)
      expect(pieces.some(({ from, to, is }) => is === 'recorded' && from < hole.to - 1_500 && to > hole.from + 1_500)).toBe(false)
      expect(sums.unknownMs).toBeGreaterThan(15_000)
    }
  }, 600_000)
})
