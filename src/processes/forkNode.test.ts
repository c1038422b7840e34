import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSystemClock, sleep } from '../clock/clock.ts'
import { forkNode, letGo } from './forkNode.ts'

const clock = createSystemClock()
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-exit-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** How a process of which a native thread is blocked ended, or null: it did not within 2 s. */
async function endOf(way: 'atOnce' | 'inOrder'): Promise<string | null> {
  const pipe = join(folder, way)
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  const child = forkNode(new URL('./blocked.fixture.ts', import.meta.url), { args: [pipe, way] })
  await new Promise<void>((resolve) => child.on('message', () => resolve()))
  child.postMessage(letGo)
  const ended = await Promise.race([child.ended, sleep(clock, 2_000, new AbortController().signal).then(() => null)])
  child.kill()
  await child.ended
  return ended
}

test.runIf(process.platform === 'linux')('a process ends at once although a native thread of it is blocked, which process.exit would wait for', async () => {
  expect(await endOf('inOrder')).toBeNull()
  expect(await endOf('atOnce')).toBe('SIGKILL')
})
