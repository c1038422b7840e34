import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { startReaders } from './readers.ts'
import { type Publisher, startPublisher } from './realServer.ts'

describe.skipIf(binary === null)('a real MediaMTX with sources on demand, and a configuration that changes', () => {
  let lab: Lab
  let bystander: Publisher
  const camera = () => startPublisher(lab.clip, lab.rtsp('camera'), 'rtsp', 'tcp')
  const onServer = async (path: string) => {
    const { items } = await lab.server.ask<{ items: { name: string; ready: boolean }[] }>('GET', '/v3/paths/list')
    return items.find(({ name }) => name === path)
  }
  /** A path that the server pulls from its own camera when somebody reads. */
  const addOnDemand = (path: string) =>
    lab.server.ask('POST', `/v3/config/paths/add/${path}`, { source: lab.rtsp('camera'), sourceOnDemand: true, sourceOnDemandCloseAfter: '4s' })
  const read = async (path: string) => {
    const readers = await startReaders(lab.rtsp(path), 1)
    await lab.live(path)
    return readers
  }
  const ofPath = (path: string) => async () => (await lab.client().fleet.troubles()).filter((trouble) => trouble.path === path)

  beforeAll(async () => {
    lab = await startLab('hlsMuxerCloseAfter: 4s\npaths:\n  camera:\n    source: publisher\n  bystander:\n    source: publisher\n')
    // Where all publishers go together, a server that has no `/v3/info` was restarted as far as anybody can see.
    bystander = startPublisher(lab.clip, lab.rtsp('bystander'), 'rtsp', 'tcp')
    await addOnDemand('ondemand')
    // Nothing of what follows depends on how soon this one is known.
    await lab.restartConsole()
    await lab.nextAnswer()
  })
  afterAll(async () => {
    await bystander?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  it('a camera on demand that stops when its viewer left is no trouble, one that dies under its viewer is', async () => {
    await using stack = new AsyncDisposableStack()
    const publisher = stack.use(camera())
    await lab.live('camera')
    const watch = stack.use(lab.watchTroubles())
    const first = Date.now()
    await (await read('ondemand'))[Symbol.asyncDispose]()
    await until('it waits', 15, async () => (await lab.stream('ondemand'))?.state === 'waiting')
    expect((await lab.events(first, 'ondemand')).find(({ kind }) => kind === 'streamEnded')?.text).toMatch(/nobody reads it/)
    expect(watch.seen().filter(({ path }) => path === 'ondemand')).toEqual([])

    stack.use(await read('ondemand'))
    await until('its reader is seen', 10, async () => (await lab.stream('ondemand'))?.figures.readers === 1)
    await lab.nextAnswer()
    const diedAt = Date.now()
    await publisher[Symbol.asyncDispose]()
    await until('it is a trouble', 15, async () => watch.seen().some(({ path }) => path === 'ondemand'))
    const off = (await lab.events(diedAt - 1000, 'ondemand')).find(({ kind }) => kind === 'streamOff' || kind === 'streamStalled')
    expect(off?.text).not.toMatch(/nobody reads it/)
  })

  it('a path on demand that is new in the configuration ends without trouble', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(camera())
    await lab.live('camera')
    await addOnDemand('new')
    const watch = stack.use(lab.watchTroubles())
    await (await read('new'))[Symbol.asyncDispose]()
    await until('its source is closed', 15, async () => (await onServer('new'))?.ready === false)
    await sleep(3000)
    expect(watch.seen().filter(({ path }) => path === 'new')).toEqual([])
    await until('it waits', 10, async () => (await lab.stream('new'))?.state === 'waiting')
    for (const { text } of await lab.events(0, 'new')) expect(text).not.toMatch(/was lost/)
  })

  it('a path that was renamed in the configuration is no trouble under its old name', async () => {
    await using stack = new AsyncDisposableStack()
    await lab.server.ask('POST', '/v3/config/paths/add/before', { source: 'publisher' })
    const publisher = startPublisher(lab.clip, lab.rtsp('before'), 'rtsp', 'tcp')
    stack.use(publisher)
    await lab.live('before')
    await lab.nextAnswer()
    const watch = stack.use(lab.watchTroubles())
    await lab.server.ask('DELETE', '/v3/config/paths/delete/before')
    await lab.server.ask('POST', '/v3/config/paths/add/after', { source: 'publisher' })
    await publisher[Symbol.asyncDispose]()
    stack.use(startPublisher(lab.clip, lab.rtsp('after'), 'rtsp', 'tcp'))
    await lab.live('after')
    await sleep(3000)
    expect(await ofPath('before')()).toEqual([])
    expect(watch.critical().filter((what) => what.startsWith('after'))).toEqual([])
    // A server that is slow to tell its configuration is not asked for it again at once: until then it is no trouble either.
    await until('it is not expected', 20, async () => (await lab.stream('before'))?.expected !== true)
    expect(watch.critical().filter((what) => what.startsWith('before'))).toEqual([])
  })

  it('a path that was taken out of the configuration is no trouble, and what was said of it is no loss', async () => {
    await using stack = new AsyncDisposableStack()
    await lab.server.ask('POST', '/v3/config/paths/add/removed', { source: 'publisher' })
    // Its publisher knows nothing of that, and goes on trying.
    stack.use(startPublisher(lab.clip, lab.rtsp('removed'), 'rtsp', 'tcp'))
    await lab.live('removed')
    await lab.nextAnswer()
    const watch = stack.use(lab.watchTroubles())
    const since = Date.now()
    await lab.server.ask('DELETE', '/v3/config/paths/delete/removed')
    await until('it is over', 15, async () => (await lab.stream('removed'))?.state === 'ended')
    await until('it is not expected', 20, async () => (await lab.stream('removed'))?.expected === false)
    await sleep(3000)
    expect(await ofPath('removed')()).toEqual([])
    expect(watch.critical().filter((what) => what.startsWith('removed'))).toEqual([])
    expect((await lab.events(since - 500, 'removed')).map(({ kind }) => kind)).not.toContain('streamOff')
  })

  it('after a restart of the console a path on demand that was live is no trouble, not for one poll', async () => {
    await using stack = new AsyncDisposableStack()
    const began = Date.now()
    stack.use(camera())
    await lab.live('camera')
    await (await read('ondemand'))[Symbol.asyncDispose]()
    await until('it waits', 15, async () => (await lab.stream('ondemand'))?.state === 'waiting')
    await lab.restartConsole()
    const watch = stack.use(lab.watchTroubles())
    await lab.nextAnswer()
    await lab.live('camera')
    expect((await lab.stream('ondemand'))?.state).toBe('waiting')
    // The failure of a test before may still wait for the end of its off-delay.
    expect(watch.seen().filter(({ path, since }) => (path === 'ondemand' || path === 'new') && since >= began)).toEqual([])
  })

  it('a camera on demand that two people watched through the console is closed by its server when the last of them has left', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(camera())
    await lab.live('camera')
    await until('it waits', 20, async () => (await lab.stream('ondemand'))?.state === 'waiting')
    const client = lab.client()
    const { id } = await client.cameras.add({ name: 'Gate', streams: [{ use: 'main', serverId: lab.serverId(), path: 'ondemand' }] })
    expect(await client.cameras.play({ id, viewer: 'one' })).toMatchObject({ url: null, why: { kind: 'onDemand' } })
    const play = async (viewer: string) => {
      const opened = await client.cameras.play({ id, viewer, wake: true })
      const picture = stack.use(await lab.openPicture('ondemand', opened))
      await until(`${viewer} sees it`, 20, async () => picture.played() > 2)
      // Its player does not know, and goes on asking.
      return () => client.cameras.stop({ previewId: opened.previewId ?? '' })
    }
    const stopFirst = await play('one')
    const stopSecond = await play('two')
    await stopFirst()
    // Longer than the server would keep it without viewers.
    await sleep(10_000)
    expect((await onServer('ondemand'))?.ready).toBe(true)
    await stopSecond()
    await until('the server closes the source', 30, async () => (await onServer('ondemand'))?.ready === false)
    await until('it waits again', 10, async () => (await lab.stream('ondemand'))?.state === 'waiting')
    expect(await ofPath('ondemand')()).toEqual([])
    expect((await client.viewing.views({ cameraId: id })).views.map(({ path, end }) => [path, end])).toEqual([
      ['ondemand', 'closed'],
      ['ondemand', 'closed'],
    ])
  })

  it('a picture that is open does not keep a source running after its last viewer left', async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(camera())
    await lab.live('camera')
    const viewer = await read('ondemand')
    stack.use(viewer)
    await until('its reader is seen', 10, async () => (await lab.stream('ondemand'))?.figures.readers === 1)
    const picture = stack.use(await lab.openPicture('ondemand'))
    await until('the picture plays', 15, async () => picture.played() > 2)
    expect((await onServer('ondemand'))?.ready).toBe(true)
    await viewer[Symbol.asyncDispose]()
    if (!lab.server.isAtLeast('1.18.0')) {
      // Ours is the muxer, as any other would be: it is said, and the picture ends by itself after five minutes.
      await until('it is said', 10, async () => (await lab.stream('ondemand'))?.hlsViewersUnknown === true)
      return
    }
    await until('the server closes the source', 50, async () => (await onServer('ondemand'))?.ready === false)
    expect(await ofPath('ondemand')()).toEqual([])
  })
})
