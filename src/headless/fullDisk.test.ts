import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { canMountDisks, createSmallDisk, type SmallDisk } from '../engine/storage/smallDisk.fixture.ts'
import { checkData } from './checkData.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let disk: SmallDisk
beforeEach(() => {
  disk = createSmallDisk('24m')
})
afterEach(() => disk[Symbol.dispose]())

const ballast = () => join(disk.folder, 'ballast')
/** Fills the disk to its last byte. */
function fill() {
  for (const size of [1 << 20, 4096, 1]) {
    const piece = Buffer.alloc(size, 7)
    try {
      for (;;) appendFileSync(ballast(), piece)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}

const figures = async (deck: TestConsole) => (await (await deck.ask('/api/history/store')).json()) as { trouble: string | null; setAside: unknown }
/** How many samples of cam1 are kept, as such or in minutes: on so small a disk samples stay only until they are sealed. */
async function samplesKept(deck: TestConsole, from: number, to = Date.now() + 1000) {
  const [server] = (await (await deck.ask('/api/servers')).json()) as { id: string }[]
  const series = [{ serverId: server?.id ?? '', path: 'cam1', metric: 'path.state' }]
  const answer = await deck.ask('/api/history/range', {
    method: 'POST',
    body: JSON.stringify({ series, from, to, points: 5000, tier: 'samples', totals: true }),
    headers: { 'Content-Type': 'application/json' },
  })
  const [columns] = (await answer.json()) as { count: number[] }[]
  return columns?.count.reduce((sum, count) => sum + count, 0) ?? 0
}
const startFleet = () =>
  createDemoFleet({
    clock: createSystemClock(),
    seed: 'disk',
    servers: [{ name: 'one', paths: [{ name: 'cam1', mode: 'publisher', live: true }], intervalSeconds: 0.5 }],
  })

describe.runIf(canMountDisks)('a disk of its own (tmpfs of 24 MB; needs root)', () => {
  test('full: the console watches on, says it, loses nothing that was written, and goes on when there is room', async () => {
    await using fleet = await startFleet()
    const dataDir = join(disk.folder, 'data')
    const servers = [fleet.server('one').input]
    const begun = Date.now()
    let kept = 0
    {
      await using deck = await startTestConsole({ dataDir, servers })
      await expect.poll(() => samplesKept(deck, begun - 60_000)).toBeGreaterThan(4)
      // Written within a second.
      const before = await samplesKept(deck, begun - 60_000)

      fill()
      await expect.poll(() => figures(deck).then(({ trouble }) => trouble)).toMatch(/^The disk of .* is full/)
      // A disk as small as this one is always told to be nearly full; that it is full is another thing.
      // Watching goes on: what is live now is told, and newer than the full disk.
      const newest = async () => {
        const [report] = (await (await deck.ask('/api/streams')).json()) as { state: string; bytesReceived: number }[]
        return report
      }
      const first = (await newest())?.bytesReceived ?? 0
      await expect.poll(() => newest().then((report) => report?.bytesReceived ?? 0)).toBeGreaterThan(first)
      // What has to be stored is refused, and nothing pretends to have been.
      const add = () =>
        deck.ask('/api/servers', {
          method: 'POST',
          body: JSON.stringify({ name: 'two', url: 'http://127.0.0.1:9', auth: { kind: 'none' } }),
          headers: { 'Content-Type': 'application/json' },
        })
      const names = async () => ((await (await deck.ask('/api/servers')).json()) as { name: string }[]).map(({ name }) => name)
      const refused = await add()
      expect([refused.status, await refused.json()]).toEqual([507, expect.objectContaining({ message: expect.stringMatching(/disk of the console is full/) })])
      expect(await names()).toEqual(['one'])
      expect((await figures(deck)).setAside).toEqual([])

      rmSync(ballast())
      await expect.poll(() => figures(deck).then(({ trouble }) => trouble)).toMatch(/^Only .* are free/)
      expect([(await add()).status, await names()]).toEqual([201, ['one', 'two']])
      const whileFull = await samplesKept(deck, begun - 60_000)
      expect(whileFull).toBeGreaterThan(before)
      await expect.poll(() => samplesKept(deck, begun - 60_000)).toBeGreaterThan(whileFull + 2)
      kept = await samplesKept(deck, begun - 60_000)
    }
    expect((await checkData(dataDir, () => {}))?.findings).toEqual([])
    await using again = await startTestConsole({ dataDir, servers })
    expect(await samplesKept(again, begun - 60_000)).toBeGreaterThanOrEqual(kept)
  })

  test('full from the start: it is refused in words, and nothing is set aside', async () => {
    const dataDir = join(disk.folder, 'data')
    {
      await using _deck = await startTestConsole({ dataDir })
    }
    rmSync(join(dataDir, 'history.db'))
    fill()
    await expect(startTestConsole({ dataDir })).rejects.toThrow(/^The disk of .* is full: nothing more is stored\. Free some space/)
    rmSync(ballast())
    await using again = await startTestConsole({ dataDir })
    expect((await figures(again)).setAside).toEqual([])
  })

  test('read-only: it is refused in words, and starts when it can be written', async () => {
    const dataDir = join(disk.folder, 'data')
    {
      await using _deck = await startTestConsole({ dataDir })
    }
    disk.remount('ro')
    await expect(startTestConsole({ dataDir })).rejects.toThrow(/cannot be written/)
    disk.remount('rw')
    await using again = await startTestConsole({ dataDir })
    expect((await figures(again)).setAside).toEqual([])
  })
})
