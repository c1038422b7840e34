import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, startLab, until } from './lab.ts'
import { startReaders } from './readers.ts'
import { startPublisher } from './realServer.ts'

describe.skipIf(binary === null)('the sessions of a real MediaMTX', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab()
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('are listed by protocol, and disconnected: the server lets them go, and they are among those of the past', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(lab.clip, lab.rtsp('kicked'), 'rtsp', 'tcp'))
    stack.use(startPublisher(lab.clip, `rtmp://127.0.0.1:${lab.server.ports.rtmp}/over-rtmp`, 'flv'))
    stack.use(startPublisher(lab.clip, `srt://127.0.0.1:${lab.server.ports.srt}?streamid=publish:over-srt`, 'mpegts'))
    await lab.live('kicked')
    stack.use(await startReaders(lab.rtsp('kicked'), 3))
    const list = () => lab.client().sessions.list({ sort: 'since', offset: 0, limit: 100 })
    const all = await until('three publishers and three readers are listed', 30, async () => {
      const found = await list()
      return found.publishers === 3 && found.readers === 3 && found
    })
    expect(
      all.sessions
        .filter(({ role }) => role === 'publisher')
        .map(({ protocol, path }) => `${protocol} ${path}`)
        .sort(),
    ).toEqual(['rtmp over-rtmp', 'rtsp kicked', 'srt over-srt'])
    expect(all.sessions.every(({ remoteAddr }) => remoteAddr?.startsWith('127.0.0.1:'))).toBe(true)
    const isReader = ({ role }: { readonly role: string }) => role === 'reader'
    const [reader, ...others] = all.sessions.filter(isReader)
    const publishers = all.sessions.filter(({ path }) => path.startsWith('over-'))
    const hit = [reader, ...publishers].map((session) => ({ serverId: lab.serverId(), id: session?.id ?? '' }))
    const results = await lab.client().sessions.kickMany({ sessions: hit, reason: 'a test' })
    expect(results.map(({ outcome }) => outcome)).toEqual(['kicked', 'kicked', 'kicked'])
    const again = await lab.client().sessions.kickMany({ sessions: hit, reason: 'a test' })
    expect(again.map(({ outcome }) => outcome)).toEqual(['gone', 'gone', 'gone'])
    await until('they are gone, and nobody else is', 20, async () => {
      const ids = (await list()).sessions.map(({ id }) => id)
      return hit.every(({ id }) => !ids.includes(id)) && others.every(({ id }) => ids.includes(id))
    })
    const { sessions } = await lab.client().sessions.past({ lastMs: 600_000, limit: 100 })
    const ended = sessions.filter((session) => session.ended !== null)
    for (const { id } of hit) expect(ended).toContainEqual(expect.objectContaining({ id: id.slice(0, 8) }))
    expect(ended.find(({ protocol }) => protocol === 'srt')?.bytes).toBeGreaterThan(10_000)
  })
})
