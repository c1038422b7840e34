import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFakeFfmpeg } from '../../../tests/fakes/fakeFfmpeg.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { createMediaClient } from '../../media/mediaClient.ts'
import { createPictureTools } from './pictureTools.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-tools-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function start(configured = '') {
  const media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend: 'ffmpeg' })
  const kept = new Map<string, string>()
  const settings = { read: (key: string) => kept.get(key) ?? null, write: (key: string, value: string) => void kept.set(key, value) }
  return { kept, tools: createPictureTools({ media, settings, configured }), [Symbol.asyncDispose]: () => media[Symbol.asyncDispose]() }
}

describe.skipIf(process.platform === 'win32')('the ffmpeg of Settings', () => {
  it('is kept once it has run, and is the one that stills are made with from then on', async () => {
    const path = join(folder, 'ffmpeg')
    writeFakeFfmpeg(path)
    await using desk = start()
    const ffmpeg = { path, version: '7.1.1-fake', lacks: [] }
    expect(await desk.tools.keep(path)).toMatchObject({ ok: true, value: { uses: 'ffmpeg', ffmpeg, named: path, problem: null } })
    expect(desk.tools.ffmpeg()).toBe(path)
    expect(await desk.tools.check()).toMatchObject({ ffmpeg, named: path })
  })

  it('that cannot be used is not kept, and why is said', async () => {
    await using desk = start()
    expect(await desk.tools.keep('/bin/sh')).toEqual({ ok: false, error: { kind: 'notFfmpeg', path: '/bin/sh' } })
    expect([...desk.kept]).toEqual([])
    expect(desk.tools.ffmpeg()).toBe('')
  })

  it('wins over the one of the configuration file; emptied, it gives way to that one', async () => {
    const named = join(folder, 'ffmpeg-named')
    const configured = join(folder, 'ffmpeg-configured')
    for (const path of [named, configured]) writeFakeFfmpeg(path)
    await using desk = start(configured)
    expect(await desk.tools.check()).toMatchObject({ ffmpeg: { path: configured }, named: '', configured })
    await desk.tools.keep(named)
    expect(desk.tools.ffmpeg()).toBe(named)
    expect(await desk.tools.keep('')).toMatchObject({ ok: true, value: { ffmpeg: { path: configured }, named: '' } })
    expect(desk.tools.ffmpeg()).toBe(configured)
  })

  it('is not asked for where no media process is lent', async () => {
    const tools = createPictureTools({ media: null, settings: { read: () => null, write: () => {} }, configured: '' })
    expect(await tools.check()).toMatchObject({ uses: null, ffmpeg: null, problem: { kind: 'unavailable', because: 'noProcess' } })
    expect((await tools.keep('/usr/bin/ffmpeg')).ok).toBe(false)
  })
})
