import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, startLab, until } from './lab.ts'
import { type Publisher, startPublisher } from './realServer.ts'

const camera = 'rtsp://camuser:campass@127.0.0.1:9/cam'
type Fields = Record<string, unknown>

describe.skipIf(binary === null)('a real MediaMTX whose paths are changed through the console', () => {
  let lab: Lab
  let id: string
  let publisher: Publisher
  const entry = (path: string) => lab.server.ask<Fields>('GET', `/v3/config/paths/get/${path}`)
  const apply = async (path: string, change: 'set' | 'add' | 'remove', settings: Fields = {}) => {
    const asked = { id, path, change, settings }
    const preview = await lab.client().pathEdits.preview(asked)
    return { preview, edit: await lab.client().pathEdits.apply({ ...asked, basis: preview.basis, reason: 'a test' }) }
  }
  const availableSince = async () => {
    const { readyTime, availableTime } = await lab.server.ask<Fields>('GET', '/v3/paths/get/cam1')
    return availableTime ?? readyTime
  }

  beforeAll(async () => {
    lab = await startLab(`paths:\n  cam1:\n    source: publisher\n  door:\n    source: ${camera}\n    sourceOnDemand: yes\n  all_others:\n`, { videoKbps: 100 })
    id = lab.serverId()
    publisher = startPublisher(lab.clip, lab.rtsp('cam1'), 'rtsp', 'tcp')
    await lab.live('cam1')
    await until('its configuration is read', 20, async () => (await lab.client().servers.list())[0]?.addressesFrom === 'configuration')
  })
  afterAll(async () => {
    await publisher?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('takes what it is told, spells it its own way, and keeps who is connected where the preview says so', async () => {
    const before = await entry('cam1')
    const since = await availableSince()
    const record = { record: true }
    const recording = await apply('cam1', 'set', record)
    expect(recording.preview).toMatchObject({ interrupts: 'recording', streams: 1 })
    expect(recording.edit).toMatchObject({ outcome: 'applied', notTaken: [] })
    expect(await availableSince()).toBe(since)
    await apply('cam1', 'set', { record: false })
    expect(await entry('cam1')).toEqual(before)
    expect(await availableSince()).toBe(since)

    const settings = { recordDeleteAfter: '48h', recordSegmentDuration: '90m', recordMaxPartSize: '100MB', maxReaders: 7, runOnReadRestart: true }
    const known = Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(before, name)))
    const several = await apply('cam1', 'set', known)
    expect(several.preview.interrupts).toBe('streams')
    expect(several.edit).toMatchObject({ outcome: 'applied', notTaken: [] })
    // It closed the path, as the preview said.
    expect(await availableSince().catch(() => null)).not.toBe(since)
    await apply('cam1', 'set', Object.fromEntries(Object.keys(known).map((name) => [name, before[name]])))
    expect(await entry('cam1')).toEqual(before)
  })

  it('loses an entry that is removed', async () => {
    const before = await entry('door')
    expect(before.source).toBe(camera)
    const { edit } = await apply('door', 'remove')
    expect(edit.outcome).toBe('applied')
    await expect(entry('door')).rejects.toThrow(/404/)
    expect(JSON.stringify(edit)).not.toContain('campass')
  })

  it('refuses in its own words, and is left as it was', async () => {
    const before = await entry('cam1')
    const { edit } = await apply('cam1', 'set', { source: 'hunter2-not-an-address' })
    expect(edit).toMatchObject({ outcome: 'refused', error: { kind: 'httpStatus', status: 400 } })
    expect(JSON.stringify(edit)).not.toContain('hunter2')
    expect(await entry('cam1')).toEqual(before)
    await expect(apply('cam1', 'set', { noSuchSetting: 1 })).rejects.toMatchObject({ code: 'OTHER_SETTING' })
  })

  it('forgets what its API was told when it is restarted, as the console says', async () => {
    const { edit } = await apply('~^site/(.+)$', 'add', { maxReaders: 3 })
    expect(edit).toMatchObject({ outcome: 'applied', error: null })
    expect(await entry(encodeURIComponent('~^site/(.+)$'))).toMatchObject({ maxReaders: 3 })
    await lab.server.stop()
    await lab.server.start()
    await until('it answers again', 20, () => entry('cam1').catch(() => null))
    await expect(entry(encodeURIComponent('~^site/(.+)$'))).rejects.toThrow(/404/)
  })
})
