import { expect, it } from 'vitest'
import type { Camera } from '../../shared/cameras.ts'
import { cameraEntries, cameraFields, newCamera, noCommonChange, readCamera, readCommonChange } from './cameraForm.ts'

const servers = [
  { id: 'srv_berlin', name: 'Berlin' },
  { id: 'srv_hall', name: 'Berlin / hall' },
]
const fields = cameraFields({ accounts: new Map([['acc_1', 'Anna']]), plans: [] }, null, undefined)
const entries = { ...cameraEntries(newCamera, servers), name: 'Gate' }
const read = (more: Partial<typeof entries>, stored: Camera | null = null) => readCamera({ ...entries, ...more }, stored, servers, fields)

it('a new camera needs no more than a name', () => {
  expect(read({})).toMatchObject({ ok: true, value: { name: 'Gate', streams: [], owner: null, expected: null, importance: 'normal' } })
  expect(read({ name: ' ' })).toMatchObject({ ok: false, error: { name: expect.anything() } })
})

it('streams are lines of servers and paths, or addresses, main ones before the others', () => {
  const { ok, ...found } = read({ main: 'Berlin / hall / cam1\nrtsp://noc:secret@10.0.0.9/1\n', sub: 'berlin / low/cam1' })
  expect([ok, found]).toMatchObject([
    true,
    {
      value: {
        streams: [
          { use: 'main', serverId: 'srv_hall', path: 'cam1' },
          { use: 'main', address: 'rtsp://noc:secret@10.0.0.9/1' },
          { use: 'sub', serverId: 'srv_berlin', path: 'low/cam1' },
        ],
      },
    },
  ])
})

it('a line that is neither is named at its field, as is an address that no player reads', () => {
  expect(read({ sub: 'Paris / cam1' })).toEqual({ ok: false, error: { sub: 'cameras.form.streamWrong' } })
  expect(read({ main: 'ftp://10.0.0.9/1' })).toMatchObject({ ok: false, error: { main: expect.anything() } })
})

it('is entered as it is stored, and read back the same', () => {
  const stored = {
    ...newCamera,
    name: 'Gate',
    owner: { kind: 'group', name: 'guards' } as const,
    tags: ['door', 'north'],
    streams: [{ use: 'main', serverId: 'srv_gone', path: 'cam1' } as const, { use: 'sub', address: 'rtsp://***:***@10.0.0.9/2' } as const],
    expected: 'always',
  }
  const result = readCamera(cameraEntries(stored, servers), stored as unknown as Camera, servers, fields)
  expect(result).toEqual({ ok: true, value: stored })
})

it('an owner who is chosen and not named is missing', () => {
  expect(read({ ownerKind: 'account' })).toMatchObject({ ok: false, error: { account: { validationError: { kind: 'empty' } } } })
  expect(read({ ownerKind: 'account', account: 'acc_1' })).toMatchObject({ ok: true, value: { owner: { kind: 'account', id: 'acc_1' } } })
})

it('an owner whose name may not be read here is an account, and no id', () => {
  const owned = { ...newCamera, owner: { kind: 'account', id: 'acc_9' } } as unknown as Camera
  const [account] = cameraFields({ accounts: new Map(), plans: [] }, owned, undefined).flatMap((field) => (field.id === 'account' ? [field] : []))
  expect(account).toMatchObject({ options: [{ value: 'acc_9', label: 'cameras.someAccount' }] })
})

it('of many only what is ticked is changed', () => {
  expect(readCommonChange({ ...noCommonChange, project: 'north' })).toEqual({ ok: false, error: { changesProject: 'cameras.form.nothingTicked' } })
  expect(readCommonChange({ ...noCommonChange, changesProject: 'yes', project: 'north', changesOwner: 'yes' })).toEqual({
    ok: true,
    value: { project: 'north', owner: null },
  })
  expect(readCommonChange({ ...noCommonChange, changesTags: 'yes', tags: '' })).toEqual({ ok: true, value: { tags: [] } })
  expect(readCommonChange({ ...noCommonChange, changesProject: 'yes', project: 'x'.repeat(101) })).toMatchObject({
    ok: false,
    error: { project: expect.anything() },
  })
})
