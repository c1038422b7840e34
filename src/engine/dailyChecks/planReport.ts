import { type DailySettings, mostCameras } from '../../shared/dailyChecks.ts'
import type { Cameras } from './cameras.ts'
import type { DailyRows } from './dailyRows.ts'

/** Says which cameras a report has, and which of earlier ones are gone. */
export function planReport({ rows, cameras }: { readonly rows: DailyRows; readonly cameras: Cameras }, id: number, settings: DailySettings): void {
  const listed = cameras.list(settings, mostCameras)
  rows.plan(id, listed.cameras, listed.leftOut)
  const gone = []
  const kept = []
  for (const camera of rows.missing(id)) {
    const whyMissing = cameras.whyMissing(camera, settings)
    if (whyMissing === 'gone') gone.push(camera)
    else if (whyMissing === 'kept') kept.push(camera)
    else rows.forget(camera)
  }
  rows.plan(id, kept, listed.leftOut)
  rows.gone(id, gone)
}
