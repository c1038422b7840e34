import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MetricId } from '../../../shared/metrics.ts'
import { defaultLimits } from '../protocol/protocol.ts'
import { createOpenedHistory, type OpenedHistory } from './openedHistory.ts'

const metrics: readonly MetricId[] = ['path.readers']
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-opened-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true })
})

const put = (history: OpenedHistory, at: number): void =>
  history.use((to) => to.batch({ ownerId: 'a', at, list: 0, paths: ['cam'], metrics, values: Float64Array.of(1) }))

test('a damaged file that cannot be set aside takes nothing more: the writer is told so at once', () => {
  // A name so long that no file can have it with an end that says that it is damaged.
  const file = join(dir, `${'h'.repeat(230)}.db`)
  const history = createOpenedHistory({ file, archives: join(dir, 'history'), limits: defaultLimits }, () => {})
  expect(history.open(1000)).toEqual({ error: null, newFile: null })
  put(history, 1000)
  history.foundDamaged()
  expect(() => history.mend({ now: 2000 })).toThrow('ENAMETOOLONG')
  expect(() => put(history, 3000)).toThrow('the store is not open')
  history.close()
})
