import { shell } from './connection.ts'
import { consoleAddress } from './consoleAddress.ts'
import { preferences, setPreferences } from './preferences.ts'

export function toggleFullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen()
  else void document.documentElement.requestFullscreen()
}
export function toggleRail(): void {
  setPreferences({ railCollapsed: !preferences().railCollapsed })
}
export function toggleZone(): void {
  setPreferences({ zone: preferences().zone === 'local' ? 'utc' : 'local' })
}
const themes = ['dark', 'light', 'system'] as const
export function nextTheme(): void {
  setPreferences({ theme: themes[(themes.indexOf(preferences().theme) + 1) % themes.length] ?? 'dark' })
}

/** Without characters of operators' names that are special to file systems or shells; empty parts are left out. */
export function fileNameOf(...names: readonly string[]): string {
  return names
    .filter(Boolean)
    .join('-')
    .replace(/[^\p{L}\p{N}._-]+/gu, '_')
}

/** Through the desktop's dialog, or as a download in a browser. False if the operator cancels. */
export async function saveFile(name: string, content: string | Uint8Array<ArrayBuffer>, type = 'text/plain'): Promise<boolean> {
  if (shell) return shell.saveFile(name, content)
  const url = URL.createObjectURL(new Blob([content], { type }))
  followLink(name, url)
  // Revoking at once would be too early for some browsers.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  return true
}

export function followLink(name: string, link: string): void {
  const anchor = document.createElement('a')
  anchor.href = link
  anchor.download = name
  anchor.click()
}

async function bytesAt(link: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(link)
  if (!answer.ok) throw new Error(answer.statusText)
  return new Uint8Array(await answer.arrayBuffer())
}

/** Shows a page made by the engine: in a new tab, or on the desktop as a file to save. */
export async function openPage(made: Promise<{ readonly name: string; readonly link: string }>): Promise<void> {
  // Opened at once: a later tab would be blocked as a pop-up.
  const tab = shell ? null : window.open('', '_blank')
  try {
    const { name, link } = await made
    if (tab === null) await saveFrom(name, link)
    else {
      tab.opener = null
      tab.location.href = new URL(consoleAddress(link), window.location.href).href
    }
  } catch (error) {
    tab?.close()
    throw error
  }
}

/** Saves what the engine has made under a link. False if the operator cancels. */
export async function saveFrom(name: string, link: string): Promise<boolean> {
  if (shell) {
    // A desktop window does not download files by itself.
    return saveFile(name, await bytesAt(consoleAddress(link)))
  }
  followLink(name, consoleAddress(link))
  return true
}
