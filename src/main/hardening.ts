import { app, type Session, session, type WebContents } from 'electron'
import { isAppUrl } from './appProtocol.ts'

/** The only permissions of our pages: copy text at the operator's request, fill the screen, and keep it awake for a wall. */
const allowedPermissions: readonly string[] = ['clipboard-sanitized-write', 'fullscreen', 'screen-wake-lock']

function hardenSession(target: Session) {
  target.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowedPermissions.includes(permission) && isAppUrl(details.requestingUrl)),
  )
  target.setPermissionCheckHandler((_contents, permission, origin) => allowedPermissions.includes(permission) && isAppUrl(origin))
  target.setDevicePermissionHandler(() => false)
  target.on('will-download', (event) => event.preventDefault())
  // The page's policy already forbids other requests; this also covers a page without a policy.
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

/** Disables every capability of windows that this product does not use. Call when the app is ready, before the first window. */
export function hardenApp(): void {
  hardenSession(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => hardenContents(contents))
}
