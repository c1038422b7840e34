import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import type { TestEngines } from '../testEngines.ts'

let engines: TestEngines
beforeEach(async () => {
  ;({ engines } = await createTestFleet(Date.UTC(2026, 10, 29, 3), 'desk lock', [rtspServer('Berlin', 'cam1')]))
})
afterEach(() => closeWithoutBugs(engines))
const start = () => engines.start({}, { dataDir: join(engines.folder, 'data') })
const lockOf = async (client: Awaited<ReturnType<typeof start>>['client']) => (await client.accounts.me()).lock

test('a desk that is locked sees everything and changes nothing, until its password opens it', async () => {
  const { client } = await start()
  expect(await lockOf(client)).toEqual({ isSet: false, isLocked: false, afterMinutes: null })
  await expect(client.accounts.lock()).rejects.toMatchObject({ data: { kind: 'noDeskLock' } })
  const { id } = await client.cameras.add({ name: 'Yard' })
  await client.accounts.setLock({ password: 'night', afterMinutes: 15 })
  expect(await lockOf(client)).toEqual({ isSet: true, isLocked: false, afterMinutes: 15 })
  await client.accounts.lock()
  expect(await lockOf(client)).toEqual({ isSet: true, isLocked: true, afterMinutes: 15 })
  expect(await client.servers.list()).toEqual([])
  expect((await client.cameras.list({})).total).toBe(1)
  const locked = { code: 'FORBIDDEN', data: { kind: 'deskLocked' } }
  await expect(client.cameras.add({ name: 'Gate' })).rejects.toMatchObject(locked)
  await expect(client.cameras.favourite({ id, on: true })).rejects.toMatchObject(locked)
  await expect(client.servers.add({ name: 'Bonn', url: 'http://127.0.0.1:9' })).rejects.toMatchObject(locked)
  await expect(client.accounts.setLock({ password: null, afterMinutes: null })).rejects.toMatchObject(locked)
  await expect(client.accounts.unlock({ password: 'day' })).rejects.toMatchObject({ data: { kind: 'wrongPassword' } })
  await client.accounts.unlock({ password: 'night' })
  await client.cameras.add({ name: 'Gate' })
})

test('the app starts locked, and the lock is changed and taken away with its password alone', async () => {
  const first = await start()
  await first.client.accounts.setLock({ password: 'night', afterMinutes: null })
  await engines.stop(first.engine)
  const { client } = await start()
  expect(await lockOf(client)).toMatchObject({ isSet: true, isLocked: true })
  await client.accounts.unlock({ password: 'night' })
  await expect(client.accounts.setLock({ current: 'day', password: null, afterMinutes: null })).rejects.toMatchObject({ data: { kind: 'wrongPassword' } })
  await client.accounts.setLock({ current: 'night', afterMinutes: 5 })
  expect(await lockOf(client)).toMatchObject({ isSet: true, afterMinutes: 5 })
  await client.accounts.setLock({ current: 'night', password: null, afterMinutes: null })
  expect(await lockOf(client)).toEqual({ isSet: false, isLocked: false, afterMinutes: null })
})

test('whoever guesses the password waits after five wrong ones, and the right one too', async () => {
  const { client } = await start()
  await client.accounts.setLock({ password: 'night', afterMinutes: null })
  await client.accounts.lock()
  for (let tries = 0; tries < 5; tries++) await expect(client.accounts.unlock({ password: 'day' })).rejects.toMatchObject({ data: { kind: 'wrongPassword' } })
  await expect(client.accounts.unlock({ password: 'night' })).rejects.toMatchObject({ data: { kind: 'tooManyTries' } })
  await engines.clock.advance(31_000)
  await client.accounts.unlock({ password: 'night' })
  expect(await lockOf(client)).toMatchObject({ isLocked: false })
})
