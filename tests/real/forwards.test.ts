import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../freePort.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { type Publisher, type RealServer, startPublisher, startRealServer } from './realServer.ts'

const key = 'live-stream-key-4711'

describe.skipIf(binary === null).each(['with metrics', 'by its API alone'])('a real MediaMTX that forwards, %s', (way) => {
  let other: RealServer
  let lab: Lab
  let publisher: Publisher
  let knowsForwards = false
  beforeAll(async () => {
    other = await startRealServer(binary ?? '', 'paths:\n  all_others:\n')
    knowsForwards = other.isAtLeast('1.20.0')
    if (!knowsForwards) return
    const [dead, metrics] = await Promise.all([freePort(), freePort()])
    lab = await startLab(
      `${way === 'with metrics' ? `metrics: yes\nmetricsAddress: 127.0.0.1:${metrics}\n` : ''}paths:
  pgm:
    source: publisher
    forward:
      - dest: rtsp://127.0.0.1:${other.ports.rtsp}/mirror
      - dest: rtmp://127.0.0.1:${dead}/live/${key}
`,
    )
    publisher = startPublisher(lab.clip, lab.rtsp('pgm'), 'rtsp', 'tcp')
    await lab.live('pgm')
  })
  afterAll(async () => {
    await publisher?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
    await other?.[Symbol.asyncDispose]()
  })
  const forwards = async () => (await lab.stream('pgm'))?.forwards ?? []

  it('says which destination gets it and which fails, why, and when each of these ends', async ({ skip }) => {
    skip(!knowsForwards, 'this version forwards nothing')
    const since = Date.now()
    await until('one is sent to, the other fails', 20, async () => {
      const [good, bad] = await forwards()
      return good?.state === 'forwarding' && (good.bitrateBps ?? 0) > 50_000 && bad?.state === 'failing' && bad.lastError !== null
    })
    const [good, bad] = await forwards()
    expect(good).toMatchObject({ position: 1, protocol: 'rtsp', address: expect.stringContaining('/mirror'), lastError: null })
    expect(bad).toMatchObject({ position: 2, protocol: 'rtmp', address: expect.stringMatching(/^rtmp:\/\/127\.0\.0\.1:\d+\/\*\*\*$/) })
    expect(bad?.lastError).toMatch(/refused/)
    expect(JSON.stringify(await lab.client().streams.forwards({ serverId: lab.serverId() }))).not.toContain(key)

    await other.stop('SIGKILL')
    await until('the first one fails too', 30, async () => (await forwards())[0]?.state === 'failing')
    await other.start()
    await until('and is sent to again', 30, async () => (await forwards())[0]?.state === 'forwarding')
    const texts = (await lab.events(since, 'pgm')).filter(({ kind }) => kind.startsWith('forward')).map(({ kind }) => kind)
    expect(texts.filter((kind) => kind === 'forwardRecovered')).toHaveLength(1)
    // The one that nobody ever took is an alarm, and nothing else.
    expect((await lab.client().fleet.troubles()).filter(({ rule }) => rule !== 'forwardFailing')).toEqual([])

    await publisher[Symbol.asyncDispose]()
    await until('both wait', 20, async () => (await forwards()).every(({ state }) => state === 'waiting'))
  })
})
