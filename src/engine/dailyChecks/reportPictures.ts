import { createUnderWay } from '../../clock/underWay.ts'
import type { Evidence } from '../../shared/media.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { pictureOwner } from './bundledReports.ts'
import { type CameraName, ownerOf } from './dailyCamera.ts'
import type { DailyRows } from './dailyRows.ts'

/** Where pictures are kept. */
export interface PictureStore {
  /** false: it could not be stored. */
  readonly keep: (ownerId: string, path: string, at: number, picture: Evidence) => Promise<boolean>
  readonly at: (ownerId: string, path: string, at: number) => Promise<KeptPicture | null>
}

/** The pictures of reports, by their cameras. */
export function createReportPictures(rows: Pick<DailyRows, 'get' | 'camera'>, store: PictureStore) {
  const writing = createUnderWay()
  const find = async (of: readonly [string, string] | null, facts: { readonly at: number } | null | undefined) =>
    of === null || facts === null || facts === undefined ? null : await store.at(...of, facts.at)
  return {
    keep: (camera: CameraName, at: number, picture: Evidence): Promise<boolean> => writing.track(store.keep(...pictureOwner(camera), at, picture)),
    /** Of these cameras of a report, and those of the report before where that is asked for; null: there is no such report. */
    of: async (id: number, wanted: readonly number[], before: boolean) => {
      if (rows.get(id) === null) return null
      const found: { picture: KeptPicture | null; before: KeptPicture | null }[] = []
      for (const no of wanted) {
        const camera = rows.camera(id, no)
        const owner = camera && pictureOwner(ownerOf(camera))
        found.push({ picture: await find(owner, camera?.picture), before: before ? await find(owner, camera?.before?.picture) : null })
      }
      return found
    },
    /** Resolves when nothing is on its way to the disk. */
    settled: writing.settled,
  }
}
