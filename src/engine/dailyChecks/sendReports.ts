import type { DailyReport, DailySettings } from '../../shared/dailyChecks.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { DailyRows } from './dailyRows.ts'

export interface SendReportsDeps {
  readonly rows: Pick<DailyRows, 'unsent' | 'get' | 'markSent'>
  readonly settings: () => DailySettings
  /** Sends a report to channels, only once to each even if called repeatedly; false: try again later. */
  readonly sendReport: (report: DailyReport, channels: readonly string[]) => boolean
}

/** Sends finished reports that were not sent yet. Reports started by hand are only for whoever started them. */
export function sendReports({ rows, settings, sendReport }: SendReportsDeps): void {
  attemptWrite(() => {
    const { tell: channels, tellFaultsOnly } = settings()
    for (const id of rows.unsent()) {
      const report = rows.get(id)
      const isWanted = report !== null && report.by === null && channels.length > 0 && (!tellFaultsOnly || report.state === 'missed' || report.counts.fault > 0)
      if (!isWanted || sendReport(report, channels)) rows.markSent(id)
    }
  })
}
