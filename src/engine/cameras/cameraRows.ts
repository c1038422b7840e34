import type { Database } from 'better-sqlite3'
import { type CameraInput, type CameraStream, cameraInputSchema, cameraSchema } from '../../shared/cameras.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { storedJson } from '../storage/storedJson.ts'

export interface StoredCamera {
  readonly id: string
  /** Addresses without their secrets. */
  readonly input: CameraInput
  /** The addresses of its streams, in their order: null where it has none, or where it can't be decrypted. */
  readonly addresses: readonly (string | null)[]
  readonly pushed: { readonly serverId: string; readonly path: string; readonly at: number; readonly by: string } | null
  /** Since when its `expected` is what it is. */
  readonly expectedSince: number
  readonly createdAt: number
  readonly changedAt: number
  readonly by: string
  readonly revision: number
}

interface Row extends Omit<StoredCamera, 'addresses'> {
  readonly secret: Uint8Array | null
}

const shownAddress = (stream: CameraStream): string | null => ('address' in stream ? stream.address : null)
const isText = (value: unknown): value is string => typeof value === 'string'

/** What is stored of cameras: the only SQL on `cameras` and `favourite_cameras`. */
export function createCameraRows(db: Database, box: SecretBox | null) {
  const times = { expectedSince: null, createdAt: null, changedAt: null }
  const rows = createEntryRows<Row>(db, 'cameras', {
    input: cameraInputSchema,
    secret: null,
    pushed: cameraSchema.shape.pushed,
    ...times,
    by: null,
    revision: null,
  })
  const sealedOf = db.prepare<[string], Pick<Row, 'secret'>>('SELECT secret FROM cameras WHERE id = ?')
  const favourites = db.prepare<[], { readonly operator: string; readonly camera: string }>('SELECT operator, camera FROM favourite_cameras')
  const mark = db.prepare('INSERT OR IGNORE INTO favourite_cameras (operator, camera) VALUES (?, ?)')
  const unmark = db.prepare('DELETE FROM favourite_cameras WHERE operator = ? AND camera = ?')
  const unmarkOf = db.prepare('DELETE FROM favourite_cameras WHERE operator = ?')
  const unmarkAll = db.prepare('DELETE FROM favourite_cameras WHERE camera = ?')

  const opened = ({ secret, ...camera }: Row): StoredCamera => {
    const open = secret === null ? null : storedJson(box?.open(secret, camera.id) ?? null)
    const found = Array.isArray(open) ? open : []
    // One without secrets is stored as it is.
    const addresses = camera.input.streams.map((stream, place) => (isText(found[place]) ? found[place] : secret === null ? shownAddress(stream) : null))
    return { ...camera, addresses }
  }
  /** Those that can't be decrypted stay as they are, as long as no address is changed. */
  const sealed = ({ id, input, addresses }: StoredCamera): Uint8Array | null => {
    const shown = input.streams.map(shownAddress)
    if (shown.some((address, place) => address !== null && addresses[place] == null)) return sealedOf.get(id)?.secret ?? null
    return shown.every((address, place) => address === addresses[place]) ? null : (box?.seal(JSON.stringify(addresses), id) ?? null)
  }
  return {
    all: (): { readonly cameras: readonly StoredCamera[]; readonly unreadable: number } => {
      const { entries, unreadable } = rows.all()
      return { cameras: entries.map(opened), unreadable: unreadable.length }
    },
    favourites: () => favourites.all(),
    /** All of it, or nothing. */
    write: (kept: readonly StoredCamera[], removed: readonly string[], marked: readonly (readonly [operator: string, camera: string])[] = []): void =>
      db.transaction(() => {
        for (const { addresses, ...camera } of kept) rows.keep({ ...camera, secret: sealed({ ...camera, addresses }) })
        for (const id of removed) {
          rows.remove(id)
          unmarkAll.run(id)
        }
        for (const [operator, camera] of marked) mark.run(operator, camera)
      })(),
    forgetFavourites: (operator: string): void => void unmarkOf.run(operator),
    favourite: (operator: string, camera: string, on: boolean): void => void (on ? mark : unmark).run(operator, camera),
  }
}
