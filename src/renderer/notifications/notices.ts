import { useSyncExternalStore } from 'react'
import type { DeskNotice } from '../../shared/shell.ts'
import { shell } from '../app/connection.ts'
import { createListeners } from '../ui/listeners.ts'

/**
 * - granted: notifications are shown.
 * - ask: the operator has not said yet whether this page may.
 * - denied: it may not; the browser's settings decide.
 * - insecure: browsers offer them at HTTPS addresses and localhost only.
 * - unable: there are none here.
 */
type NoticePermission = 'granted' | 'ask' | 'denied' | 'insecure' | 'unable'

const { subscribe, notify } = createListeners()

function permission(): NoticePermission {
  if (shell) return shell.hasNotices ? 'granted' : 'unable'
  if (!window.isSecureContext) return 'insecure'
  if (typeof Notification === 'undefined') return 'unable'
  return Notification.permission === 'default' ? 'ask' : Notification.permission
}

/** The browser asks the operator. Called within a click. */
export async function askPermission(): Promise<void> {
  await Notification.requestPermission()
  notify()
}

function open(to: string): void {
  location.hash = to
}
/** Leads to what a clicked notification of the desktop is about. */
export function followNotices(): () => void {
  return shell?.onNotice(open) ?? (() => {})
}

/** Shows a notification in place of an earlier one with the same tag. */
export function showNotice(notice: DeskNotice): void {
  if (shell) {
    shell.notify(notice)
    return
  }
  if (permission() !== 'granted') return
  const { tag, title, text, to } = notice
  let shown: Notification
  try {
    // Without `renotify` a notification that takes the place of another one is not shown again.
    shown = new Notification(title, { body: text, tag, silent: true, renotify: true } as NotificationOptions)
  } catch {
    // Browsers of phones allow it to workers only.
    return
  }
  shown.onclick = () => {
    window.focus()
    open(to)
    shown.close()
  }
}

export function useNoticePermission(): NoticePermission {
  return useSyncExternalStore(subscribe, permission)
}
