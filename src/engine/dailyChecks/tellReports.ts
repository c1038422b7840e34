import type { DailyReport, DailySettings } from '../../shared/dailyChecks.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { DailyRows } from './dailyRows.ts'

export interface TellDeps {
  readonly rows: Pick<DailyRows, 'untold' | 'get' | 'told'>
  readonly settings: () => DailySettings
  /** Tells a report to channels, once each however often it is asked for; false: try again later. */
  readonly tell: (report: DailyReport, channels: readonly string[]) => boolean
}

/** Tells the reports that ended and that nobody was told of yet. Those by hand are for whoever asked for them. */
export function tellReports({ rows, settings, tell }: TellDeps): void {
  attemptWrite(() => {
    const { tell: channels, tellFaultsOnly } = settings()
    for (const id of rows.untold()) {
      const report = rows.get(id)
      const isWanted = report !== null && report.by === null && channels.length > 0 && (!tellFaultsOnly || report.state === 'missed' || report.counts.fault > 0)
      if (!isWanted || tell(report, channels)) rows.told(id)
    }
  })
}
