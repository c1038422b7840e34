import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { startReaders } from './readers.ts'
import { startPublisher } from './realServer.ts'

describe.skipIf(binary === null)('a real MediaMTX and those who read from it', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab('hlsMuxerCloseAfter: 6s\npaths:\n  all_others:\n')
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('fifty readers that leave take their share of Out with them', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(lab.clip, lab.rtsp('busy'), 'rtsp', 'tcp'))
    await lab.live('busy')
    stack.use(await startReaders(lab.rtsp('busy'), 1))
    const fifty = stack.use(await startReaders(lab.rtsp('busy'), 50))
    await until('all are counted, and read', 20, async () => {
      const figures = (await lab.stream('busy'))?.figures
      return figures?.readers === 51 && (figures.bitrateOutBps ?? 0) > 35 * (figures.bitrateInBps ?? Number.POSITIVE_INFINITY)
    })
    await sleep(4000)
    await fifty[Symbol.asyncDispose]()
    await until('one is left', 10, async () => (await lab.stream('busy'))?.figures.readers === 1)
    // The poll that sees them gone may have them for a part of its second; the next one has not.
    await lab.nextAnswer()
    for (let poll = 0; poll < 5; poll++) {
      await lab.nextAnswer()
      const { bitrateInBps, bitrateOutBps } = (await lab.stream('busy'))?.figures ?? {}
      if (bitrateOutBps != null) expect(bitrateOutBps, `poll ${poll}`).toBeLessThan(4 * (bitrateInBps ?? 0))
    }
  })

  it('a picture of ours is no viewer, and what it takes is not in Out; where the version cannot tell, the console says so', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(lab.clip, lab.rtsp('watched'), 'rtsp', 'tcp'))
    await lab.live('watched')
    const picture = stack.use(await lab.openPicture('watched'))
    await until('it plays', 20, async () => picture.played() > 10)
    for (let poll = 0; poll < 4; poll++) {
      await lab.nextAnswer()
      const { figures, hlsViewersUnknown, outIncludesOurs } = (await lab.stream('watched')) ?? {}
      expect(figures?.readers, 'viewers that can be counted').toBe(0)
      if (lab.server.isAtLeast('1.18.0')) {
        expect(hlsViewersUnknown ?? false).toBe(false)
        if (!outIncludesOurs) expect(figures?.bitrateOutBps ?? 0).toBeLessThan(0.6 * (figures?.bitrateInBps ?? 0))
      } else expect([hlsViewersUnknown, outIncludesOurs]).toEqual([true, true])
    }
  })

  it('a picture of ours that was closed is no viewer while the server still keeps what it was made of', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(startPublisher(lab.clip, lab.rtsp('closed'), 'rtsp', 'tcp'))
    await lab.live('closed')
    const picture = await lab.openPicture('closed')
    await until('it plays', 20, async () => picture.played() > 10)
    await lab.nextAnswer()
    await picture[Symbol.asyncDispose]()
    const readersOnServer = async () => {
      const { items } = await lab.server.ask<{ items: { name: string; readers: unknown[] }[] }>('GET', '/v3/paths/list')
      return items.find(({ name }) => name === 'closed')?.readers.length
    }
    let kept = 0
    await until('the server has let it go, and so has the console', 30, async () => {
      // Looked at on both sides of the poll: what the server had before and after it was there in it, too.
      const before = await readersOnServer()
      await lab.nextAnswer()
      const { figures, hlsViewersUnknown } = (await lab.stream('closed')) ?? {}
      const after = await readersOnServer()
      expect(figures?.readers, 'viewers that can be counted').toBe(0)
      if (before === 1 && after === 1) {
        kept++
        if (!lab.server.isAtLeast('1.18.0')) expect(hlsViewersUnknown, 'ours cannot be told from others').toBe(true)
      }
      return before === 0 && after === 0 && (hlsViewersUnknown ?? false) === false
    })
    // Newer ones end it with its session, which may be sooner than the next poll.
    if (!lab.server.isAtLeast('1.18.0')) expect(kept).toBeGreaterThan(0)
  })

  it('a wrong password that was corrected on the server is tried again by hand, and the return is an event', async () => {
    const client = lab.client()
    const added = await client.servers.add({
      name: 'locked',
      url: lab.server.apiUrl,
      auth: { kind: 'basic', user: 'second', password: 'not-yet' },
      intervalSeconds: 1,
    })
    const state = async () => (await client.servers.get({ id: added.id })).state
    await until('halted', 15, async () => (await state()) === 'halted')
    const everybody = { user: 'any', pass: '', ips: [], permissions: [{ action: 'publish' }, { action: 'read' }, { action: 'playback' }] }
    const noc = (user: string, pass: string) => ({ user, pass, ips: [], permissions: [{ action: 'api' }] })
    await lab.server.ask('PATCH', '/v3/config/global/patch', { authInternalUsers: [everybody, noc('noc', 'watch-me'), noc('second', 'not-yet')] })
    await sleep(2500)
    expect(await state(), 'not asked yet').toBe('halted')
    await client.servers.tryNow({ id: added.id })
    await until('up', 10, async () => (await state()) === 'up')
    await until('the event', 5, async () => (await client.history.events({ serverId: added.id })).some(({ kind }) => kind === 'serverUp'))
    await client.servers.remove({ id: added.id })
  })
})
