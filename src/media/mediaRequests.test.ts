import { describe, expect, it } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import type { MediaError, ToMedia } from '../shared/media.ts'
import { ok } from '../shared/result.ts'
import { createMediaRequests } from './mediaClient.ts'
import { createPacketMeter } from './packetMeter.ts'

const request = { url: 'rtsp://127.0.0.1/x', widthPx: 160, timeoutMs: 1_000 }
const snapshot = { jpeg: Uint8Array.of(1), widthPx: 160, heightPx: 90, codec: 'h264', bytesRead: 1000, tookMs: 1 }
function start() {
  const clock = createTestClock()
  let wanted = 0
  const requests = createMediaRequests({
    clock,
    want: () => {
      wanted++
    },
  })
  /** A process that is ready; what it was told. */
  const open = () => {
    const posted: ToMedia[] = []
    requests.opened((message) => posted.push(message))
    return posted
  }
  return { clock, requests, open, wanted: () => wanted }
}

describe('requests to the media process', () => {
  it('ask for a process, wait until it is ready, and are told to it once', async () => {
    const { requests, open, wanted } = start()
    const first = requests.snapshot(request)
    expect(wanted()).toBe(1)
    const posted = open()
    expect(posted).toEqual([{ kind: 'snapshot', id: 1, request: { ...request, userAgent: 'mtxdeck', ffmpeg: '' } }])
    requests.answered({ kind: 'snapshot', id: 1, snapshot })
    expect(await first).toEqual({ ok: true, value: snapshot })
    void requests.snapshot(request)
    expect(posted.map((message) => message.id)).toEqual([1, 2])
    expect(wanted()).toBe(1)
    // A second answer, or one to a question that nobody asked, is none.
    requests.answered({ kind: 'failed', id: 1, error: { kind: 'noVideo' } })
    requests.answered({ kind: 'failed', id: 7, error: { kind: 'noVideo' } })
  })

  it('that a dead process was asked answer so, and those that wait go on to the next one', async () => {
    const { requests, open } = start()
    open()
    const asked = requests.snapshot(request)
    requests.died()
    expect(await asked).toEqual({ ok: false, error: { kind: 'crashed' } })
    const waiting = requests.snapshot({ ...request, url: 'rtsp://127.0.0.1/y' })
    requests.died()
    const posted = open()
    expect(posted.map((message) => message.id)).toEqual([2])
    requests.answered({ kind: 'snapshot', id: 2, snapshot })
    expect((await waiting).ok).toBe(true)
    // A next one that comes unannounced says as much of the last one.
    const lost = requests.snapshot(request)
    open()
    expect(await lost).toEqual({ ok: false, error: { kind: 'crashed' } })
  })

  it('are answered though the process says nothing, a little after their limit, and are called off there', async () => {
    const { clock, requests, open } = start()
    const posted = open()
    const asked = requests.snapshot(request)
    await clock.advance(2_999)
    expect(posted).toHaveLength(1)
    await clock.advance(1)
    expect(await asked).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 1_000 } })
    expect(posted.at(-1)).toEqual({ kind: 'cancel', id: 1 })
    const abort = new AbortController()
    const calledOff = requests.snapshot(request, abort.signal)
    abort.abort()
    expect(await calledOff).toEqual({ ok: false, error: { kind: 'cancelled' } })
    expect(posted.at(-1)).toEqual({ kind: 'cancel', id: 2 })
  })

  it('have their whole limit from when a process is ready: a slow start of ours is no slow server, and waits for 30 s at most', async () => {
    const { clock, requests, open } = start()
    const asked = requests.snapshot(request)
    await clock.advance(29_000)
    open()
    await clock.advance(2_999)
    requests.answered({ kind: 'snapshot', id: 1, snapshot })
    expect((await asked).ok).toBe(true)
    const unheard = createMediaRequests({ clock, want: () => {} }).snapshot(request)
    await clock.advance(30_000)
    expect(await unheard).toEqual({ ok: false, error: { kind: 'crashed' } })
  })

  it('for an address on which three processes died are refused for ten minutes; a picture of it clears its name', async () => {
    const { clock, requests, open } = start()
    const die = async () => {
      open()
      const asked = requests.snapshot(request)
      requests.died()
      expect(await asked).toEqual({ ok: false, error: { kind: 'crashed' } })
    }
    await die()
    await die()
    open()
    const good = requests.snapshot(request)
    requests.answered({ kind: 'snapshot', id: 3, snapshot })
    await good
    for (let i = 0; i < 3; i++) await die()
    expect(await requests.snapshot(request)).toEqual({ ok: false, error: { kind: 'setAside', untilMs: clock.now() + 600_000 } })
    await clock.advance(600_000)
    open()
    const again = requests.snapshot(request)
    requests.settleAll({ kind: 'unavailable', because: 'keepsEnding' })
    expect(await again).toEqual({ ok: false, error: { kind: 'unavailable', because: 'keepsEnding' } })
  })

  it('wait for the next process where one makes room for it, and none is blamed', async () => {
    const { requests, open } = start()
    const asked = requests.tools('')
    expect(open()).toHaveLength(1)
    requests.renewed()
    const late = requests.tools('/opt/ffmpeg')
    // Both are sent to the next one, in the order in which they were asked.
    expect(open().map((message) => message.kind === 'tools' && message.ffmpeg)).toEqual(['', '/opt/ffmpeg'])
    const tools = { uses: null, ffmpeg: null, problem: null, install: '', sandbox: 'bwrap' as const }
    for (const id of [1, 2]) requests.answered({ kind: 'tools', id, tools })
    expect([await asked, await late]).toEqual([ok(tools), ok(tools)])
  })

  it('for what pictures are made with have a limit of their own, and no address to blame for a death', async () => {
    const { clock, requests, open } = start()
    const tools = { uses: null, ffmpeg: null, problem: { kind: 'notOnPath' } as const, install: 'apt install ffmpeg', sandbox: 'bwrap' as const }
    const asked = requests.tools('/opt/ffmpeg')
    expect(open()).toEqual([{ kind: 'tools', id: 1, ffmpeg: '/opt/ffmpeg' }])
    // An answer to another question is none.
    requests.answered({ kind: 'snapshot', id: 1, snapshot })
    requests.answered({ kind: 'tools', id: 1, tools })
    expect(await asked).toEqual({ ok: true, value: tools })
    for (let i = 0; i < 4; i++) {
      open()
      const lost = requests.tools('')
      requests.died()
      expect(await lost).toEqual({ ok: false, error: { kind: 'crashed' } })
    }
    open()
    const unheard = requests.tools('')
    await clock.advance(17_000)
    expect(await unheard).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 15_000 } })
  })
})

describe('probes', () => {
  const inTurns = { url: 'rtsp://127.0.0.1/x', answerMs: 5_000, checkMs: 6_000, isContinuous: false }
  const meter = createPacketMeter({ video: null, audio: null, tellsCorrupt: false }, { dnsMs: null, connectMs: null, answers: true, answeredMs: 10 })
  const reading = { ...meter.take(6_000), content: null, hls: null, ts: null, canary: null, srt: null }
  const begin = (requests: ReturnType<typeof start>['requests'], request = inTurns, signal?: AbortSignal) => {
    let readings = 0
    const ended = requests.probe(request, () => readings++, signal)
    return { ended, readings: () => readings }
  }

  it('in turns end with their one reading', async () => {
    const { requests, open, clock } = start()
    const posted = open()
    const probe = begin(requests)
    expect(posted).toEqual([
      {
        kind: 'probe',
        id: 1,
        request: {
          ...inTurns,
          userAgent: 'mtxdeck',
          ffmpeg: '',
          content: null,
          gate: null,
          transport: false,
          canary: false,
          wantsPicture: false,
          awaitsGroup: false,
        },
      },
    ])
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    expect(await probe.ended).toBeNull()
    expect(probe.readings()).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  it('that are called off by whoever is given a reading leave no deadline behind', async () => {
    const { requests, open, clock } = start()
    open()
    const stop = new AbortController()
    const ended = requests.probe({ ...inTurns, isContinuous: true }, () => stop.abort(), stop.signal)
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    expect(await ended).toEqual({ kind: 'cancelled' })
    expect(clock.pending()).toBe(0)
  })

  it('of what is published go on for as long as it is said that something was sent', async () => {
    const { requests, open, clock } = start()
    const posted = open()
    const sent: number[] = []
    const ended = requests.publish({ url: 'rtsp://127.0.0.1/x', protocol: 'rtsp', answerMs: 5_000 }, ({ pictures }) => sent.push(pictures))
    expect(posted).toEqual([{ kind: 'publish', id: 1, request: { url: 'rtsp://127.0.0.1/x', protocol: 'rtsp', bearer: null, answerMs: 5_000 } }])
    for (const pictures of [50, 49]) {
      await clock.advance(4_000)
      requests.answered({ kind: 'published', id: 1, sent: { pictures, skipped: 0 } })
    }
    await clock.advance(8_000)
    expect([await ended, sent]).toEqual([{ kind: 'timedOut', limitMs: 5_000 }, [50, 49]])
    expect(clock.pending()).toBe(0)
  })

  it('that are continuous go on for as long as readings come in time, until they fail', async () => {
    const { clock, requests, open } = start()
    open()
    const probe = begin(requests, { ...inTurns, isContinuous: true })
    for (let n = 0; n < 10; n++) {
      await clock.advance(15_000)
      requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    }
    expect(probe.readings()).toBe(10)
    requests.answered({ kind: 'failed', id: 1, error: { kind: 'notFound' } })
    expect(await probe.ended).toEqual({ kind: 'notFound' })
    expect(clock.pending()).toBe(0)
  })

  it('without a reading in time are given up, and the process is told', async () => {
    const { clock, requests, open } = start()
    const posted = open()
    const probe = begin(requests, { ...inTurns, isContinuous: true })
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    await clock.advance(18_999)
    expect(posted).toHaveLength(1)
    await clock.advance(1)
    expect(await probe.ended).toEqual({ kind: 'timedOut', limitMs: 17_000 })
    expect(posted.at(-1)).toEqual({ kind: 'cancel', id: 1 })
  })

  it('that the process starts over have their whole time again, once', async () => {
    const { clock, requests, open } = start()
    open()
    const probe = begin(requests)
    await clock.advance(18_000)
    requests.answered({ kind: 'startedOver', id: 1 })
    await clock.advance(18_000)
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    expect(await probe.ended).toBeNull()
    const hung = begin(requests)
    requests.answered({ kind: 'startedOver', id: 2 })
    await clock.advance(18_000)
    requests.answered({ kind: 'startedOver', id: 2 })
    await clock.advance(1_000)
    expect(await hung.ended).toEqual({ kind: 'timedOut', limitMs: 17_000 })
    expect(clock.pending()).toBe(0)
  })

  it('can be called off, before they are sent and while they are read', async () => {
    const { requests, open } = start()
    expect(await begin(requests, inTurns, AbortSignal.abort()).ended).toEqual({ kind: 'cancelled' })
    const posted = open()
    const abort = new AbortController()
    const probe = begin(requests, { ...inTurns, isContinuous: true }, abort.signal)
    requests.answered({ kind: 'probed', id: 1, reading, evidence: null })
    abort.abort()
    expect(await probe.ended).toEqual({ kind: 'cancelled' })
    expect(posted.at(-1)).toEqual({ kind: 'cancel', id: 1 })
  })

  it('of a process that dies have crashed; only the address that kills it is set aside, however many are open with it', async () => {
    const { requests, open } = start()
    const continuous = { ...inTurns, isContinuous: true }
    const others = ['rtsp://127.0.0.1/a', 'rtsp://127.0.0.1/b'].map((url) => ({ ...continuous, url }))
    // They were read before the new one comes.
    const posted = open()
    let opened = others.map((other) => begin(requests, other))
    for (const { id } of posted) requests.answered({ kind: 'probed', id, reading, evidence: null })
    const kinds: (MediaError['kind'] | undefined)[] = []
    for (let n = 0; n < 3; n++) {
      const deadly = begin(requests, inTurns)
      requests.died()
      expect(await deadly.ended).toEqual({ kind: 'crashed' })
      for (const { ended } of opened) kinds.push((await ended)?.kind)
      // No other one has been read again when it dies again.
      open()
      opened = others.map((other) => begin(requests, other))
    }
    expect(kinds).toEqual(Array(6).fill('crashed'))
    expect(await begin(requests, inTurns).ended).toMatchObject({ kind: 'setAside' })
    requests.settleAll({ kind: 'cancelled' })
    for (const { ended } of opened) expect(await ended).toEqual({ kind: 'cancelled' })
  })

  it('that are answered by something of another kind prove nothing of their address: each that was open is blamed', async () => {
    const { requests, open } = start()
    const two = ['rtsp://127.0.0.1/a', 'rtsp://127.0.0.1/b'].map((url) => ({ ...inTurns, url }))
    for (let n = 0; n < 3; n++) {
      const posted = open()
      const opened = two.map((one) => begin(requests, one))
      requests.answered({ kind: 'published', id: posted[0]?.id ?? 0, sent: { pictures: 1, skipped: 0 } })
      requests.died()
      for (const { ended } of opened) expect(await ended).toEqual({ kind: 'crashed' })
    }
    for (const one of two) expect(await begin(requests, one).ended).toMatchObject({ kind: 'setAside' })
  })

  it('of a form that is none are refused', async () => {
    const { requests, wanted } = start()
    expect(await begin(requests, { ...inTurns, checkMs: 1 }).ended).toEqual({ kind: 'refusedAddress', because: 'otherForm' })
    expect(wanted()).toBe(0)
  })
})
