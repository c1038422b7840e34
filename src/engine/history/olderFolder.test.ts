import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { seriesNamed } from '../../shared/subjects.ts'
import { unpackBundle } from './bundle/bundle.ts'
import type { History } from './history.ts'
import { askFolder, bundleMoments, bundleSpan, folderBegin, momentsAsked, pollUntil } from './olderFolder.fixture.ts'
import { testHistories } from './openHistories.fixture.ts'

const fixture = fileURLToPath(new URL('../../../tests/fixtures/store-form-30/', import.meta.url))
const unpacked = async (name: string): Promise<Buffer> => gunzipSync(await readFile(join(fixture, name)))
const { endedAt, folder: ofFolder, bundle: ofBundle } = JSON.parse(String(await unpacked('expected.json.gz')))

const { clock, dataDir, open } = testHistories(endedAt)

async function openOlder(): Promise<History> {
  for (const name of await readdir(fixture, { recursive: true })) {
    if (!name.endsWith('.db.gz')) continue
    const file = join(dataDir(), name.slice(0, -'.gz'.length))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, await unpacked(name))
  }
  return open()
}

test('a folder of form 30, with hosts behind the columns of servers, is told value by value as the version that wrote it did', async () => {
  const store = await openOlder()
  const found = await askFolder(store, folderBegin, endedAt, momentsAsked, true)
  expect(found).toEqual(ofFolder)
  expect(JSON.stringify(found).length).toBeGreaterThan(100_000)
})

test('it goes on being written: what was in its journal is kept, once, and each kind has its own columns from then on', async () => {
  const before = await openOlder()
  await clock().advance(15_000)
  await pollUntil(before, clock(), endedAt + 30 * 60_000)
  const after = await open()
  expect(await askFolder(after, folderBegin, endedAt, momentsAsked, true)).toEqual({ ...ofFolder, tails: expect.anything(), events: expect.anything() })
  const ask = async (ownerId: string, path: string, metric: 'device.received' | 'path.bitrateIn' | 'host.cpu') =>
    (await after.range({ series: [seriesNamed(ownerId, path, metric)], from: endedAt - 3 * 60_000, to: clock().now(), points: 5000, tier: 'samples' }))[0]
  for (const columns of [
    await ask('host-oslo', 'net:eth0', 'device.received'),
    await ask('host-oslo', '', 'host.cpu'),
    await ask('berlin', 'cam1', 'path.bitrateIn'),
  ])
    expect(columns?.at.length).toBeGreaterThan(60)
})

test('a bundle of form 30 opens and tells what it told then', async () => {
  const file = join(dataDir(), 'night.mtxdeck')
  await writeFile(file, await unpacked('night.mtxdeck.gz'))
  const opened = await unpackBundle(file, { dataDir: dataDir(), turn: async () => {}, keepPicture: async () => {} })
  expect(opened).toMatchObject({ ok: true, value: { note: 'a night', from: bundleSpan.from } })
  expect(await askFolder(await open(), bundleSpan.from, bundleSpan.to, bundleMoments, false)).toEqual(ofBundle)
})
