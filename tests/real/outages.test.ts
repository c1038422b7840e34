import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeckEvent } from '../../src/shared/events.ts'
import { pathOf } from '../../src/shared/subjectNames.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const cameras = Array.from({ length: 8 }, (_, nth) => `cam${nth}`)

/** Whether what an event says of a duration is true of `realMs`; events without one say nothing wrong. */
const lastedAsSaid = ({ facts }: DeckEvent, realMs: number, toleranceMs: number) =>
  typeof facts.minMs !== 'number' || typeof facts.maxMs !== 'number' || (facts.minMs <= realMs + toleranceMs && facts.maxMs >= realMs - toleranceMs)

describe.skipIf(binary === null)('a real MediaMTX with eight cameras that is silent, dies or is restarted', () => {
  let lab: Lab
  let seven: Publisher
  let eighth: Publisher
  const allLive = () => Promise.all(cameras.map((path) => lab.live(path)))
  const publish = (paths: readonly string[]) => startPublisher(lab.clip, paths.map(lab.rtsp), 'rtsp', 'tcp')

  beforeAll(async () => {
    lab = await startLab(`paths:\n${cameras.map((path) => `  ${path}:\n    source: publisher\n`).join('')}`, { videoKbps: 150 })
    seven = publish(cameras.slice(0, 7))
    eighth = publish(cameras.slice(7))
    await allLive()
  })
  afterAll(async () => {
    await seven?.[Symbol.asyncDispose]()
    await eighth?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('frozen for 6.5 s right after an answer: no stream is stalled or gone, and durations are those of the outage', async () => {
    await using stack = new AsyncDisposableStack()
    const watch = stack.use(lab.watchTroubles())
    await lab.nextAnswer()
    const frozenAt = Date.now()
    lab.server.freeze()
    await sleep(6500)
    lab.server.thaw()
    const realMs = Date.now() - frozenAt
    await until('all are live again', 20, async () => (await Promise.all(cameras.map(lab.stream))).every((stream) => stream?.state === 'live'))
    await sleep(3000)
    expect(watch.critical().filter((what) => what.startsWith('cam'))).toEqual([])
    const events = await lab.events(frozenAt - 500)
    for (const event of events) {
      // A poll before it froze, and the one after: an interval of two seconds at most.
      expect(lastedAsSaid(event, realMs, 300), `${event.text} ${JSON.stringify(event.facts)} of ${realMs} ms`).toBe(true)
      if (event.kind === 'serverUp') expect(event.at).toBeGreaterThanOrEqual(frozenAt + realMs - 100)
    }
    expect(events.map(({ kind }) => kind)).not.toContain('serverRestarted')
    // It was never called down, and its silence is an event all the same.
    const [silent] = events.filter(({ kind }) => kind === 'serverSilent' || kind === 'serverDown')
    expect(silent).toMatchObject({ kind: 'serverSilent', text: expect.stringMatching(/ did not answer for \d+ to \d+ s\.$/) })
  })

  it('restarted within two seconds: nothing is critical, and the restart is one event with its date', async () => {
    await using stack = new AsyncDisposableStack()
    await lab.nextAnswer()
    const watch = stack.use(lab.watchTroubles())
    const killedAt = Date.now()
    await lab.server.stop('SIGKILL')
    await lab.server.start()
    const tookMs = Date.now() - killedAt
    expect(tookMs, 'this machine is too slow for this test').toBeLessThan(2000)
    const restarted = await until('the restart is an event', 12, async () => (await lab.events(killedAt - 500)).find(({ kind }) => kind === 'serverRestarted'))
    await allLive()
    await sleep(2000)
    expect(watch.critical()).toEqual([])
    expect((await lab.events(killedAt - 500)).filter(({ kind }) => kind === 'serverRestarted')).toHaveLength(1)
    expect(Math.abs(restarted.at - killedAt), restarted.text).toBeLessThan(6000)
    if (lab.server.isAtLeast('1.15.2')) expect(restarted.facts).toHaveProperty('startedAt')
    if ('startedAt' in restarted.facts) expect(Math.abs(Number(restarted.facts.startedAt) - killedAt)).toBeLessThan(2000)
  })

  it('two publishers replaced at once by the same host are reported', async () => {
    // A session that is a minute old is nothing new: what counts is that it is another one.
    await allLive()
    await lab.nextAnswer()
    const since = Date.now()
    const { items } = await lab.server.ask<{ items: { id: string; path: string }[] }>('GET', '/v3/rtspsessions/list')
    const two = items.filter(({ path }) => path === 'cam1' || path === 'cam2')
    expect(two).toHaveLength(2)
    await Promise.all(two.map(({ id }) => lab.server.ask('POST', `/v3/rtspsessions/kick/${id}`)))
    const both = await until('both events', 12, async () => {
      const events = await lab.events(since - 1000)
      const ofPath = (path: string) =>
        events.some((event) => pathOf(event.subject) === path && ['publisherChanged', 'streamOff', 'streamOn'].includes(event.kind))
      const together = events.find(({ subject, kind }) => pathOf(subject) === null && kind === 'publisherChanged')
      return (ofPath('cam1') && ofPath('cam2')) || together
    })
    expect(both).toBeTruthy()
    expect((await lab.events(since - 1000)).map(({ kind }) => kind)).not.toContain('serverRestarted')
  })

  it('30 s of outage are recorded as such, and a publisher lost 5 s after the return as lost', async () => {
    await using stack = new AsyncDisposableStack()
    await allLive()
    await lab.nextAnswer()
    const killedAt = Date.now()
    await lab.server.stop()
    await sleep(28_000)
    await lab.server.start()
    const realMs = Date.now() - killedAt
    const up = await until('the return is an event', 10, async () => (await lab.events(killedAt)).find(({ kind }) => kind === 'serverUp'))
    expect(Date.now() - killedAt - realMs, 'from its return to its word').toBeLessThan(7000)
    expect([typeof up.facts.minMs, typeof up.facts.maxMs], up.text).toEqual(['number', 'number'])
    for (const event of await lab.events(killedAt)) {
      if (event.kind !== 'serverUp' && event.kind !== 'streamOn') continue
      expect(event.at).toBeGreaterThanOrEqual(killedAt + realMs - 1000)
      // Of the server: it came up at most a retry before we knew; of a stream: it is back a moment later.
      expect(lastedAsSaid(event, realMs, event.kind === 'serverUp' ? 500 : 6000), `${event.text} ${JSON.stringify(event.facts)} of ${realMs} ms`).toBe(true)
    }
    await allLive()
    await sleep(Math.max(0, up.at + 5000 - Date.now()))
    const watch = stack.use(lab.watchTroubles())
    const lostAt = Date.now()
    await eighth[Symbol.asyncDispose]()
    await until('it is critical', 8, async () => watch.critical().includes('cam7 streamGone'))
    const off = (await lab.events(lostAt - 1000, 'cam7')).find(({ kind }) => kind === 'streamOff')
    expect(off?.text).toMatch(/left/)
    expect(off?.text).not.toMatch(/could not be asked/)
    expect(watch.critical()).toEqual(['cam7 streamGone'])
  })
})
