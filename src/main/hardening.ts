import { app, type Session, session, type WebContents } from 'electron'
import { isAppUrl } from './appProtocol.ts'

/** All that a page of ours may do beyond drawing itself: copy text when the operator says so, and fill the screen. */
const allowedPermissions: readonly string[] = ['clipboard-sanitized-write', 'fullscreen']

function hardenSession(target: Session) {
  target.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowedPermissions.includes(permission) && isAppUrl(details.requestingUrl)),
  )
  target.setPermissionCheckHandler((_contents, permission, origin) => allowedPermissions.includes(permission) && isAppUrl(origin))
  target.setDevicePermissionHandler(() => false)
  target.on('will-download', (event) => event.preventDefault())
  // The page's policy forbids it already; this holds even for a page without one.
  target.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !/^(app|blob|data|devtools|chrome-extension):/.test(details.url) }))
}

function hardenContents(contents: WebContents) {
  contents.on('will-navigate', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Closes every door of a window that this product does not use. Call when the app is ready, before the first window. */
export function hardenApp(): void {
  hardenSession(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => hardenContents(contents))
}
