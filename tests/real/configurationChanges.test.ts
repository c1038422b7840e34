import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingChangeText, settingName } from '../../src/shared/configurationLevels.ts'
import { binary, type Lab, startLab, until } from './lab.ts'

describe.skipIf(binary === null)('a real MediaMTX whose configuration is changed by its API', () => {
  let lab: Lab
  let id: string
  const changes = async () => (await lab.client().configurations.changes({ id })).changes

  beforeAll(async () => {
    lab = await startLab('paths:\n  cam1:\n    source: publisher\n    sourceOnDemand: no\n  all_others:\n', { videoKbps: 100 })
    const [server] = await lab.client().servers.list()
    id = server?.id ?? ''
    await until('its configuration is kept', 20, async () => (await lab.client().configurations.changes({ id })).since !== null)
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('has each change named with its time, and none where nothing was changed', async () => {
    expect(await changes()).toEqual([])
    const patchedAt = Date.now()
    await lab.server.ask('PATCH', '/v3/config/paths/patch/cam1', { maxReaders: 7 })
    await lab.server.ask('PATCH', '/v3/config/global/patch', { readTimeout: '33s' })
    await until('the change is known', 90, async () => (await changes()).length > 0)
    const [change] = await changes()
    expect(change?.settings.map((one) => settingChangeText(settingName(one), one.before, one.after))).toEqual([
      'readTimeout: 10s → 33s',
      'paths.cam1.maxReaders: 0 → 7',
    ])
    expect(change?.after).toBeLessThanOrEqual(patchedAt)
    expect(change?.at).toBeGreaterThanOrEqual(patchedAt)
    const then = await lab.client().configurations.at({ id, at: change?.after ?? 0 })
    expect(then.paths.find(({ name }) => name === 'cam1')).toMatchObject({ maxReaders: 0 })
    // It is what the server itself says.
    const { global, paths } = await lab.client().configurations.at({ id, at: Date.now() })
    const said = await lab.client().servers.configuration({ id })
    expect(global).toEqual(said.global)
    expect(paths.find(({ name }) => name === 'cam1')).toEqual(said.paths.find(({ name }) => name === 'cam1'))
  })
})
