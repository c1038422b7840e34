import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestEngines } from './testEngines.ts'

test.skipIf(process.platform === 'win32')(
  'servers entered before and after main.db was removed are there at the next start, and an event says what happened',
  async () => {
    await using engines = await createTestEngines(Date.UTC(2026, 10, 14, 3))
    const started = async () => (await engines.start()).client
    const client = await started()
    // They are not asked: they are paused.
    const add = (name: string) => client.servers.add({ name, url: `http://${name}.invalid:9997`, paused: true })
    await add('before')
    for (const end of ['', '-wal', '-shm']) rmSync(join(engines.folder, 'data', `main.db${end}`))
    await engines.clock.advance(6_000)
    await add('after')
    expect((await client.history.events({ kinds: ['storeDamaged'], limit: 5 })).map(({ text }) => text)).toEqual([
      expect.stringContaining('(main.db) was removed while mtxdeck was running'),
    ])
    await engines.stop()
    expect((await (await started()).servers.list()).map(({ name }) => name).sort()).toEqual(['after', 'before'])
  },
)
