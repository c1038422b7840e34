import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partOf } from '../../src/shared/subjectNames.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const paths = ['one', 'two', 'three']

describe.skipIf(binary === null)('streams that no configuration names, on a real MediaMTX with the default file', () => {
  let lab: Lab
  const publishers: Publisher[] = []

  beforeAll(async () => {
    lab = await startLab('paths:\n  all_others:\n', { videoKbps: 600 })
    for (const path of paths) publishers.push(startPublisher(lab.clip, [lab.rtsp(path)], 'rtsp', 'tcp'))
    await Promise.all(paths.map((path) => lab.live(path)))
  })
  afterAll(async () => {
    for (const publisher of publishers) await publisher[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('are missed when one of them is killed after an operator expected all, and their number stays', async () => {
    const totals = async () => {
      const [server] = await lab.client().servers.list()
      return { id: server?.id ?? '', ...server?.totals }
    }
    const { id, ...before } = await totals()
    expect(before).toMatchObject({ live: 3, expected: 0 })
    await lab.client().streams.expect({ streams: paths.map((path) => ({ serverId: id, path })), expected: true })
    expect(await totals()).toMatchObject({ expected: 3, expectedLive: 3 })
    await publishers[0]?.[Symbol.asyncDispose]()
    const alarms = await until('the alarm', 30, async () => {
      const open = await lab.client().alarms.list()
      return open.length > 0 && open
    })
    expect(alarms.map(({ kind, severity, subject }) => [kind, severity, partOf(subject)])).toEqual([['streamGone', 'critical', 'one']])
    expect(await totals()).toMatchObject({ expected: 3, expectedLive: 2, expectedGone: 1, live: 2 })
    const stream = await lab.client().streams.get({ serverId: id, path: 'one' })
    expect(stream).toMatchObject({ state: 'gone', expected: true, expectedBy: { by: 'operator' } })
    await lab.restartConsole()
    await Promise.all(['two', 'three'].map((path) => lab.live(path)))
    expect(await totals(), 'also for a console that was restarted').toMatchObject({ expected: 3, expectedLive: 2, expectedGone: 1 })
    await lab.client().streams.expect({ streams: [{ serverId: id, path: 'one' }], expected: false })
    await until('it is not missed any more', 30, async () => (await lab.client().alarms.list()).every(({ state }) => state === 'healedUnseen'))
    expect(await totals()).toMatchObject({ expected: 2, expectedLive: 2 })
  })
})
