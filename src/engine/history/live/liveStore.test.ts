import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestHistory } from '../testHistory.fixture.ts'
import { createLiveStore } from './liveStore.ts'

test('a pack is read once, however many of the paths asked for come after it and are in none', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mtxdeck-live-store-'))
  const history = createTestHistory(join(dir, 'history.db'))
  try {
    const paths = ['', ...Array.from({ length: 20 }, (_, i) => `cam${i}`)]
    history.seal({ server: 'a', paths, times: [1000, 3000], perPack: 5 })
    let reads = 0
    const live = createLiveStore(history.db, (run) => {
      reads++
      return run()
    })
    const [seal] = live.seals(1, Number.MAX_SAFE_INTEGER, 0, 10_000)
    if (!seal) throw new Error('no seal')
    const ask = (nos: readonly number[]) => {
      reads = 0
      const found = [...live.chunks(seal, nos).keys()]
      // Each path that is found was read, too.
      return { found, packs: reads - found.length }
    }
    // Paths are numbered from 1.
    const all = Array.from(paths, (_, i) => i + 1)
    const inNone = Array.from({ length: 1000 }, (_, i) => 100 + i)
    expect(ask([...all, ...inNone])).toEqual({ found: all, packs: 5 })
    expect(ask(inNone)).toEqual({ found: [], packs: 1 })
    expect(ask([3, 21, 7, 500])).toEqual({ found: [3, 7, 21], packs: 3 })
    expect(ask([])).toEqual({ found: [], packs: 0 })
  } finally {
    history.db.close()
    await rm(dir, { recursive: true })
  }
})
