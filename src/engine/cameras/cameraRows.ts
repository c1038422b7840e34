import type { Database } from 'better-sqlite3'
import { type CameraInput, type CameraStream, cameraInputSchema, cameraSchema } from '../../shared/cameras.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A camera as it is kept. */
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

interface Row {
  readonly id: string
  readonly input: string
  readonly secret: Uint8Array | null
  readonly pushed: string | null
  readonly expected_since: number
  readonly created_at: number
  readonly changed_at: number
  readonly by: string
  readonly revision: number
}

const shownAddress = (stream: CameraStream): string | null => ('address' in stream ? stream.address : null)
const isText = (value: unknown): value is string => typeof value === 'string'

/** What is stored of cameras: the only SQL on `cameras` and `favourite_cameras`. */
export function createCameraRows(db: Database, box: SecretBox | null) {
  const all = db.prepare<[], Row>('SELECT id, input, secret, pushed, expected_since, created_at, changed_at, by, revision FROM cameras')
  const upsert = db.prepare(
    `INSERT INTO cameras (id, input, secret, pushed, expected_since, created_at, changed_at, by, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET input = excluded.input, secret = excluded.secret, pushed = excluded.pushed,
       expected_since = excluded.expected_since, changed_at = excluded.changed_at, by = excluded.by, revision = excluded.revision`,
  )
  const sealedOf = db.prepare<[string], Pick<Row, 'secret'>>('SELECT secret FROM cameras WHERE id = ?')
  const remove = db.prepare('DELETE FROM cameras WHERE id = ?')
  const favourites = db.prepare<[], { readonly operator: string; readonly camera: string }>('SELECT operator, camera FROM favourite_cameras')
  const mark = db.prepare('INSERT OR IGNORE INTO favourite_cameras (operator, camera) VALUES (?, ?)')
  const unmark = db.prepare('DELETE FROM favourite_cameras WHERE operator = ? AND camera = ?')
  const unmarkOf = db.prepare('DELETE FROM favourite_cameras WHERE operator = ?')
  const unmarkAll = db.prepare('DELETE FROM favourite_cameras WHERE camera = ?')

  const read = ({
    id,
    input,
    secret,
    pushed,
    expected_since: expectedSince,
    created_at: createdAt,
    changed_at: changedAt,
    by,
    revision,
  }: Row): StoredCamera | null => {
    const parsed = cameraInputSchema.safeParse(storedJson(input))
    const path = cameraSchema.shape.pushed.safeParse(pushed === null ? null : storedJson(pushed))
    if (!parsed.success || !path.success) return null
    const { streams } = parsed.data
    const open = secret === null ? null : storedJson(box?.open(secret, id) ?? null)
    const opened = Array.isArray(open) ? open : []
    // One without secrets is stored as it is.
    const addresses = streams.map((stream, place) => (isText(opened[place]) ? opened[place] : secret === null ? shownAddress(stream) : null))
    return { id, input: parsed.data, addresses, pushed: path.data, expectedSince, createdAt, changedAt, by, revision }
  }
  /** Those that can't be decrypted stay as they are, as long as no address is changed. */
  const sealed = ({ id, input, addresses }: StoredCamera): Uint8Array | null => {
    const shown = input.streams.map(shownAddress)
    if (shown.some((address, place) => address !== null && addresses[place] == null)) return sealedOf.get(id)?.secret ?? null
    return shown.every((address, place) => address === addresses[place]) ? null : (box?.seal(JSON.stringify(addresses), id) ?? null)
  }
  return {
    /** One that can't be read is left out. */
    all: (): { readonly cameras: readonly StoredCamera[]; readonly unreadable: number } => {
      const rows = all.all()
      const cameras = rows.flatMap((row) => read(row) ?? [])
      return { cameras, unreadable: rows.length - cameras.length }
    },
    favourites: () => favourites.all(),
    /** All of it, or nothing. */
    write: (kept: readonly StoredCamera[], removed: readonly string[], marked: readonly (readonly [operator: string, camera: string])[] = []): void =>
      db.transaction(() => {
        for (const camera of kept) {
          const { id, input, pushed, by, revision } = camera
          const times = [camera.expectedSince, camera.createdAt, camera.changedAt].map(Math.round)
          const path = pushed && JSON.stringify(pushed)
          upsert.run(id, JSON.stringify(input), sealed(camera), path, ...times, by, revision)
        }
        for (const id of removed) {
          remove.run(id)
          unmarkAll.run(id)
        }
        for (const [operator, camera] of marked) mark.run(operator, camera)
      })(),
    forgetFavourites: (operator: string): void => void unmarkOf.run(operator),
    favourite: (operator: string, camera: string, on: boolean): void => void (on ? mark : unmark).run(operator, camera),
  }
}
