/** Names of the few messages between a window's preload and the main process. Nothing else crosses. */
export const shellChannels = {
  /** Window to main: asks for a port to the engine. */
  connect: 'mtxdeck:connect',
  /** Main to window: here is the port. Also what the page sees as `event.data`. */
  port: 'mtxdeck:port',
  /** Main to window: how the engine fares (`EngineLife`). */
  engine: 'mtxdeck:engine',
  /** Window to main, answered: save this to a file that the operator chooses. */
  saveFile: 'mtxdeck:save-file',
  /** Window to main: watch the demo fleet, or not any more. */
  demo: 'mtxdeck:demo',
  /** Window to main: worst severity and number of troubles. */
  worst: 'mtxdeck:worst',
  /** Window to main: the language that it is shown in. */
  language: 'mtxdeck:language',
} as const
