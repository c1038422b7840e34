import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partOf } from '../../src/shared/subjectNames.ts'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

describe.skipIf(binary === null)('streams that nobody expects, on a real MediaMTX with the default file', () => {
  let lab: Lab
  const publishers = new Map<string, Publisher>()
  const publish = (path: string) => publishers.set(path, startPublisher(lab.clip, [lab.rtsp(path)], 'rtsp', 'tcp'))
  const alarms = async () => (await lab.client().alarms.list()).map(({ id, kind, subject, healedAt }) => ({ id, kind, path: partOf(subject), healedAt }))

  beforeAll(async () => {
    lab = await startLab('paths:\n  all_others:\n', { videoKbps: 600 })
    for (const path of ['frozen', 'steady']) publish(path)
    await Promise.all(['frozen', 'steady'].map((path) => lab.live(path)))
    await sleep(10_000)
  })
  afterAll(async () => {
    for (const publisher of publishers.values()) await publisher[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('have no data while their publisher is frozen, and are gone by the same alarm once their server has dropped it, until data flows', async () => {
    publishers.get('frozen')?.freeze()
    const [stalled] = await until('no data', 20, async () => {
      const now = await alarms()
      return now.length > 0 && now
    })
    expect(stalled).toMatchObject({ kind: 'streamStalled', path: 'frozen' })
    await until('it is gone', 30, async () => (await alarms())[0]?.kind === 'streamGone')
    await sleep(90_000)
    expect(await alarms()).toEqual([{ id: stalled?.id, kind: 'streamGone', path: 'frozen', healedAt: null }])
    await publishers.get('frozen')?.[Symbol.asyncDispose]()
    publish('frozen')
    await lab.live('frozen')
    await until('it has healed', 30, async () => (await alarms())[0]?.healedAt !== null)
  })
})
