import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import { ownerIdOf } from '../shared/subjectNames.ts'

test('a server that is restarted between two polls raises that each time, whoever publishes, and however soon again', async () => {
  const servers = [0, 1, 3].flatMap((count) =>
    (['publisher', 'dynamic', 'pulled'] as const).map((mode) => ({
      name: `${count} ${mode}`,
      paths: Array.from({ length: count }, (_, place) => ({ name: `cam${place}`, mode })),
    })),
  )
  const { engines, demo } = await createTestFleet(Date.UTC(2026, 9, 24, 11), 'restarts', servers)
  const { client } = await engines.start({ servers: demo.yamlServers() }, { dataDir: join(engines.folder, 'data') })
  await engines.clock.advance(30_000)
  const restarts = 5
  for (let time = 0; time < restarts; time++) {
    for (const { name } of servers) demo.server(name).trouble({ kind: 'die', forMs: 50 })
    // Info of a server without streams is read once a minute.
    await engines.clock.advance(70_000 + time * 370)
  }
  const names = new Map((await client.servers.list()).map(({ id, name }) => [id, name]))
  const counts = (await client.alarms.list({})).map(({ rule, subject, count }) => [names.get(ownerIdOf(subject)), rule, count])
  expect(counts.sort()).toEqual(servers.map(({ name }) => [name, 'serverRestarted', restarts]).sort())
  await closeWithoutBugs(engines)
})
