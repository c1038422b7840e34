import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BrowserWindow, dialog, type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, Notification, session, type WebContents } from 'electron'
import { isLanguage, type Language } from '../i18n/languages.ts'
import { messageOf } from '../shared/messageOf.ts'
import type { DeskNotice, NoticeAbility } from '../shared/shell.ts'
import { shellChannels } from '../shared/shellChannels.ts'
import { isAppUrl } from './appProtocol.ts'
import { readDoNotDisturb } from './doNotDisturb.ts'
import type { MainLog } from './mainLog.ts'
import { parseNotice } from './parseNotice.ts'
import { safeFileName } from './safeFileName.ts'
import { parseWorst, type Worst } from './worst.ts'

interface ShellCallsOptions {
  readonly log: MainLog
  readonly connect: (contents: WebContents) => void
  readonly exploreDemo: (demo: boolean) => void
  readonly onWorst: (worst: Worst) => void
  readonly notify: (notice: DeskNotice) => void
  readonly onLanguage: (language: Language) => void
  /** Shows the failure in a dialog; resolves when it is closed. */
  readonly showFailure: (failure: string) => Promise<void>
}

/** Largest export that is written, bytes. */
const largestFile = 512 * 1024 * 1024
/** Largest page that is printed, bytes: a dossier has 25 MB at most. */
const largestPage = 64 * 1024 * 1024

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
  ipcMain.on(shellChannels.notify, (event, notice: unknown) => {
    const parsed = isOurs(event) ? parseNotice(notice) : null
    if (parsed !== null) notify(parsed)
  })
  ipcMain.handle(shellChannels.readNotices, async (event): Promise<NoticeAbility> => {
    if (!isOurs(event)) throw new Error('Not for this page.')
    return { able: Notification.isSupported(), quiet: await readDoNotDisturb() }
  })
  ipcMain.on(shellChannels.language, (event, language: unknown) => {
    if (isOurs(event) && typeof language === 'string' && isLanguage(language)) onLanguage(language)
  })
  const save = async (contents: WebContents, name: string, content: () => string | Uint8Array | Promise<Uint8Array>): Promise<boolean> => {
    const window = BrowserWindow.fromWebContents(contents)
    const options = { defaultPath: safeFileName(name) }
    const { canceled, filePath } = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options))
    if (canceled || !filePath) return false
    try {
      await writeFile(filePath, await content())
    } catch (error) {
      await showFailure(`${filePath} cannot be written (${messageOf(error)}).`)
      return false
    }
    return true
  }
  ipcMain.handle(shellChannels.saveFile, async (event, name: unknown, content: unknown): Promise<boolean> => {
    if (!isOurs(event)) throw new Error('Not for this page.')
    if (typeof name !== 'string' || !(typeof content === 'string' || content instanceof Uint8Array)) throw new Error('A name and a text or bytes are needed.')
    if (content.length > largestFile) throw new Error('This is too large to be saved.')
    return await save(event.sender, name, () => content)
  })
  ipcMain.handle(shellChannels.savePdf, async (event, name: unknown, html: unknown): Promise<boolean> => {
    if (!isOurs(event)) throw new Error('Not for this page.')
    if (typeof name !== 'string' || !(html instanceof Uint8Array)) throw new Error('A name and bytes are needed.')
    if (html.length > largestPage) throw new Error('This is too large to be printed.')
    return await save(event.sender, name, () => printPdf(html))
  })
}
/** Prints a page that needs nothing else to A4. It is shown to nobody, runs no script and loads nothing. */
async function printPdf(html: Uint8Array): Promise<Uint8Array> {
  // An address that has the page in it may be 2 MB long.
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-pdf-'))
  const file = join(folder, 'page.html')
  const address = pathToFileURL(file).href
  // In memory, its own, and apart from the session of the windows, which loads no files.
  const own = session.fromPartition(`mtxdeck-pdf-${basename(folder)}`, { cache: false })
  own.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  own.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !(url === address || url.startsWith('data:')) }))
  let window: BrowserWindow | null = null
  try {
    await writeFile(file, html, { mode: 0o600 })
    window = new BrowserWindow({
      show: false,
      webPreferences: { session: own, sandbox: true, javascript: false, nodeIntegration: false, contextIsolation: true },
    })
    await window.loadURL(address)
    return await window.webContents.printToPDF({ pageSize: 'A4', printBackground: true, preferCSSPageSize: true })
  } finally {
    window?.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}
