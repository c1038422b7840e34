/** Names of all messages between a window's preload and the main process. */
export const shellChannels = {
  /** Window to main: asks for a port to the engine. */
  connect: 'mtxdeck:connect',
  /** Main to window: here is the port. The page receives this name as `event.data`. */
  port: 'mtxdeck:port',
  /** Main to window: state of the engine (`EngineLife`). */
  engine: 'mtxdeck:engine',
  /** Window to main, with an answer: save this to a file that the operator chooses. */
  saveFile: 'mtxdeck:save-file',
  /** Window to main: switch the demo fleet on or off. */
  demo: 'mtxdeck:demo',
  /** Window to main: verdict, worst severity and number of open incidents. */
  worst: 'mtxdeck:worst',
  /** Window to main, answered while the page waits: does the system show notifications? */
  hasNotices: 'mtxdeck:has-notices',
  /** Window to main: show a notification (`DeskNotice`). */
  notify: 'mtxdeck:notify',
  /** Main to window: a notification was clicked. */
  notice: 'mtxdeck:notice',
  /** Window to main: the language of the window. */
  language: 'mtxdeck:language',
} as const
