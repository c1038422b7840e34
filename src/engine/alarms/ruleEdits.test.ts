import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ruleName } from '../../i18n/ruleText.ts'
import { writtenRulesSchema } from '../../shared/writtenRules.ts'
import { createTestEngines, refused, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3)
type Client = Awaited<ReturnType<TestEngines['start']>>['client']
const ruleOf = async (client: Client, id: string) => (await client.rules.list()).find((rule) => rule.id === id)

test('a shipped rule that was changed in the console is in force at once and after a restart, says who changed it, and is as before once that is removed', async () => {
  await using engines = await createTestEngines(startAt)
  const first = await engines.start()
  const shipped = await ruleOf(first.client, 'streamGone')
  const changed = await first.client.rules.update({ id: 'streamGone', change: { onDelaySeconds: 40 } })
  expect(changed).toMatchObject({
    origin: 'console',
    onDelayMs: 40_000,
    edited: { by: 'operator', at: startAt, input: { id: 'streamGone', onDelaySeconds: 40 } },
  })
  await engines.stop(first.engine)
  const { client } = await engines.start()
  expect(await ruleOf(client, 'streamGone')).toEqual(changed)
  await client.rules.remove({ id: 'streamGone' })
  expect(await ruleOf(client, 'streamGone')).toEqual(shipped)
  expect(await refused(client.rules.remove({ id: 'streamGone' }))).toMatch(/^This does not exist/)
})

test('a rule is added once, and switched off and on', async () => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  const slow = { id: 'slowLink', metric: 'path.rtt', above: 300, clear: 200 } as const
  expect(await client.rules.add({ ...slow })).toMatchObject({
    origin: 'console',
    enabled: true,
    watches: { metric: 'path.rtt', levels: [{ limit: 300, clear: 200 }] },
  })
  expect(await refused(client.rules.add({ ...slow }))).toMatch(/^This name is taken/)
  const { id, ...change } = slow
  expect(await client.rules.update({ id, change: { ...change, enabled: false } })).toMatchObject({ enabled: false })
  const exceptions = [{ streams: ['moon/*'], above: 2_800, reason: 'it is on the moon' }]
  expect((await client.rules.update({ id, change: { ...change, exceptions } })).exceptions).toMatchObject([
    { scope: { streams: ['moon/*'] }, reason: 'it is on the moon', watches: { levels: [{ limit: 2_800 }] } },
  ])
})

test('who changes a rule that somebody else has changed since is told, and loses nothing', async () => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  const opened = (await ruleOf(client, 'hostCpu'))?.edited?.at ?? null
  const first = await client.rules.update({ id: 'hostCpu', change: { above: 95 }, openedAt: opened })
  await engines.clock.advance(1_000)
  const said = await refused(client.rules.update({ id: 'hostCpu', change: { above: 85 }, openedAt: opened }))
  expect(said).toMatch(/^Somebody changed this since you opened it\./)
  expect(await ruleOf(client, 'hostCpu')).toEqual(first)
  expect(await client.rules.update({ id: 'hostCpu', change: { above: 85 }, openedAt: first.edited?.at ?? null })).toMatchObject({
    edited: { input: { above: 85 } },
  })
  await client.rules.update({ id: 'hostCpu', change: { above: 80 } })
})

test('what the configuration file says of a rule counts, and is changed there only', async () => {
  await using engines = await createTestEngines(startAt)
  const first = await engines.start()
  await first.client.rules.update({ id: 'hostCpu', change: { above: 60 } })
  await engines.stop(first.engine)
  const { client } = await engines.start({ rules: [{ id: 'hostCpu', above: 97 }] })
  expect(await ruleOf(client, 'hostCpu')).toMatchObject({ origin: 'file', edited: null, watches: { levels: [{ limit: 97 }] } })
  const said = 'This comes from the configuration file: change it there.'
  expect(await refused(client.rules.update({ id: 'hostCpu', change: { above: 50 } }))).toBe(said)
  expect(await refused(client.rules.remove({ id: 'hostCpu' }))).toBe(said)
})

test('each change is an event with the name of the operator', async () => {
  await using engines = await createTestEngines(startAt)
  const { engine, client } = await engines.start()
  await client.rules.update({ id: 'hostCpu', change: { enabled: false } })
  await client.rules.update({ id: 'hostCpu', change: { above: 97 } })
  await client.rules.remove({ id: 'hostCpu' })
  await engine.settled()
  const events = await client.history.events({ kinds: ['ruleEdited'] })
  expect(events.map(({ facts }) => facts).reverse()).toEqual(['changed', 'changed', 'removed'].map((what) => ({ rule: 'hostCpu', by: 'operator', what })))
})

test.each([
  [{ id: 'slow', metric: 'path.rt', above: 3 }, 'there is no "path.rt"; did you mean path.rtt?'],
  [{ id: 'slow', metric: 'path.rtt', above: 3, clear: 4 }, 'expected 3 or less'],
  [{ id: 'slow', metric: 'path.rtt', above: 3, below: 4 }, 'not together with above: give one of above, below, beyond'],
  [{ id: 'slow', metric: 'path.rtt' }, 'give one of above, below, beyond'],
  [{ id: 'streamGon', onDelaySeconds: 4 }, 'mtxdeck has no rule "streamGon"; did you mean streamGone?'],
  [{ id: 'streamGone', streams: ['~('] }, '"~(" is not a valid pattern'],
  [{ id: 'streamGone', above: 3 }, 'rules.0.above'],
  // `stream` is no key: without its scope it would be an exception for everything.
  [{ id: 'streamGone', exceptions: [{ stream: ['cam1'], enabled: false, reason: 'test' }] }, 'rules.0.exceptions.0'],
  [{ id: 'streamGone', onDelaySeconds: -4 }, 'expected a number from 0 to 86,400'],
])('%j is refused with the words of the configuration file, and changes nothing', async (input, said) => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  const before = await client.rules.list()
  expect(await refused(client.rules.add(input as never))).toContain(said.replace('rules.0.', ''))
  expect(await client.rules.list()).toEqual(before)
})

test('what was entered is exported as YAML that a configuration file takes', async () => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  await client.rules.add({ id: 'slowLink', metric: 'path.rtt', above: 300, runbook: 'Call: "the site"\nthen wait', streams: ['~^a: b$', '*'] })
  await client.rules.update({ id: 'hostCpu', change: { exceptions: [{ hosts: ['edge*'], above: 99, reason: 'encodes at night' }] } })
  const { yaml } = await client.rules.exportYaml()
  const edits = (await client.rules.list()).flatMap(({ edited }) => edited?.input ?? [])
  const written = parse(yaml, { schema: 'failsafe' }) as { readonly rules: unknown }
  expect(writtenRulesSchema.parse(written.rules)).toEqual(expect.arrayContaining(edits))
  expect(edits).toHaveLength(2)
})

test('a rule is called what it was named, is exported with that, and a name is bounded', async () => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  const named = { id: 'slowLink', name: ' <b>Slow</b> link: "A" ', metric: 'path.rtt', above: 300 } as const
  expect(await client.rules.add({ ...named })).toMatchObject({ name: '<b>Slow</b> link: "A"' })
  const rule = await ruleOf(client, 'slowLink')
  expect(rule && ruleName(rule, 'en')).toBe('<b>Slow</b> link: "A"')
  await client.rules.update({ id: 'slowLink', change: { metric: 'path.rtt', above: 300, name: '' } })
  expect(await ruleOf(client, 'slowLink')).toMatchObject({ name: 'Round trip' })
  expect(await refused(client.rules.update({ id: 'slowLink', change: { metric: 'path.rtt', above: 300, name: 'x'.repeat(101) } }))).toContain(
    'change.name: at most 100 characters',
  )
})
