import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasFfmpeg } from '../../tests/fakes/backends.ts'
import { writeFakeFfmpeg } from '../../tests/fakes/fakeFfmpeg.ts'
import { startRtspServer } from '../../tests/fakes/rtspServer.ts'
import { createSystemClock } from '../clock/clock.ts'
import { pictureText, toolProblemText } from '../i18n/pictureText.ts'
import { createMediaClient } from '../media/mediaClient.ts'

// Processes of their own do not live in virtual time: deadlines are generous, and only their order is judged.
const timeoutMs = 30_000
const clock = createSystemClock()
const start = (sandbox: 'off' | null = null) => createMediaClient({ clock, log: { warn: () => {} }, backend: 'ffmpeg', sandbox })
/** For programs that write down what they are and see: in a sandbox nothing can. */
const startInTheOpen = () => start('off')
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-ffmpeg-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Ids of the processes that were started by `parent`, as Linux tells. */
const childrenOf = (parent: number | null): readonly number[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const ppid = / \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'latin1').replace(/^\d+ \(.*\)/, ''))?.[1]
      return Number(ppid) === parent ? [Number(name)] : []
    } catch {
      return []
    }
  })
/** A process that has ended and that nobody has asked about is gone, too. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
async function untilGone(pids: readonly number[]) {
  while (pids.some(isRunning)) await nextTurn()
}
/** The line that a script writes once it runs. */
async function written(file: string): Promise<string> {
  while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n')) await nextTurn()
  return readFileSync(file, 'utf8').trim()
}

describe.runIf(hasFfmpeg && process.platform === 'linux')('the password of a stream', () => {
  it.each(['Basic', 'Digest'])('is in no argument and no environment while ffmpeg reads with it by %s', async (way) => {
    await using media = start()
    const seen: string[] = []
    await using server = await startRtspServer({
      clip: null,
      credentials: 'noc:watch-me',
      digest: way === 'Digest',
      onDescribe: () => {
        for (const pid of childrenOf(media.pid()))
          for (const file of ['cmdline', 'environ']) seen.push(readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' '))
        return 'notFound'
      },
    })
    const url = `rtsp://noc:watch-me@${new URL(server.url).host}/studio/cam?mtxdeck=desk7`
    expect(await media.snapshot({ url, widthPx: 320, timeoutMs })).toEqual({ ok: false, error: { kind: 'notFound' } })
    // It was ffmpeg that was seen, at work; and it was let in.
    expect(seen.some((text) => text.includes('ffmpeg -hide_banner') && text.includes('pipe:0'))).toBe(true)
    const everything = seen.join('\n')
    for (const secret of ['watch-me', btoa('noc:watch-me'), 'studio', 'noc:']) expect(everything).not.toContain(secret)
    // Nothing of this console's own environment that it has no need of.
    expect(everything).not.toMatch(/\b(?:HOME|VITEST|NODE_\w+|UV_\w+|MTXDECK_\w+)=/)
  })
})

describe.skipIf(process.platform === 'win32')('an ffmpeg of this machine', () => {
  const evaluate = async (path: string) => {
    await using media = start()
    const looked = await media.tools(path)
    if (!looked.ok) throw new Error(looked.error.kind)
    return looked.value
  }

  it('is told by its path, its version and what it lacks', async () => {
    const path = join(folder, 'my-ffmpeg')
    writeFakeFfmpeg(path, { '-protocols': ['  pipe', '  tcp'], '-decoders': [' V....D h264  H.264', ' V....D libdav1d  AV1'] })
    const lacks = [
      'protocol tls',
      'protocol http',
      'protocol srt',
      'decoder hevc',
      'decoder vp9',
      'decoder vp8',
      'decoder mpeg4',
      'decoder mpeg2video',
      'decoder mjpeg',
    ]
    expect(await evaluate(path)).toMatchObject({ uses: 'ffmpeg', problem: null, ffmpeg: { path, version: '7.1.1-fake', lacks } })
  })

  const fake = (change: Parameters<typeof writeFakeFfmpeg>[1]): string => {
    writeFakeFfmpeg(join(folder, 'ffmpeg'), change)
    return join(folder, 'ffmpeg')
  }
  const old = (): string => fake({ '-version': ['ffmpeg version 4.4.2-old Copyright', 'libavformat    58. 76.100 / 58. 76.100'] })

  const unusable: readonly (readonly [what: string, path: () => string, words: string])[] = [
    ['has no path from the root', () => 'ffmpeg', 'is not the absolute path of an ffmpeg that works here'],
    ['is missing', () => join(folder, 'ffmpeg'), 'is not the absolute path of an ffmpeg that works here'],
    ['is another program', () => '/bin/sh', 'is not the absolute path of an ffmpeg that works here'],
    ['is too old', old, 'is FFmpeg 4.4.2-old, and 5.0 or newer is needed'],
    ['says nothing', () => fake({ '-version': ['hello'] }), 'is not the absolute path of an ffmpeg that works here'],
    ['cannot read RTSP', () => fake({ '-demuxers': [' D   concat    Concatenation'] }), 'was built without demuxer rtsp'],
  ]
  it.each(unusable)('that %s is not used, and why is said', async (_, path, words) => {
    const named = path()
    const { problem, ...evaluated } = await evaluate(named)
    expect(evaluated).toMatchObject({ uses: null, ffmpeg: null })
    expect(problem && toolProblemText(problem, 'en')).toBe(`"${named}" ${words}.`)
  })
  it('that is missing is said with how to get it, and is used as soon as it is installed', async () => {
    vi.stubEnv('PATH', folder)
    await using media = start()
    await using server = await startRtspServer({ clip: null, onDescribe: () => 'notFound' })
    const still = () => media.snapshot({ url: `${server.url}/x`, widthPx: 320, timeoutMs })
    const install = process.platform === 'darwin' ? 'brew install ffmpeg' : 'apt install ffmpeg'
    const missing = await still()
    expect(missing).toEqual({ ok: false, error: { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install } })
    expect(missing.ok ? '' : pictureText(missing.error, 'en')).toBe(
      `Pictures are not available here. No ffmpeg is on the PATH. Install FFmpeg (${install}), or set its path in Settings › Pictures.`,
    )
    writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `echo 'pipe:0: Server returned 404 Not Found' >&2; exit 1`)
    expect(await still()).toEqual({ ok: false, error: { kind: 'notFound' } })
  })
})

describe.skipIf(process.platform === 'win32')('a still that is being taken', () => {
  const request = () => ({ url: 'rtsp://127.0.0.1:1/x', widthPx: 320, timeoutMs, ffmpeg: join(folder, 'ffmpeg') })
  /** A wrapper around ffmpeg, as some systems have: it and what it started tell their ids, and go on for ever. */
  const writeWrapper = () => writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `sleep 1000 & echo "$$ $!" > '${folder}/pids'; wait`)
  const pidsOf = async () => (await written(join(folder, 'pids'))).split(' ').map(Number)

  it('ends with all that it started when it is called off', async () => {
    writeWrapper()
    await using media = startInTheOpen()
    const abort = new AbortController()
    const taken = media.snapshot(request(), abort.signal)
    const pids = await pidsOf()
    expect(pids.map(isRunning)).toEqual([true, true])
    abort.abort()
    expect(await taken).toEqual({ ok: false, error: { kind: 'cancelled' } })
    await untilGone(pids)
  })

  it('ends with all that it started when it is late', async () => {
    writeWrapper()
    await using media = startInTheOpen()
    // Judged already: the limit is then for the still alone.
    await media.tools(request().ffmpeg)
    expect(await media.snapshot({ ...request(), timeoutMs: 2_000 })).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 2_000 } })
    await untilGone(await pidsOf())
  })

  it('ends with all that it started when the console ends', async () => {
    writeWrapper()
    const media = startInTheOpen()
    const taken = media.snapshot(request())
    const pids = await pidsOf()
    await media[Symbol.asyncDispose]()
    expect(await taken).toEqual({ ok: false, error: { kind: 'cancelled' } })
    await untilGone(pids)
  })

  it.runIf(process.platform === 'linux')('ends though the media process was killed and could end nothing itself', async () => {
    writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `echo "$$" > '${folder}/pids'; exec sleep 1000`)
    await using media = startInTheOpen()
    const taken = media.snapshot(request())
    const pids = await pidsOf()
    process.kill(media.pid() ?? 0, 'SIGKILL')
    expect(await taken).toEqual({ ok: false, error: { kind: 'crashed' } })
    await untilGone(pids)
  })

  it('is given up where more comes out of it than a picture', async () => {
    writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `echo "$$" > '${folder}/pids'; exec cat /dev/zero`)
    await using media = startInTheOpen()
    expect(await media.snapshot(request())).toMatchObject({ ok: false, error: { kind: 'undecodable' } })
    await untilGone(await pidsOf())
  })

  it.runIf(process.platform === 'linux')('runs with little memory and behind everything else', async () => {
    writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `echo "$(ulimit -v) $(ulimit -c) $(nice)" > '${folder}/limits'; exit 1`)
    await using media = startInTheOpen()
    await media.snapshot(request())
    const [memory, core, niceness] = (await written(join(folder, 'limits'))).split(' ').map(Number)
    expect([memory, core]).toEqual([3 * 1024 ** 2, 0])
    expect(niceness).toBeGreaterThanOrEqual(10)
  })

  it('says nothing of what ffmpeg wrote that holds the address', async () => {
    writeFakeFfmpeg(join(folder, 'ffmpeg'), {}, `cat >&2; echo 'pipe:0: rtsp://noc:watch-me@10.0.0.5/x: Connection refused' >&2; exit 1`)
    await using media = start()
    const taken = await media.snapshot({ ...request(), url: 'rtsp://noc:watch-me@127.0.0.1:1/x' })
    expect(taken).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
    expect(JSON.stringify(taken)).not.toContain('watch-me')
  })
})
