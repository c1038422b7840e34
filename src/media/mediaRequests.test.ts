import { describe, expect, it } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import type { ToMedia } from '../shared/media.ts'
import { createMediaRequests } from './mediaRequests.ts'

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
    const told: ToMedia[] = []
    requests.opened((message) => told.push(message))
    return told
  }
  return { clock, requests, open, wanted: () => wanted }
}

describe('requests to the media process', () => {
  it('ask for a process, wait until it is ready, and are told to it once', async () => {
    const { requests, open, wanted } = start()
    const first = requests.snapshot(request)
    expect(wanted()).toBe(1)
    const told = open()
    expect(told).toEqual([{ kind: 'snapshot', id: 1, request: { ...request, userAgent: 'mtxdeck', ffmpeg: '' } }])
    requests.answered({ kind: 'snapshot', id: 1, snapshot })
    expect(await first).toEqual({ ok: true, value: snapshot })
    void requests.snapshot(request)
    expect(told.map((message) => message.id)).toEqual([1, 2])
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
    const told = open()
    expect(told.map((message) => message.id)).toEqual([2])
    requests.answered({ kind: 'snapshot', id: 2, snapshot })
    expect((await waiting).ok).toBe(true)
    // A next one that comes unannounced says as much of the last one.
    const lost = requests.snapshot(request)
    open()
    expect(await lost).toEqual({ ok: false, error: { kind: 'crashed' } })
  })

  it('are answered though the process says nothing, a little after their limit, and are called off there', async () => {
    const { clock, requests, open } = start()
    const told = open()
    const asked = requests.snapshot(request)
    const unheard = createMediaRequests({ clock, want: () => {} }).snapshot(request)
    await clock.advance(2_999)
    expect(told).toHaveLength(1)
    await clock.advance(1)
    expect(await asked).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 1_000 } })
    expect(await unheard).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 1_000 } })
    expect(told.at(-1)).toEqual({ kind: 'cancel', id: 1 })
    const abort = new AbortController()
    const calledOff = requests.snapshot(request, abort.signal)
    abort.abort()
    expect(await calledOff).toEqual({ ok: false, error: { kind: 'cancelled' } })
    expect(told.at(-1)).toEqual({ kind: 'cancel', id: 2 })
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

  it('for what pictures are made with have a limit of their own, and no address to blame for a death', async () => {
    const { clock, requests, open } = start()
    const tools = { uses: null, ffmpeg: null, problem: { kind: 'notOnPath' } as const, install: 'apt install ffmpeg' }
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
