import { writeFile } from 'node:fs/promises'
import { BrowserWindow, dialog, type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, Notification, type WebContents } from 'electron'
import { isLanguage, type Language } from '../i18n/languages.ts'
import { messageOf } from '../shared/result.ts'
import type { DeskNotice } from '../shared/shell.ts'
import { shellChannels } from '../shared/shellChannels.ts'
import { isAppUrl } from './appProtocol.ts'
import { parseNotice, plainBody, safeFileName } from './fromWindow.ts'
import type { MainLog } from './mainLog.ts'
import { parseWorst, type Worst } from './worst.ts'

interface ShellCallsOptions {
  readonly log: MainLog
  readonly connect: (contents: WebContents) => void
  readonly exploreDemo: (demo: boolean) => void
  readonly onWorst: (worst: Worst) => void
  readonly notify: (notice: DeskNotice) => void
  readonly onLanguage: (language: Language) => void
  readonly showFailure: (failure: string) => Promise<void>
}

const largestFile = 512 * 1024 * 1024

/** Answers the few calls of `Shell`, only from our own page in a window's main frame. */
export function answerShellCalls({ log, connect, exploreDemo, onWorst, notify, onLanguage, showFailure }: ShellCallsOptions): void {
  const isOurs = (event: IpcMainEvent | IpcMainInvokeEvent): boolean => {
    const frame = event.senderFrame
    const ours = frame !== null && frame === event.sender.mainFrame && isAppUrl(frame.url)
    if (!ours) log.error({ url: frame?.url }, 'A call came from a page that is not ours; it was not answered.')
    return ours
  }

  ipcMain.on(shellChannels.connect, (event) => {
    if (isOurs(event)) connect(event.sender)
  })
  ipcMain.on(shellChannels.demo, (event, demo: unknown) => {
    if (isOurs(event) && typeof demo === 'boolean') exploreDemo(demo)
  })
  ipcMain.on(shellChannels.worst, (event, verdict: unknown, severity: unknown, count: unknown) => {
    const worst = isOurs(event) ? parseWorst(verdict, severity, count) : null
    if (worst !== null) onWorst(worst)
  })
  ipcMain.on(shellChannels.hasNotices, (event) => {
    event.returnValue = isOurs(event) && Notification.isSupported()
  })
  ipcMain.on(shellChannels.notify, (event, notice: unknown) => {
    const parsed = isOurs(event) ? parseNotice(notice) : null
    if (parsed !== null) notify(parsed)
  })
  ipcMain.on(shellChannels.language, (event, language: unknown) => {
    if (isOurs(event) && typeof language === 'string' && isLanguage(language)) onLanguage(language)
  })
  ipcMain.handle(shellChannels.saveFile, async (event, name: unknown, content: unknown): Promise<boolean> => {
    if (!isOurs(event)) throw new Error('Not for this page.')
    if (typeof name !== 'string' || !(typeof content === 'string' || content instanceof Uint8Array)) throw new Error('A name and a text or bytes are needed.')
    if (content.length > largestFile) throw new Error('This is too large to be saved.')
    const window = BrowserWindow.fromWebContents(event.sender)
    const options = { defaultPath: safeFileName(name) }
    const { canceled, filePath } = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options))
    if (canceled || !filePath) return false
    try {
      await writeFile(filePath, content)
    } catch (error) {
      await showFailure(`${filePath} cannot be written (${messageOf(error)}).`)
      return false
    }
    return true
  })
}

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
