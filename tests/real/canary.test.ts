import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canaryReadProtocols, canarySettingsSchema } from '../../src/shared/canaries.ts'
import { publishProtocols } from '../../src/shared/media.ts'
import { binary, type Lab, startLab, until } from './lab.ts'

/** A path as the server itself lists it. */
interface Path {
  readonly name: string
  readonly ready: boolean
  readonly source: { readonly type: string } | null
  readonly readers: readonly unknown[]
}
/** How the server calls who publishes. */
const sourceTypes: Readonly<Record<(typeof publishProtocols)[number], RegExp>> = {
  rtsp: /^rtsp/,
  rtmp: /^rtmp/,
  srt: /^srt/,
  whip: /^webRTC/i,
}
/** Later than this is an alarm of the shipped rules, ms. */
const lateMs = { rtsp: 2_000, rtmp: 2_000, srt: 2_000, hls: 15_000, whep: 2_000 } as const

describe.skipIf(binary === null)('a canary of a real server', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab()
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())
  const canaryOf = async () => (await lab.client().canaries.list())[0]
  const pathOf = async (name: string) => (await lab.server.ask<{ items: Path[] }>('GET', '/v3/paths/list')).items.find((path) => path.name === name)

  it.each(publishProtocols)('is published by %s and read back by each protocol in time, without a viewer, a stream or an alarm', async (publishBy) => {
    const client = lab.client()
    const serverId = lab.serverId()
    await until('the addresses of the server are known', 30, async () => (await client.servers.get({ id: serverId })).state === 'up')
    const { path } = await client.canaries.put({ serverId, ...canarySettingsSchema.parse({ publishBy }) })
    await until(`it is published by ${publishBy}`, 60, async () => {
      const canary = await canaryOf()
      if (canary?.error?.kind === 'refused') throw new Error(JSON.stringify(canary))
      return canary?.state === 'publishing'
    })
    expect((await pathOf(path))?.source?.type).toMatch(sourceTypes[publishBy])
    for (const protocol of canaryReadProtocols) {
      // What came while it was opened makes the first look of a busy machine older.
      const canary = await until(`it is read back by ${protocol} within ${lateMs[protocol]} ms`, 120, async () => {
        const id = (await canaryOf())?.readers.find((reader) => reader.protocol === protocol)?.probeId
        const found = id == null ? null : await client.probes.get({ id })
        const read = found?.state === 'up' ? (found.reading?.canary ?? null) : null
        return read?.delayMs != null && read.delayMs < lateMs[protocol] && read
      })
      expect(canary.delayMs, protocol).toBeGreaterThan(0)
      expect(canary.strange, protocol).toBe(0)
      // WebRTC carries no AAC: only what is published by WHIP has its sound there.
      if (protocol === 'whep' && publishBy !== 'whip') expect(canary.soundAheadMs).toBeNull()
    }
    // Its readers are there for the server, and for nobody else.
    expect((await pathOf(path))?.readers.length).toBeGreaterThanOrEqual(3)
    await lab.nextAnswer()
    await lab.nextAnswer()
    expect(await lab.stream(path)).toBeNull()
    expect(await client.fleet.changes({})).toMatchObject({ streams: [] })
    expect((await client.alarms.list({})).filter(({ subject }) => subject.kind === 'probe' || subject.kind === 'stream')).toEqual([])
    await client.canaries.remove({ serverId })
    await until('nothing is published any more', 30, async () => !(await pathOf(path))?.ready)
    expect([await client.canaries.list(), await client.probes.list()]).toEqual([[], []])
  })
})

describe.skipIf(binary === null)('a canary whose server lets nobody publish', () => {
  let lab: Lab
  beforeAll(async () => {
    const rights = '[{ action: api }, { action: read }, { action: metrics }]'
    lab = await startLab(undefined, {}, undefined, `authInternalUsers:\n  - { user: noc, pass: watch-me, permissions: ${rights} }`)
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it.each(publishProtocols)('is refused by %s in words of its own, and tried ever more rarely', async (publishBy) => {
    const client = lab.client()
    const serverId = lab.serverId()
    await until('the addresses of the server are known', 30, async () => (await client.servers.get({ id: serverId })).state === 'up')
    await client.canaries.put({ serverId, ...canarySettingsSchema.parse({ publishBy, readBy: ['rtsp'] }) })
    const refused = await until('it is refused', 30, async () => (await client.canaries.list()).find(({ error }) => error !== null))
    // Before 1.20 the server resets RTMP and answers WHIP with 400, as it does for other faults.
    const isTold = lab.server.isAtLeast('1.20.0') || publishBy === 'rtsp' || publishBy === 'srt'
    expect(refused.error).toMatchObject({ kind: isTold ? 'refused' : 'notPublished' })
    await client.canaries.remove({ serverId })
  })
})
