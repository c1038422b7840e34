import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { soleOperator } from '../../src/shared/permissions.ts'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { buttonIn, isThere, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let deck: DemoConsole
let window: ConsoleWindow
let words: Words
interface Kept {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly isFavourite: boolean
}
const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
  const sent = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await deck.ask(`/api/cameras${path}`, { method, ...sent })
  expect(answer.ok, `${method} ${path} ${answer.ok ? '' : await answer.clone().text()}`).toBe(true)
  return (answer.status === 204 ? null : await answer.json()) as T
}
const kept = async () => (await ask<{ readonly cameras: readonly Kept[] }>('GET', '')).cameras
const namesKept = async () => (await kept()).map(({ name }) => name).sort()

beforeAll(async () => {
  words = await wordsInEnglish()
  deck = await startDemoConsole()
})
afterAll(() => deck[Symbol.asyncDispose]())
const open = async () => {
  const ids = (await kept()).map(({ id }) => id)
  if (ids.length > 0) await ask('POST', '/remove', { ids })
  window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
}

const add = (name: string, more: object = {}) => ask<Kept>('POST', '', { name, ...more })
const streamOf = (path: string) => ({ use: 'main', serverId: deck.ids.server, path })
const body = () => window.document.body
const press = async (label: string, facts = {}) => {
  const find = () => buttonIn(body(), words(label, facts))
  await until(find, (found) => expect(found?.disabled, words(label, facts)).toBe(false))
  fireEvent.click(find() as Element)
}
const tick = async (label: string, facts = {}) => {
  const find = () => within(body()).queryByRole('checkbox', { name: words(label, facts) })
  await isThere(find)
  fireEvent.click(find() as Element)
}
const rows = () => [...window.document.querySelectorAll('#page tbody a[href*="/cameras/"]')].map(({ textContent }) => textContent)
const choose = (file: File) => {
  const input = window.document.querySelector<HTMLInputElement>('input[type="file"]') as HTMLInputElement
  Object.defineProperty(input, 'files', { configurable: true, value: [file] })
  fireEvent.change(input)
}

describe('the window', () => {
  beforeEach(open)

  test('streams that no camera has become cameras with one click, and one undo takes them back', async () => {
    window.go('/cameras?view=proposed')
    await windowSays(window, 'cam-4')
    await tick('common.selectName', { name: 'berlin / cam-1' })
    await tick('common.selectName', { name: 'berlin / cam-3' })
    await press('Make 2 cameras')
    const dialog = () => within(body()).getByRole('dialog')
    await isThere(() => within(body()).queryByRole('dialog'))
    fireEvent.input(within(dialog()).getByLabelText(words('cameras.column.project')), { target: { value: 'north' } })
    fireEvent.click(within(dialog()).getByRole('button', { name: words('common.add') }))
    await until(kept, (cameras) => expect(cameras.map(({ project }) => project)).toEqual(['north', 'north']))
    await until(window.text, (said) => expect(said).not.toContain('cam-1'))
    window.go('/cameras')
    await until(rows, (names) => expect(names).toHaveLength(2))
    await press('cameras.undo')
    await until(namesKept, (names) => expect(names).toEqual([]))
  })

  test('many are changed and removed at once, each with one undo', async () => {
    for (const name of ['gate', 'hall', 'yard']) await add(name, { project: 'south' })
    window.go('/cameras')
    await until(rows, (names) => expect(names).toEqual(['gate', 'hall', 'yard']))
    await tick('common.selectName', { name: 'gate' })
    await tick('common.selectName', { name: 'yard' })
    await press('cameras.changeThem')
    await isThere(() => within(body()).queryByRole('dialog'))
    const dialog = within(within(body()).getByRole('dialog'))
    fireEvent.click(dialog.getAllByLabelText(words('cameras.column.project'))[0] as Element)
    fireEvent.input(dialog.getByRole('textbox', { name: words('cameras.column.project') }), { target: { value: 'north' } })
    fireEvent.click(dialog.getByRole('button', { name: words('common.change') }))
    await until(kept, (cameras) => expect(cameras.map(({ name, project }) => `${name} ${project}`).sort()).toEqual(['gate north', 'hall south', 'yard north']))
    await tick('cameras.chooseAll')
    await press('common.remove')
    await isThere(() => within(body()).queryByRole('dialog'))
    fireEvent.click(within(within(body()).getByRole('dialog')).getByRole('button', { name: words('common.remove') }))
    await until(namesKept, (names) => expect(names).toEqual([]))
    await press('cameras.undo')
    await until(namesKept, (names) => expect(names).toEqual(['gate', 'hall', 'yard']))
    await until(rows, (names) => expect(names).toHaveLength(3))
  })

  test('a favourite comes first in the list, and is what the palette offers before anything is typed', async () => {
    for (const name of ['gate', 'hall', 'yard']) await add(name)
    window.go('/cameras')
    await until(rows, (names) => expect(names).toEqual(['gate', 'hall', 'yard']))
    await press('cameras.favourite', { name: 'yard' })
    await until(rows, (names) => expect(names).toEqual(['yard', 'gate', 'hall']))
    expect((await kept()).find(({ isFavourite }) => isFavourite)?.name).toBe('yard')
    fireEvent.keyDown(body(), { key: 'k', ctrlKey: true })
    await until(
      () => within(body()).queryByRole('dialog')?.textContent,
      (said) => {
        expect(said).toContain('yard')
        expect(said).not.toContain('hall')
      },
    )
  })

  test('a sheet is imported after its mistakes were corrected, which come first and are named by row and column', async () => {
    window.go('/cameras?import')
    await isThere(() => window.document.querySelector('input[type="file"]'))
    const head = 'Kamera;Projekt;Adresse\n'
    choose(new File([`${head}gate;north;rtsp://noc:secret@10.0.0.9/1\nhall;north;ftp://10.0.0.9/2\n`], 'list.csv'))
    const dialog = () => within(body()).getByRole('dialog')
    await until(
      () => dialog().textContent,
      (said) => expect(said).toContain(words('cameras.import.nothingUntil')),
    )
    const outcomes = () => [...dialog().querySelectorAll('tbody tr[aria-rowindex]')].map(({ textContent }) => textContent)
    await until(outcomes, ([first, second]) => {
      expect(first).toContain('hall')
      expect(first).toContain('Adresse')
      expect(second).toContain('gate')
    })
    expect(dialog().textContent).not.toContain('secret')
    choose(new File([`${head}gate;north;rtsp://noc:secret@10.0.0.9/1\nhall;north;rtsp://10.0.0.9/2\n`], 'list.csv'))
    await press('Import 2 cameras')
    await until(namesKept, (names) => expect(names).toEqual(['gate', 'hall']))
    await windowSays(window, words('cameras.import.done', { added: '2', changed: '0' }).slice(0, 7))
    await press('cameras.undo')
    await until(namesKept, (names) => expect(names).toEqual([]))
  })

  test('a column that was not guessed is chosen', async () => {
    window.go('/cameras?import')
    await isThere(() => window.document.querySelector('input[type="file"]'))
    choose(new File(['what,where\ngate,roof\n'], 'list.csv'))
    await isThere(() => within(body()).queryByRole('combobox', { name: 'what' }))
    expect(buttonIn(body(), words('cameras.import.title'))?.disabled).toBe(true)
  })

  test('its page has its state, notes and streams, and leads to each; the page of the stream leads back', async () => {
    const { id } = await add('gate', { notes: 'Key at the porter', telephone: '+49 30 1', streams: [streamOf('cam-1')] })
    window.go(`/cameras/${id}`)
    for (const said of ['gate', 'Key at the porter', '+49 30 1', 'cam-1', words('common.availability')]) await windowSays(window, said)
    window.go(`/servers/${deck.ids.server}/streams/cam-1`)
    await isThere(() => window.document.querySelector(`#page h1 ~ a[href="#/cameras/${id}"]`))
    window.go('/cameras/no-such')
    await windowSays(window, words('common.notFound'))
  })

  test('a wall names the camera of a stream', async () => {
    await add('gate', { streams: [streamOf('cam-1')] })
    window.go('/wall?wall=all')
    await windowSays(window, 'gate · berlin')
  })
})

test('who may see cameras alone has his own, and nothing else is even asked for', async () => {
  const { id } = await add('gate', { owner: { kind: 'group', name: 'guards' }, streams: [streamOf('cam-1')] })
  await add('vault')
  const asked = new Set<string>()
  const operator = { ...soleOperator, id: 'guard', name: 'guard', role: 'user', permission: null, owns: { accountId: null, groups: ['guards'] } } as const
  const alone = await openWindow(deck.engine, {
    operator,
    isGreetedAsOperator: true,
    asks: (path, input) => {
      asked.add(path)
      return input
    },
  })
  onTestFinished(() => alone.close())
  alone.go('/streams')
  await until(alone.text, (said) => {
    expect(said).toContain('gate')
    expect(said).not.toContain('vault')
  })
  expect(alone.document.querySelector('nav')).toBeNull()
  fireEvent.keyDown(alone.document.body, { key: '/' })
  expect(alone.document.activeElement?.hasAttribute('data-search')).toBe(true)
  const table = alone.document.querySelector('table') as Element
  fireEvent.keyDown(table, { key: 'ArrowDown' })
  await isThere(() => table.getAttribute('aria-activedescendant'))
  fireEvent.keyDown(table, { key: 'Enter' })
  await until(alone.address, (address) => expect(address).toBe(`/cameras/${id}`))
  await until(alone.text, (said) => {
    expect(said).toContain(words('common.play'))
    expect(said).toContain(words('viewing.column.most'))
  })
  fireEvent.keyDown(alone.document.body, { key: 'k', ctrlKey: true })
  expect(within(alone.document.body).queryByRole('dialog')).toBeNull()
  expect([...asked].filter((path) => !/^(access|accounts|cameras)\.|^viewing\.camera$/.test(path))).toEqual([])
})

test('who moderates cameras and administers nothing sees whose they are', async () => {
  const body = JSON.stringify({ account: { name: 'ada', fullName: 'Ada Lovelace', role: 'administrator' }, password: 'a long password' })
  const added = await deck.ask('/api/accounts', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  const { id } = (await added.json()) as { readonly id: string }
  await add('lobby', { owner: { kind: 'account', id } })
  const operator = { ...soleOperator, id: 'moderator', name: 'moderator', role: 'moderator', permission: 'operate' } as const
  const moderated = await openWindow(deck.engine, { operator, isGreetedAsOperator: true })
  onTestFinished(() => moderated.close())
  moderated.go('/cameras')
  await until(moderated.text, (said) => expect(said).toContain('Ada Lovelace'))
})

test('who moderates cameras without the console does all that he may in his window, by addresses alone, and nothing else is even asked for', async () => {
  const held = (await kept()).map(({ id }) => id)
  if (held.length > 0) await ask('POST', '/remove', { ids: held })
  const plan = await deck.ask('/api/on-air', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'mornings', streams: ['cam-1'], zone: 'UTC', weekly: ['MO-SU 08:00-09:00'] }),
  })
  const { id: expected } = (await plan.json()) as { readonly id: string }
  const { id } = await add('gate', { owner: { kind: 'group', name: 'guards' }, streams: [streamOf('cam-1')], expected })
  const asked = new Set<string>()
  const operator = { ...soleOperator, id: 'mona', name: 'mona', role: 'moderator', permission: null } as const
  window = await openWindow(deck.engine, {
    operator,
    isGreetedAsOperator: true,
    asks: (path, input) => {
      asked.add(path)
      return input
    },
  })
  onTestFinished(() => window.close())
  const dialog = () => within(within(body()).getByRole('dialog'))
  const enter = (label: string, value: string) => fireEvent.input(dialog().getByLabelText(words(label)), { target: { value } })
  const send = (label: string) => fireEvent.click(dialog().getByRole('button', { name: words(label) }))

  window.go('/cameras')
  await press('cameras.add')
  await isThere(() => within(body()).queryByRole('dialog'))
  expect(body().textContent).toContain(words('cameras.form.addressesHint'))
  expect(body().textContent).not.toContain(words('wall.form.addStreams'))
  enter('common.name', 'hall')
  enter('cameras.form.main', 'rtsp://noc:secret@10.0.0.9/1')
  send('common.add')
  await until(namesKept, (names) => expect(names).toEqual(['gate', 'hall']))
  await until(window.address, (address) => expect(address).toMatch(/^\/cameras\/.+/))

  window.go(`/cameras/${id}`)
  await windowSays(window, 'guards')
  await press('common.edit')
  await isThere(() => within(body()).queryByRole('dialog'))
  expect(dialog().getByRole('combobox', { name: words('cameras.form.expected') }).textContent).toBe(words('onAir.title'))
  enter('cameras.column.place', 'Mast 3')
  send('common.save')
  await until(
    () => ask<object>('GET', `/${id}`),
    (camera) => expect(camera).toMatchObject({ place: 'Mast 3', streams: [streamOf('cam-1')], expected }),
  )
  await press('common.remove')
  await isThere(() => within(body()).queryByRole('dialog'))
  send('common.remove')
  await until(namesKept, (names) => expect(names).toEqual(['hall']))
  await press('cameras.undo')
  await until(namesKept, (names) => expect(names).toEqual(['gate', 'hall']))

  window.go('/cameras')
  await until(rows, (names) => expect(names).toEqual(['gate', 'hall']))
  await press('cameras.export')
  await press('CSV')
  await until(
    () => window.savedFiles,
    (files) => expect(files).toEqual([expect.stringMatching(/\.csv$/)]),
  )
  await tick('cameras.chooseAll')
  await press('cameras.changeThem')
  await isThere(() => within(body()).queryByRole('dialog'))
  send('common.cancel')
  await until(
    () => within(body()).queryByRole('dialog'),
    (open) => expect(open).toBeNull(),
  )
  window.go('/cameras?import')
  await isThere(() => window.document.querySelector('input[type="file"]'))
  choose(new File(['Kamera,Adresse\nroof,rtsp://10.0.0.9/3\n'], 'list.csv'))
  await press('Import 1 camera')
  await until(namesKept, (names) => expect(names).toEqual(['gate', 'hall', 'roof']))

  window.go('/cameras?view=proposed')
  await isThere(() => buttonIn(body(), words('cameras.network.button')))
  expect(window.text(), 'of streams on servers nothing is said').not.toContain(words('cameras.proposed.none'))
  expect([...asked].filter((path) => !/^(access|accounts|cameras)\.|^viewing\.camera$/.test(path))).toEqual([])
  await deck.ask(`/api/on-air/${expected}`, { method: 'DELETE' })
})
