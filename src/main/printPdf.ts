import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BrowserWindow, session } from 'electron'

/** Prints a page that needs nothing else to A4. It is shown to nobody, runs no script and loads nothing. */
export async function printPdf(html: Uint8Array): Promise<Uint8Array> {
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
