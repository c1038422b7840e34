import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Incident } from '../../src/shared/incidents.ts'
import { partOf } from '../../src/shared/subjectNames.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const cameras = Array.from({ length: 8 }, (_, nth) => `cam${nth}`)

describe.skipIf(binary === null)('alarms of a real MediaMTX with eight cameras', () => {
  let lab: Lab
  let seven: Publisher
  let eighth: Publisher
  const publish = (paths: readonly string[]) => startPublisher(lab.clip, paths.map(lab.rtsp), 'rtsp', 'tcp')
  const allLive = () => Promise.all(cameras.map((path) => lab.live(path)))
  const open = async () => (await lab.client().alarms.list()).map(({ kind, subject, state }) => `${kind} ${partOf(subject) ?? 'server'}: ${state}`).sort()
  const lasting = async (): Promise<readonly Incident[]> => (await lab.client().incidents.list()).filter(({ healedAt }) => healedAt === null)
  const acknowledgeAll = async () => {
    const ids = (await lab.client().alarms.list()).map(({ id }) => id)
    if (ids.length > 0) await lab.client().alarms.acknowledge({ ids })
  }

  beforeAll(async () => {
    lab = await startLab(`paths:\n${cameras.map((path) => `  ${path}:\n    source: publisher\n`).join('')}`, { videoKbps: 600 })
    seven = publish(cameras.slice(0, 7))
    eighth = publish(cameras.slice(7))
    await allLive()
  })
  afterAll(async () => {
    await seven?.[Symbol.asyncDispose]()
    await eighth?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('there are none while all is well', async () => {
    await sleep(15_000)
    expect(await open()).toEqual([])
  })

  it('a camera that is gone for longer than the delay is one, until it is back and somebody has seen it', async () => {
    const goneAt = Date.now()
    await eighth[Symbol.asyncDispose]()
    const [incident] = await until('the alarm', 25, async () => {
      const now = await lasting()
      return now.length > 0 && now
    })
    expect(await open()).toEqual(['streamGone cam7: unacknowledged'])
    // It began when the last data came, not when mtxdeck was sure.
    expect(Math.abs((incident?.since ?? 0) - goneAt)).toBeLessThan(4_000)
    eighth = publish(cameras.slice(7))
    await lab.live('cam7')
    await until('it has healed', 25, async () => (await lasting()).length === 0)
    expect(await open()).toEqual(['streamGone cam7: healedUnseen'])
    await acknowledgeAll()
    expect(await open()).toEqual([])
  })

  it('seven of eight that go with their publisher are one incident, which says so', async () => {
    await seven[Symbol.asyncDispose]()
    const [incident, ...more] = await until('the incident', 25, async () => {
      const now = await lasting()
      return now.some(({ membersTotal }) => membersTotal === 7) && now
    })
    expect(more).toEqual([])
    expect(incident).toMatchObject({ severity: 'critical', streams: 7, servers: ['real'] })
    expect(incident?.factors).toContainEqual(expect.objectContaining({ kind: 'together', count: 7, of: 8 }))
    seven = publish(cameras.slice(0, 7))
    await allLive()
    await until('they have healed', 25, async () => (await lasting()).length === 0)
    await acknowledgeAll()
  })

  it('a server that dies is one incident, and its eight streams are unknown, not gone', async () => {
    await lab.server.stop('SIGKILL')
    const [incident, ...more] = await until('the incident', 40, async () => {
      const now = await lasting()
      return now.some(({ kind }) => kind === 'serverDown') && now
    })
    expect(more).toEqual([])
    expect(incident?.factors).toContainEqual(expect.objectContaining({ kind: 'server', streams: 8 }))
    await lab.server.start()
    await seven[Symbol.asyncDispose]()
    await eighth[Symbol.asyncDispose]()
    seven = publish(cameras.slice(0, 7))
    eighth = publish(cameras.slice(7))
    await allLive()
    await until('it is over', 40, async () => (await lasting()).length === 0)
    // That it was restarted belongs to the outage, and what its streams did meanwhile.
    expect(new Set((await lab.client().alarms.list()).map(({ incident: id }) => id)).size).toBe(1)
    expect((await lab.client().alarms.list()).filter(({ kind }) => kind === 'happened')).toEqual([])
  })
})
