import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, startLab, until } from './lab.ts'
import { startPublisher } from './realServer.ts'

type Fields = Record<string, unknown>

describe.skipIf(binary === null)('remedies at a real MediaMTX', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab('paths:\n  origin:\n    source: publisher\n  all_others:\n', { videoKbps: 100 })
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('close and open again what the server pulls, and disconnect who publishes', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(lab.clip, lab.rtsp('origin'), 'rtsp', 'tcp'))
    await lab.live('origin')
    await lab.server.ask('POST', '/v3/config/paths/add/pulled', { source: lab.rtsp('origin') })
    await lab.live('pulled')
    const client = lab.client()
    await until('its configuration is read', 20, async () => (await client.servers.list())[0]?.addressesFrom === 'configuration')
    const since = async (path: string) => {
      const { readyTime, availableTime } = await lab.server.ask<Fields>('GET', `/v3/paths/get/${path}`)
      return availableTime ?? readyTime
    }
    const [before, origin] = [await since('pulled'), await since('origin')]
    const guards = { afterSeconds: 0, againSeconds: 60, mostAnHour: 1 }
    const never = { metric: 'path.bitrateIn', above: 1, severity: 'warning' } as const
    await client.rules.add({ id: 'again', ...never, streams: ['pulled'], remedy: { act: 'restartSource', ...guards } })
    await client.remedies.arm({ rule: 'again', reason: 'a test' })
    const acted = (rule: string) =>
      until(`the remedy of ${rule} acts`, 30, async () => (await client.remedies.acts({ rule })).find(({ outcome }) => outcome !== 'begun'))
    expect(await acted('again')).toMatchObject({ outcome: 'done', why: null })
    await until('it is pulled anew', 20, async () => {
      const now = await since('pulled').catch(() => null)
      return now !== null && now !== before
    })
    // Others stayed as they were.
    expect(await since('origin')).toBe(origin)

    await client.rules.add({ id: 'kick', ...never, streams: ['origin'], remedy: { act: 'kickPublisher', ...guards } })
    await client.remedies.arm({ rule: 'kick', reason: 'a test' })
    expect(await acted('kick')).toMatchObject({ outcome: 'done', why: null })
  })
})
