import { Notification } from 'electron'
import type { DeskNotice } from '../shared/shell.ts'
import { plainBody } from './fromWindow.ts'
import type { MainLog } from './mainLog.ts'

interface NoticesOptions {
  readonly log: MainLog
  /** A notice was clicked: `to` is what it leads to. */
  readonly onOpen: (to: string) => void
}
/** Notices that stay reachable by their tag, so that the end of an alarm takes the place of its begin. */
const mostKept = 20

/** Shows notices through the system, which shows none while its do-not-disturb is on. They are silent: the window has sounds of its own. */
export function createNotices({ log, onOpen }: NoticesOptions): (notice: DeskNotice) => void {
  const kept = new Map<string, Notification>()
  let failed = false
  return ({ tag, title, text, to }) => {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title, body: plainBody(text), silent: true })
    notification.on('click', () => onOpen(to))
    notification.on('close', () => {
      if (kept.get(tag) === notification) kept.delete(tag)
    })
    notification.on('failed', (_event, error) => {
      if (!failed) log.error({ error }, 'The system does not show notifications.')
      failed = true
    })
    kept.get(tag)?.close()
    kept.delete(tag)
    kept.set(tag, notification)
    for (const [oldest] of kept) {
      if (kept.size <= mostKept) break
      kept.delete(oldest)
    }
    notification.show()
  }
}
