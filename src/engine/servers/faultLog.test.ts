import { expect, it } from 'vitest'
import type { FieldFault } from './apiFields.ts'
import { watchPlayedServer } from './playedServer.fixture.ts'

it('names the first ten wrong fields of a server in the log', async () => {
  await using watched = await watchPlayedServer()
  const { clock, network, warned } = watched
  const fields = Array.from({ length: 40 }, (_, n): FieldFault => ({ field: `field${n}`, fault: 'type' }))
  // Another one in each poll.
  for (let n = 1; n <= 40; n++) {
    network.faults = fields.slice(0, n)
    await clock.advance(2_000)
  }
  const named = warned('a server sends values that cannot be right').flatMap(({ facts }) => (facts as { faults: FieldFault[] }).faults)
  expect(named).toEqual(fields.slice(0, 10))
})
