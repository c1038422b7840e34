import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binary, type Lab, sleep, startLab, until } from './lab.ts'
import { startReaders } from './readers.ts'
import { startPublisher } from './realServer.ts'

/** Watches a path by HLS from an address, as a proxy in front of the server tells it. */
function watchByHls(lab: Lab, path: string, address: string, agent: string): AsyncDisposable {
  const ended = new AbortController()
  const base = new URL(`http://127.0.0.1:${lab.server.ports.hls}/${path}/index.m3u8`)
  let cookie = ''
  const get = async (url: URL): Promise<string> => {
    const answer = await fetch(url, { headers: { 'x-forwarded-for': address, 'user-agent': agent, cookie } })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    const body = Buffer.from(await answer.arrayBuffer())
    return answer.ok && answer.url.includes('.m3u8') ? body.toString() : ''
  }
  const listed = (playlist: string, of: URL) => [...playlist.matchAll(/^[^#\s].*$/gm)].map(([line]) => new URL(line, of))
  const watching = (async () => {
    let child: URL | undefined
    while (!ended.signal.aborted) {
      child ??= listed(await get(base).catch(() => ''), base)[0]
      const segment = child && listed(await get(child).catch(() => ''), child).at(-1)
      if (segment) await get(segment).catch(() => '')
      await sleep(500)
    }
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await watching
    },
  }
}

/** Writes down how long the server itself lists sessions of each path and agent, asked five times a second. */
function startJournal(lab: Lab) {
  const msOf = new Map<string, number>()
  const ended = new AbortController()
  const writing = (async () => {
    for (let last = Date.now(); !ended.signal.aborted; await sleep(200)) {
      const [hls, rtsp] = await Promise.all(
        ['hlssessions', 'rtspsessions'].map((list) =>
          lab.server.ask<{ items: { path: string; userAgent?: string; state?: string }[] }>('GET', `/v3/${list}/list?itemsPerPage=1000`),
        ),
      )
      const now = Date.now()
      const readers = [...(hls?.items ?? []), ...(rtsp?.items ?? []).filter(({ state }) => state === 'read')]
      for (const { path, userAgent } of readers) msOf.set(`${path} ${userAgent}`, (msOf.get(`${path} ${userAgent}`) ?? 0) + now - last)
      last = now
    }
  })()
  return {
    ms: (path: string, agent: string) => msOf.get(`${path} ${agent}`) ?? 0,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await writing
    },
  }
}

const person = 'Player/1.0'
const cdn = 'Amazon CloudFront'
/** On the server's own machine. */
const machine = 'reader'

describe.skipIf(binary === null)('who watched, beside a journal of a real MediaMTX', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab('hlsTrustedProxies: [127.0.0.1]\nhlsVariant: mpegts\npaths:\n  all_others:\n')
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())

  it('has the hours, the most at once, machines and CDNs apart, and the views of the console', { timeout: 300_000 }, async (context) => {
    if (!lab.server.isAtLeast('1.18.0')) context.skip()
    await using stack = new AsyncDisposableStack()
    for (const path of ['gate', 'door']) stack.use(startPublisher(lab.clip, lab.rtsp(path), 'rtsp', 'tcp'))
    await Promise.all(['gate', 'door'].map((path) => lab.live(path)))
    const journal = startJournal(lab)
    const recorder = await startReaders(lab.rtsp('gate'), 1)
    const [anna, behindCdn] = [watchByHls(lab, 'gate', '10.0.0.1', person), watchByHls(lab, 'gate', '10.0.0.9', cdn)]
    await sleep(8_000)
    const [bert, annaAtTheDoor] = [watchByHls(lab, 'gate', '10.0.0.2', person), watchByHls(lab, 'door', '10.0.0.1', person)]
    await sleep(4_000)
    const openedAt = Date.now()
    const picture = await lab.openPicture('door')
    await until('it plays', 20, async () => picture.played() > 5)
    await sleep(8_000)
    await picture[Symbol.asyncDispose]()
    const closedAt = Date.now()
    await Promise.all([bert, annaAtTheDoor, behindCdn].map((one) => one[Symbol.asyncDispose]()))
    await sleep(5_000)
    await anna[Symbol.asyncDispose]()
    await recorder[Symbol.asyncDispose]()
    await until('nobody reads any more', 60, async () => {
      const counts = await Promise.all(['gate', 'door'].map(async (path) => (await lab.stream(path))?.figures.readers))
      return counts.every((count) => count === 0)
    })
    await journal[Symbol.asyncDispose]()
    const { rows } = await lab.client().viewing.report({ to: Date.now(), lastMs: 3_600_000 })
    for (const path of ['gate', 'door']) {
      const row = rows.find((one) => one.path === path)
      // Each begin and end is seen by the next poll, a second later.
      const near = (ms: number) => ({ least: 0.9 * ms - 2_000, most: 1.1 * ms + 2_000 })
      for (const [ms, agents] of [
        [row?.peopleMs, [person]],
        [row?.othersMs, [cdn, machine]],
      ] as const) {
        const { least, most } = near(agents.reduce((sum, agent) => sum + journal.ms(path, agent), 0))
        expect(ms, `${path} ${agents.join()}`).toBeGreaterThanOrEqual(least)
        expect(ms, `${path} ${agents.join()}`).toBeLessThanOrEqual(most)
      }
      expect(row?.most).toBe(path === 'gate' ? 2 : 1)
    }
    const { views } = await lab.client().viewing.views({})
    expect(views).toMatchObject([{ path: 'door', way: 'hls', end: 'closed' }])
    expect(Math.abs((views[0]?.began ?? 0) - openedAt)).toBeLessThan(3_000)
    expect(Math.abs((views[0]?.ended ?? 0) - closedAt)).toBeLessThan(3_000)
  })
})
