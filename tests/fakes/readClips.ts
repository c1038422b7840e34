import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createMediaClient } from '../../src/media/mediaClient.ts'
import type { Evidence } from '../../src/shared/media.ts'
import { type Content, contentWatchOf } from '../../src/shared/probeContent.ts'
import { makeClip } from '../real/makeClip.ts'

/** What a clip shows and plays: graphs of filters as `makeClip` takes them. */
export interface ClipGraphs {
  readonly picture?: string
  readonly sound?: string
}
/** What was found in a clip. */
export interface SeenClip {
  readonly content: Content
  readonly evidence: Evidence | null
}

/** Makes each clip, and has the media process look for everything that a studio's profile looks for in five seconds of it. */
export async function readClips<Name extends string>(clips: Readonly<Record<Name, ClipGraphs>>): Promise<Readonly<Record<Name, SeenClip>>> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-seen-'))
  const server = createServer((request, response) => response.end(readFileSync(join(folder, (request.url ?? '').slice(1)))))
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend: 'node-av' })
    const content = contentWatchOf({ profile: 'studio', checks: [], thresholds: {} })
    const seen = new Map<string, SeenClip>()
    for (const [name, graphs] of Object.entries<ClipGraphs>(clips)) {
      await makeClip(join(folder, `${name}.ts`), { seconds: 7, width: 320, height: 180, format: 'mpegts', ...graphs })
      const request = { url: `${http}/${name}.ts`, answerMs: 30_000, checkMs: 5_000, isContinuous: false, content }
      const error = await media.probe(request, (reading, evidence) => reading.content !== null && seen.set(name, { content: reading.content, evidence }))
      if (error !== null || !seen.has(name)) throw new Error(`the clip ${name} can’t be read: ${JSON.stringify(error)}`)
    }
    return Object.fromEntries(seen) as Record<Name, SeenClip>
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true })
  }
}
